import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TestCloud } from './support/cloud.ts';
import { command } from './support/command.ts';
import { Client } from './support/client.ts';

/**
 * Every network subcommand of the unmodified client, from a table: `tests/client/network.txt`. Its own commands say
 * what came of them; at the end everything is deleted and Northbound is as it was.
 *
 *     openstack command           must succeed
 *     ! openstack command         must fail
 *         text                    the output (of a failure too) must hold this; several lines: all of them
 *         - text                  … must not hold this
 *         NAME = column           remembers a value of the output (of a list's first line); $NAME stands for it below
 */
interface Step {
  readonly line: string;
  readonly fails: boolean;
  readonly holds: string[];
  readonly lacks: string[];
  readonly remembers: (readonly [name: string, column: string])[];
}

function stepsOf(file: string): Map<string, Step[]> {
  const chapters = new Map<string, Step[]>();
  let steps: Step[] = [];
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    if (text.startsWith('# ')) chapters.set(text.slice(2), (steps = []));
    else if (/^\S/.test(text)) {
      const fails = text.startsWith('! ');
      steps.push({
        line: text.replace(/^! /, ''),
        fails,
        holds: [],
        lacks: [],
        remembers: [],
      });
    } else if (text.trim() !== '') {
      const check = text.trim();
      const remembered = /^([A-Z][A-Z_0-9]*) = (\S+)$/.exec(check);
      const step = steps.at(-1)!;
      if (remembered) step.remembers.push([remembered[1]!, remembered[2]!]);
      else if (check.startsWith('- ')) step.lacks.push(check.slice(2));
      else step.holds.push(check);
    }
  }
  return chapters;
}

/** A value of a printed table: of the line that begins with the name, or of the column in the first line of a list. */
function valueOf(printed: string, name: string): string | undefined {
  const rows = printed
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const line = rows.find(([first]) => first === name);
  if (line?.length === 2) return line[1];
  const column = rows[0]?.indexOf(name) ?? -1;
  return column < 0 ? undefined : rows[1]?.[column];
}

describe('the client’s network commands', { timeout: 600_000 }, () => {
  const chapters = stepsOf(path.join(import.meta.dirname, 'client/network.txt'));
  const names = new Map<string, string>();
  let cloud: TestCloud;
  let client: Client;
  let untouched: Record<string, string[]>;

  before(async () => {
    cloud = await TestCloud.start('client');
    untouched = await cloud.traces();
    client = new Client(await cloud.credentials('admin'));
  });
  after(async () => {
    await client?.stop();
    await cloud?.destroy();
  });

  const filled = (text: string): string =>
    text.replaceAll(/\$([A-Z][A-Z_0-9]*)/g, (_, name: string) => {
      const value = names.get(name);
      assert.ok(value !== undefined, `${text}: nothing is called ${name}`);
      return value;
    });

  async function take(step: Step): Promise<void> {
    const line = filled(step.line);
    const { code, stdout, stderr } = await client.run(line);
    // Columns are as wide as their widest value: one space is as good as many.
    const printed = `${stdout}\n${stderr}`.replaceAll(/ +/g, ' ');
    const where = `openstack ${line}\n${stdout}${stderr}`;
    assert.equal(code !== 0, step.fails, where);
    for (const text of step.holds.map(filled))
      assert.ok(printed.includes(text), `no "${text}" in: ${where}`);
    for (const text of step.lacks.map(filled))
      assert.ok(!printed.includes(text), `"${text}" in: ${where}`);
    for (const [name, column] of step.remembers) {
      const value = valueOf(printed, column);
      assert.ok(value, `no column ${column} in: ${where}`);
      names.set(name, value);
    }
  }

  for (const [chapter, steps] of chapters) {
    test(chapter, async () => {
      for (const step of steps) await take(step);
    });
  }

  test('every command of the client that this service serves is in the table', async () => {
    const list = ['command', 'list', '--group', 'openstack.network.v2', '-f', 'json'];
    const { stdout } = await command('openstack', list);
    const [group] = JSON.parse(stdout) as [{ Commands: string[] | string }];
    const all = Array.isArray(group.Commands) ? group.Commands : group.Commands.split('\n');
    // Parts of Neutron that ML2/OVN does not have either: docs/reference/network.md says why.
    const absent = /^(local ip|network meter|network l3 conntrack|network agent (add|remove)) ?/;
    const lines = [...chapters.values()].flat().map(({ line }) => line);
    assert.deepEqual(
      all.filter(
        (name) =>
          !absent.test(name) && !lines.some((line) => line.startsWith(`${name} `) || line === name),
      ),
      [],
    );
  });

  test('everything is gone again', async () => {
    assert.deepEqual(await cloud.traces(), untouched);
  });
});
