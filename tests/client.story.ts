import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { paths } from '../src/core/configuration.ts';
import { Client, PYTHON } from './support/client.ts';
import { readTable, TableRun } from './support/client-table.ts';
import { TestCloud } from './support/cloud.ts';
import { command } from './support/command.ts';

/**
 * Every subcommand of the unmodified client that a service of ours serves, from tables (`tests/client/*.txt`; how they
 * are read stands in support/client-table.ts). Its own commands say what came of them; at the end everything is deleted
 * and Northbound is as it was.
 */
const TABLES = [
  {
    name: 'network',
    group: 'openstack.network.v2',
    // Parts of Neutron that ML2/OVN does not have either: docs/reference/network.md says why.
    absent: /^(local ip|network meter|network l3 conntrack|network agent (add|remove)) ?/,
  },
  {
    name: 'identity',
    group: 'openstack.identity.v3',
    // Federation and OAuth: docs/reference/identity.md.
    absent:
      /^(access token|consumer|federation|identity provider|mapping|request token|service provider) /,
  },
  { name: 'placement', group: 'openstack.placement.v1', absent: /^$/ },
  { name: 'compute', group: 'openstack.compute.v2', absent: /^$/ },
  { name: 'image', group: 'openstack.image.v2', absent: /^$/ },
  { name: 'orchestration', group: 'openstack.orchestration.v1', absent: /^$/ },
] as const;

const folder = path.join(import.meta.dirname, 'client');

describe('the client’s commands', { timeout: 600_000 }, () => {
  let cloud: TestCloud;
  let client: Client;
  let environment: NodeJS.ProcessEnv;
  let untouched: Record<string, string[]>;
  const runs = new Map<string, TableRun>();

  before(async () => {
    cloud = await TestCloud.start('client');
    untouched = await cloud.traces();
    environment = await cloud.credentials('admin');
    client = new Client(environment);
    const names = { FILES: path.join(folder, 'files') };
    for (const { name } of TABLES) runs.set(name, new TableRun(client, names));
  });
  after(async () => {
    await client?.stop();
    await cloud?.destroy();
  });

  for (const { name, group, absent } of TABLES) {
    const chapters = readTable(path.join(folder, `${name}.txt`));
    for (const [chapter, steps] of chapters) {
      test(`${name}: ${chapter}`, async () => {
        for (const step of steps) await runs.get(name)!.take(step);
      });
    }

    test(`every command of the client that the ${name} service serves is in its table`, async () => {
      const list = ['command', 'list', '--group', group, '-f', 'json'];
      const { stdout } = await command('openstack', list);
      const [answer] = JSON.parse(stdout) as [{ Commands: string[] | string }];
      const all = Array.isArray(answer.Commands) ? answer.Commands : answer.Commands.split('\n');
      const lines = [...chapters.values()]
        .flat()
        .map(({ line }) => line.replace(/^(--os-[a-z-]+(=\S*| \S+) )+/, ''));
      assert.deepEqual(
        all.filter(
          (known) =>
            !absent.test(known) &&
            !lines.some((line) => line.startsWith(`${known} `) || line === known),
        ),
        [],
      );
    });
  }

  for (const [name, what] of [
    ['identity', 'with openstacksdk does all of identity'],
    ['compute', 'with novaclient and openstacksdk has servers, finds test_vm1 and reboots it'],
  ] as const)
    test(`a program ${what}`, async () => {
      const program = path.join(folder, `${name}.py`);
      const { code, stdout, stderr } = await command(PYTHON, [program], {
        env: environment,
        timeout: 240_000,
      });
      assert.equal(code, 0, stderr);
      assert.equal(stdout, 'done\n');
    });

  test('what the client asks of several services is in the tables', () => {
    const lines = TABLES.flatMap(({ name }) => [
      ...readTable(path.join(folder, `${name}.txt`)).values(),
    ])
      .flat()
      .map(({ line }) => line.replace(/^(--os-[a-z-]+(=\S*| \S+) )+/, ''));
    const wanted = [
      'availability zone list', 'extension list', 'extension show', 'limits show', 'quota list', 'quota set',
      'quota show', 'versions show',
    ]; // prettier-ignore
    assert.deepEqual(
      wanted.filter((known) => !lines.some((line) => line.startsWith(known))),
      [],
    );
  });

  test('no secret of the cloud or of its users is in a log or in the list of processes', () => {
    const textsBelow = (where: string): string[] =>
      readdirSync(where, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1').trim());
    const { secrets: own, log } = paths(cloud.home);
    const secrets = [
      's3cret-of-u1',
      'b3tter-of-u1',
      's3same-of-a1',
      runs.get('identity')!.known('TOKEN')!,
      ...textsBelow(own),
    ].filter((secret) => secret.length >= 12);
    assert.ok(secrets.length >= 10, `${secrets.length} secrets`);
    const processes = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        } catch {
          return ''; // it ended meanwhile
        }
      });
    const places = [...textsBelow(log), ...processes];
    assert.ok(places.some((text) => text.includes('issue_token')));
    for (const [index, secret] of secrets.entries())
      assert.ok(!places.some((text) => text.includes(secret)), `secret ${index} is told`);
  });

  test('everything is gone again', async () => {
    assert.deepEqual(await cloud.traces(), untouched);
  });
});
