import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';

/** Milliseconds that a command is repeated for. */
const PATIENCE = 60_000;

/** One command of a table of commands for the client, with what must come of it. */
export interface Step {
  readonly line: string;
  readonly fails: boolean;
  /** Taken again until it is as it must be. */
  readonly waits: boolean;
  readonly holds: string[];
  readonly lacks: string[];
  readonly remembers: (readonly [name: string, column: string])[];
}

/**
 * Reads a table of commands by chapter:
 *
 *     # chapter
 *     openstack command           must succeed
 *     ! openstack command         must fail
 *     ~ openstack command         must be so within a minute: it is repeated
 *         text                    the output (of a failure too) must hold this; several lines: all of them
 *         - text                  … must not hold this
 *         NAME = column           remembers a value of the output (of a list's first line); $NAME stands for it below
 */
export function readTable(file: string): Map<string, Step[]> {
  const chapters = new Map<string, Step[]>();
  let steps: Step[] = [];
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    if (text.startsWith('# ')) chapters.set(text.slice(2), (steps = []));
    else if (/^\S/.test(text)) {
      const fails = text.startsWith('! ');
      const waits = text.startsWith('~ ');
      const line = text.replace(/^[!~] /, '');
      steps.push({ line, fails, waits, holds: [], lacks: [], remembers: [] });
    } else if (text.trim() !== '') {
      const check = text.trim();
      const remembered = /^([A-Z][A-Z_0-9]*) = (\S.*)$/.exec(check);
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

/** Takes the steps of a table, one after the other; remembers what they told. */
export class TableRun {
  readonly #client: Client;
  readonly #names: Map<string, string>;

  /** @param names what `$NAME` stands for from the beginning */
  constructor(client: Client, names: Readonly<Record<string, string>> = {}) {
    this.#client = client;
    this.#names = new Map(Object.entries(names));
  }

  #filled(text: string): string {
    return text.replaceAll(/\$([A-Z][A-Z_0-9]*)/g, (_, name: string) => {
      const value = this.#names.get(name);
      assert.ok(value !== undefined, `${text}: nothing is called ${name}`);
      return value;
    });
  }

  /** What `$NAME` stands for now. */
  known(name: string): string | undefined {
    return this.#names.get(name);
  }

  async take(step: Step): Promise<void> {
    if (!step.waits) return this.#once(step);
    const end = Date.now() + PATIENCE;
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
        return await this.#once(step);
      } catch (error) {
        if (Date.now() > end) throw error;
        // oxlint-disable-next-line no-await-in-loop -- the cloud works meanwhile
        await sleep(300);
      }
    }
  }

  async #once(step: Step): Promise<void> {
    const line = this.#filled(step.line);
    const { code, stdout, stderr } = await this.#client.run(line);
    // Columns are as wide as their widest value: one space is as good as many.
    const printed = `${stdout}\n${stderr}`.replaceAll(/ +/g, ' ');
    const where = `openstack ${line}\n${stdout}${stderr}`;
    assert.equal(code !== 0, step.fails, where);
    for (const text of step.holds.map((held) => this.#filled(held)))
      assert.ok(printed.includes(text), `no "${text}" in: ${where}`);
    for (const text of step.lacks.map((lacked) => this.#filled(lacked)))
      assert.ok(!printed.includes(text), `"${text}" in: ${where}`);
    for (const [name, column] of step.remembers) {
      const value = valueOf(printed, column);
      assert.ok(value, `no column ${column} in: ${where}`);
      this.#names.set(name, value);
    }
  }
}
