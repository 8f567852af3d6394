import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { containerHosts, paths, qemuHost } from '../core/configuration.ts';
import {
  createOrOpenCloud,
  hostFromMachine,
  nameFromHome,
  refuseOtherChoices,
  RefusedError,
} from './create.ts';
import { parseNetwork } from './network/address.ts';
import { planOf } from './plan.ts';
import { releaseName } from './registry.ts';

test('a name is made of the home, the same each time', () => {
  assert.equal(nameFromHome('/var/lib/ovenbird'), 'main');
  const name = nameFromHome('/srv/My Cloud');
  assert.match(name, /^mycl[0-9a-f]{4}$/);
  assert.equal(nameFromHome('/srv/My Cloud'), name);
  assert.notEqual(nameFromHome('/other/My Cloud'), name);
  assert.match(nameFromHome('/srv/ÄÖ'), /^[a-z0-9]{8}$/);
});

test('a host name is one that a chassis may have', () => {
  assert.equal(hostFromMachine('Node_1.Example.ORG'), 'node-1.example.org');
  assert.equal(hostFromMachine('...'), 'host');
  assert.equal(hostFromMachine('x'.repeat(100)).length, 63);
});

const unfit = process.getuid?.() === 0 ? false : 'needs root';

describe('a cloud is made once', { skip: unfit }, () => {
  const homes: [string, string][] = [];
  const newHome = (name: string) => {
    const home = mkdtempSync(path.join(tmpdir(), 'ovb-create-'));
    homes.push([home, name]);
    return home;
  };
  const number = process.pid % 1_000_000;
  after(() => {
    for (const [home, name] of homes) {
      releaseName(name, home);
      rmSync(home, { recursive: true });
    }
  });

  test('and opened afterwards; other wishes are refused with what it has', async () => {
    const name = `c${number}`;
    const home = newHome(name);
    const first = await createOrOpenCloud(home, { name, driver: 'fake' });
    const again = await createOrOpenCloud(home, { name });
    assert.deepEqual(again.configuration, first.configuration);
    await assert.rejects(
      createOrOpenCloud(home, { listen: { address: '127.0.0.1', port: 5001 } }),
      (error: Error) =>
        error instanceof RefusedError && /--listen .*it has 127\.0\.0\.1:5000/.test(error.message),
    );
    await assert.rejects(createOrOpenCloud(home, { driver: 'docker' }), /it has fake/);
  });

  test('a host for virtual machines comes when it is asked for, and stays', async () => {
    const name = `q${number}`;
    const home = newHome(name);
    const first = await createOrOpenCloud(home, { name });
    assert.equal(qemuHost(first.configuration), undefined);
    const second = await createOrOpenCloud(home, { qemu: true });
    assert.equal(qemuHost(second.configuration), `${first.configuration.host.slice(0, 58)}-qemu`);
    const third = await createOrOpenCloud(home, {});
    assert.deepEqual(third.configuration, second.configuration);
    assert.equal(third.configuration.id, first.configuration.id);
    const parts = (cloud: typeof first) =>
      planOf(cloud, undefined).components.map((one) => one.name);
    assert.deepEqual(
      parts(third).filter((part) => !parts(first).includes(part)),
      ['qemu-agent'],
    );
    // One that runs is told how it comes to it, instead of being changed under way.
    assert.throws(
      () => refuseOtherChoices(first, { qemu: true }),
      /"npx ovenbird down".*"npx ovenbird up --qemu"/,
    );
    const empty = newHome('unused');
    const wish = { name: `r${number}`, driver: 'fake', qemu: true } as const;
    await assert.rejects(createOrOpenCloud(empty, wish), /driver fake and therefore no network/);
    assert.equal(existsSync(paths(empty).configuration), false, 'nothing was made');
  });

  test('more hosts come when they are asked for, and never fewer', async () => {
    const name = `m${number}`;
    const home = newHome(name);
    const first = await createOrOpenCloud(home, { name });
    const { host } = first.configuration;
    assert.deepEqual(containerHosts(first.configuration), [host]);
    const second = await createOrOpenCloud(home, { hosts: 3 });
    assert.deepEqual(containerHosts(second.configuration), [
      host,
      `${host.slice(0, 60)}-2`,
      `${host.slice(0, 60)}-3`,
    ]);
    assert.deepEqual((await createOrOpenCloud(home, {})).configuration, second.configuration);
    const agents = planOf(second, undefined).components.filter(({ name }) => /agent/.test(name));
    assert.deepEqual(
      agents.map(({ name, launch }) => {
        const { command } = launch();
        const after = (option: string) => command[command.indexOf(option, 2) + 1];
        return [
          name,
          after('--host'),
          command.includes('--chassis') && after('--chassis'),
          after('--share'),
        ];
      }),
      [
        ['host-agent', host, false, '3'],
        ['host-agent-2', `${host.slice(0, 60)}-2`, host, '3'],
        ['host-agent-3', `${host.slice(0, 60)}-3`, host, '3'],
      ],
    );
    await assert.rejects(createOrOpenCloud(home, { hosts: 2 }), /--hosts 2 \(it has 3\)/);
    assert.throws(
      () => refuseOtherChoices(first, { hosts: 2 }),
      /"npx ovenbird down".*"npx ovenbird up --hosts 2"/,
    );
  });

  test('two made at once have different names and networks that do not touch', async () => {
    const names = [`d${number}`, `e${number}`];
    const clouds = await Promise.all(
      names.map((name) => createOrOpenCloud(newHome(name), { name, driver: 'fake' })),
    );
    const [one, two] = clouds.map(({ configuration }) => configuration);
    assert.notEqual(one!.external.cidr, two!.external.cidr);
    assert.ok(parseNetwork(one!.external.cidr) && parseNetwork(two!.external.cidr));
    await assert.rejects(
      createOrOpenCloud(newHome('unused'), { name: names[0]! }),
      /belongs to the cloud in .*choose another one with --name/,
    );
    await assert.rejects(
      createOrOpenCloud(newHome('unused'), { name: `f${number}`, external: one!.external.cidr }),
      /already reaches .* overlaps/,
    );
  });

  test('wishes that nobody could meet are refused before anything is made', async () => {
    for (const choices of [
      { name: 'UPPER' },
      { name: 'toolongname' },
      { name: `g${number}`, external: '172.24.4.1/24' },
      { name: `g${number}`, external: '10.0.0.0/30' },
    ])
      await assert.rejects(createOrOpenCloud(newHome('unused'), choices), RefusedError);
  });

  test('an empty secret is told rather than used', async () => {
    const name = `h${number}`;
    const home = newHome(name);
    await createOrOpenCloud(home, { name, driver: 'fake' });
    writeFileSync(paths(home).hostToken, '\n');
    await assert.rejects(createOrOpenCloud(home, {}), /host-token is empty/);
  });
});
