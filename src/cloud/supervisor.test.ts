import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sleep } from '../core/time.ts';
import type { Cloud } from './cloud.ts';
import { run } from './command.ts';
import type { Component, Plan } from './component.ts';
import { createOrOpenCloud } from './create.ts';
import { chooseEngine } from './engine.ts';
import { lockHolder, LockedError, takeLock } from './lock.ts';
import { machineInterfaces } from './network/machine.ts';
import { planOf } from './plan.ts';
import { isAlive, processNumbers, environmentOf } from './process.ts';
import { removeCloud } from './remove.ts';
import { readStatus } from './status.ts';
import { backoff, Supervisor, type SupervisorEvent } from './supervisor.ts';
import { recordedProcess } from './unit.ts';
import { systemUser } from './users.ts';

test('the first restart is immediate, the following ones wait longer and longer, 30 s at most', () => {
  assert.deepEqual([1, 2, 3, 4].map(backoff), [0, 250, 500, 1000]);
  assert.equal(backoff(40), 30_000);
});

const unfit =
  process.getuid?.() === 0 ? false : 'needs root: namespaces, PostgreSQL as its own user';

/** Everything but our own two programs: what this test is about needs neither. */
const daemonsOnly = (plan: Plan): Plan => {
  const components = plan.components.filter(
    ({ name }) => name !== 'control-plane' && name !== 'host-agent',
  );
  return { ...plan, steps: plan.steps.filter(({ name }) => name === 'network'), components };
};

describe('a cloud of real daemons', { skip: unfit, timeout: 120_000 }, () => {
  let home: string;
  let cloud: Cloud;
  let plan: Plan;
  let supervisor: Supervisor;
  let events: SupervisorEvent[] = [];
  const forwarding = () => readFileSync('/proc/sys/net/ipv4/conf/all/forwarding', 'utf8');
  let forwardingBefore: string;

  const supervise = async () => {
    events = [];
    supervisor = new Supervisor(cloud, plan, (event) => events.push(event));
    await supervisor.start();
  };
  const adopted = () =>
    events.flatMap((event) =>
      event.kind === 'done' && event.how === 'adopted' ? [event.name] : [],
    );
  const pidOf = (name: string) => recordedProcess(cloud, name)?.pid;

  before(async () => {
    forwardingBefore = forwarding();
    home = mkdtempSync(path.join(tmpdir(), 'ovb-'));
    cloud = await createOrOpenCloud(home, {
      name: `u${process.pid % 1_000_000}`,
      listen: { address: '127.0.0.1', port: 1 },
    });
    plan = daemonsOnly(planOf(cloud, await chooseEngine(cloud)));
    await supervise();
  });
  after(async () => {
    await supervisor.stop();
    await removeCloud(cloud);
    rmSync(home, { recursive: true, force: true });
  });

  test('nobody but root and postgres gets in, and secrets are secret', () => {
    const files = cloud.layout;
    const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
    for (const secret of readdirSync(files.secrets)) {
      const file = path.join(files.secrets, secret);
      assert.equal(mode(file), '600', secret);
      assert.ok(readFileSync(file, 'utf8').trim().length >= 20, secret);
    }
    for (const folder of [files.secrets, files.log, files.databases, files.postgresSocket])
      assert.equal(mode(folder), '700', folder);
    for (const folder of [home, files.run]) {
      assert.equal(mode(folder), '710', folder);
      assert.equal(statSync(folder).gid, systemUser('postgres').gid, folder);
    }
  });

  test('every component runs, in the namespace it belongs to', async () => {
    for (const { name } of plan.components) assert.ok(pidOf(name), name);
    const { output } = await run('ip', ['netns', 'pids', cloud.namespace]);
    const inside = new Set(output.split('\n').map(Number));
    for (const component of plan.components)
      assert.equal(
        inside.has(pidOf(component.name)!),
        component.launch().inNamespace === true,
        component.name,
      );
  });

  test('each one that is killed comes back', async () => {
    const comesBack = async (component: Component) => {
      const before = recordedProcess(cloud, component.name)!;
      process.kill(before.pid, 'SIGKILL');
      for (let attempt = 0; ; attempt++) {
        const unit = readStatus(cloud.layout)?.components[component.name];
        if (unit?.state === 'running' && unit.process?.pid !== before.pid) {
          assert.equal(unit.restarts > 0, true);
          assert.match(unit.lastError?.message ?? '', /SIGKILL/);
          assert.ok(await component.ready(), component.name);
          return;
        }
        assert.ok(attempt < 600, `${component.name} stays away: ${JSON.stringify(unit)}`);
        await sleep(50);
      }
    };
    for (const component of plan.components) await comesBack(component);
  });

  test('the machine reaches the bridge, also after vswitchd died', async () => {
    const inNamespace = (...command: string[]) =>
      run('nsenter', [`--net=${cloud.namespaceFile}`, '--', ...command]);
    const { output } = await inNamespace('ip', '-json', 'link', 'show', 'br-ex');
    const [link] = JSON.parse(output) as { flags: string[] }[];
    assert.ok(link?.flags.includes('UP'));
    const address = cloud.configuration.external.machineAddress.replace(/\.1$/, '.9');
    await inNamespace('ip', 'address', 'add', `${address}/24`, 'dev', 'br-ex');
    await run('ping', ['-n', '-c', '1', '-W', '5', address]);
  });

  test('a second supervisor finds everything running and starts nothing', async () => {
    const pids = plan.components.map(({ name }) => pidOf(name));
    await supervisor.stop();
    await supervise();
    assert.deepEqual(adopted().toSorted(), plan.components.map(({ name }) => name).toSorted());
    assert.deepEqual(
      plan.components.map(({ name }) => pidOf(name)),
      pids,
    );
  });

  test('what lost its pid file is found by its marks', async () => {
    const pid = pidOf('vswitchd');
    await supervisor.stop();
    rmSync(path.join(cloud.layout.pids, 'vswitchd.json'));
    await supervise();
    assert.equal(pidOf('vswitchd'), pid);
  });

  test('an adopted process that dies comes back too', async () => {
    const before = recordedProcess(cloud, 'northd')!;
    process.kill(before.pid, 'SIGKILL');
    for (let attempt = 0; pidOf('northd') === undefined || isAlive(before); attempt++) {
      assert.ok(attempt < 200);
      await sleep(50);
    }
  });

  test('there is one lock, and its file says who has it', async () => {
    const lock = await takeLock(home, cloud.layout, 'command');
    assert.equal(lockHolder(cloud.layout)?.pid, process.pid);
    await assert.rejects(takeLock(home, cloud.layout, 'command'), LockedError);
    await lock.release();
    await (await takeLock(home, cloud.layout, 'command')).release();
  });

  test('removing it leaves nothing', async () => {
    await supervisor.stop();
    await removeCloud(cloud);
    assert.equal(existsSync(home), false);
    assert.equal(existsSync(cloud.namespaceFile), false);
    assert.ok(!machineInterfaces().includes(cloud.machineInterface));
    const { output } = await run('nft', ['list', 'tables']);
    assert.ok(!output.includes(cloud.table));
    const left = processNumbers().filter((pid) => environmentOf(pid).get('OVENBIRD_HOME') === home);
    assert.deepEqual(
      left.filter((pid) => pid !== process.pid),
      [],
    );
    assert.ok(!readFileSync('/proc/self/mounts', 'utf8').includes(home));
    assert.equal(forwarding(), forwardingBefore);
    // Again, on what is no longer there: a removal that was cut off can be repeated.
    await removeCloud(cloud);
  });
});
