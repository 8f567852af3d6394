import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, before, describe, test } from 'node:test';
import type { ApiClient } from './support/api.ts';
import { TestCloud } from './support/cloud.ts';
import { command, eventually } from './support/command.ts';
import { Scenario, type Network, type Server } from './support/scenario.ts';
import { Load } from './support/load.ts';

const FRAMES = path.join(import.meta.dirname, '../src/host/taps/frames.py');

/** Every process of a cloud that may die at any moment, the supervisor last. */
const VICTIMS = [
  'control-plane',
  'host-agent',
  'postgresql',
  'ovsdb-nb',
  'ovsdb-sb',
  'ovsdb-ovenbird',
  'northd',
  'ovsdb-vswitch',
  'vswitchd',
  'ovn-controller',
  'dockerd',
];

/** `kill -9` of each process under a loop of creates and deletes: nothing acknowledged is lost, nothing is left over. */
describe('bad days', { timeout: 900_000 }, () => {
  let cloud: TestCloud;
  let scenario: Scenario;
  let network: Network;
  let steady: Server;
  /** Gets copies of the steady server's packets. */
  let watcher: Server;
  let flow: string;
  let floating: { id: string; address: string };

  before(async () => {
    cloud = await TestCloud.start('bad');
    scenario = new Scenario(cloud, await cloud.api('demo'));
    network = await scenario.network('steady', '10.20.0.0/16', { router: true });
    steady = await scenario.server('steady', network.id, { groups: [await scenario.open()] });
    floating = await scenario.floatingIp(steady);
    await eventually('the steady server', () => cloud.pings(floating.address));
    watcher = await scenario.server('watcher', network.id);
    const tap = '/network/v2.0/taas/tap_';
    const { tap_service: service } = await scenario.api.post(`${tap}services`, {
      tap_service: { port_id: watcher.portId },
    });
    const { tap_flow: made } = await scenario.api.post(`${tap}flows`, {
      tap_flow: { tap_service_id: service.id, source_port: steady.portId, direction: 'BOTH' },
    });
    flow = `${tap}flows/${made.id}`;
    await eventually('copies', watched);
  });
  after(async () => {
    await cloud.destroy();
  });

  /** Whether the watcher sees the steady server answer. */
  async function watched(): Promise<boolean> {
    const format = ['inspect', '-f', '{{.State.Pid}}', `nova-${watcher.id}`];
    const { stdout: pid } = await cloud.docker(format);
    const within = ['nsenter', `--net=/proc/${pid.trim()}/ns/net`];
    const reading = command('timeout', ['2', ...within, 'python3', FRAMES, 'read', 'eth0']);
    await sleep(700);
    const answered = await cloud.pings(floating.address);
    const { stdout } = await reading;
    assert.match(stdout, /^reading/);
    assert.ok(answered, 'there is something to see');
    return stdout.includes(`\n${steady.address} `);
  }

  afterEach((context) => {
    // The home goes with the story: what its processes said is kept here.
    if ('passed' in context && context.passed === false) console.error(cloud.logs(60));
  });

  for (const victim of VICTIMS) {
    test(`kill -9 of ${victim}`, { timeout: 180_000 }, async (context) => {
      const pid = await pidOf(cloud, victim);
      if (pid === undefined)
        return context.skip(`${victim} does not run here: the system's own is used`);
      const load = new Load(scenario, network);
      const running = load.run();
      await sleep(400);
      process.kill(pid, 'SIGKILL');
      await eventually(`${victim} to be back`, async () => {
        const now = await pidOf(cloud, victim).catch(() => undefined);
        return now !== undefined && now !== pid;
      });
      await sleep(1000);
      load.stop();
      await running;
      assert.ok(
        load.acknowledged > 3,
        `the load was real: ${load.acknowledged} creations were acknowledged`,
      );
      await settled(cloud, scenario.api, load);
      await eventually('the steady server to answer', () => cloud.pings(floating.address), 60_000);
    });
  }

  test('kill -9 of the supervisor: everything goes on, and the next up adopts it', async () => {
    const before = new Map((await cloud.status()).map(({ name, pid }) => [name, pid]));
    const supervisor = await pidOf(cloud, 'supervisor');
    assert.ok(supervisor);
    process.kill(supervisor, 'SIGKILL');
    await sleep(500);
    assert.ok(await cloud.pings(floating.address), 'packets pass without a supervisor');
    await scenario.api.get('/compute/v2.1/servers');
    await cloud.up();
    for (const { name, pid } of await cloud.status()) {
      if (name !== 'supervisor')
        assert.equal(pid, before.get(name), `${name} was adopted, not started again`);
    }
  });

  test('down leaves the servers running, and up finds them', async () => {
    await cloud.ovenbird(['down']);
    assert.ok(
      await cloud.pings(floating.address),
      'the server answers while the control plane is down',
    );
    await assert.rejects(scenario.api.get('/compute/v2.1/servers'));
    await cloud.up();
    const { server } = await scenario.api.get(`/compute/v2.1/servers/${steady.id}`);
    assert.equal(server.status, 'ACTIVE');
    assert.ok(await cloud.pings(floating.address));
    await settled(cloud, scenario.api);
  });

  test('copies of packets came through all of it, and end with their tap flow', async () => {
    assert.equal((await scenario.api.get(flow)).tap_flow.status, 'ACTIVE');
    await eventually('copies', watched);
    await scenario.api.delete(flow);
    await eventually('no copies', async () => !(await watched()));
  });

  test('a row that somebody deleted by hand comes back by itself', async () => {
    assert.equal((await nbctl(cloud, 'lsp-del', steady.portId)).code, 0);
    await eventually('the port to be back', async () => {
      const { stdout } = await nbctl(cloud, 'lsp-get-addresses', steady.portId);
      return stdout.includes(steady.address);
    });
    await eventually('the steady server', () => cloud.pings(floating.address));
  });

  test('rows that somebody changed by hand are named by the dry run and repaired', async () => {
    assert.deepEqual(await cloud.differences(), []);
    await cloud.ovenbird(['repair', '--hold', '600']);
    await nbctl(cloud, 'lsp-set-addresses', steady.portId, '02:00:00:00:00:01 10.20.9.9');
    await nbctl(cloud, 'set', 'nat', await natOf(cloud, floating.address), 'logical_ip=10.20.9.9');
    await eventually('silence', async () => !(await cloud.pings(floating.address)));
    const found = (await cloud.differences()) as { table: string; change: string }[];
    assert.deepEqual(
      found.map(({ table, change }) => `${change} ${table}`).toSorted(),
      ['update Logical_Switch_Port', 'update NAT'],
      'a dry run names both, and repairs nothing',
    );
    assert.equal((await cloud.differences()).length, 2);
    await cloud.ovenbird(['repair']);
    assert.deepEqual(await cloud.differences(), []);
    await cloud.ovenbird(['repair', '--hold', '0']);
    await eventually('the steady server after the repair', () => cloud.pings(floating.address));
  });

  test('the last server goes, and no trace of it stays', async () => {
    await scenario.api.delete(`/network/v2.0/floatingips/${floating.id}`);
    await scenario.remove(steady);
    await scenario.remove(watcher);
    await eventually('no container and no tap', async () => {
      const { containers, ports, hostRows } = await cloud.traces();
      return (
        containers!.length === 0 &&
        hostRows!.length === 0 &&
        ports!.every((port) => !port.startsWith('tap'))
      );
    });
  });
});

const nbctl = (cloud: TestCloud, ...args: string[]) =>
  command('ovn-nbctl', [`--db=unix:${cloud.home}/run/nb.sock`, ...args]);

/** The NAT row of a floating IP. */
async function natOf(cloud: TestCloud, address: string): Promise<string> {
  const { stdout } = await nbctl(
    cloud,
    '--bare',
    '--columns=_uuid',
    'find',
    'nat',
    `external_ip=${address}`,
    'type=dnat_and_snat',
  );
  assert.match(stdout.trim(), /^[0-9a-f-]{36}$/);
  return stdout.trim();
}

async function pidOf(cloud: TestCloud, component: string): Promise<number | undefined> {
  return (await cloud.status()).find(({ name, state }) => name === component && state === 'running')
    ?.pid;
}

/** All that was acknowledged is there and works; then all of it goes and nothing stays; Northbound is as desired. */
async function settled(cloud: TestCloud, api: ApiClient, load?: Load): Promise<void> {
  for (const id of load?.servers ?? []) {
    await eventually(
      `server ${id} to be ACTIVE`,
      async () => {
        const { status, body } = await api.call('GET', `/compute/v2.1/servers/${id}`);
        assert.notEqual(status, 404, 'an acknowledged server is there');
        assert.notEqual(body['server']?.status, 'ERROR', JSON.stringify(body['server']?.fault));
        return body['server']?.status === 'ACTIVE';
      },
      60_000,
    );
  }
  for (const id of load?.networks ?? []) {
    assert.equal(
      (await api.call('GET', `/network/v2.0/networks/${id}`)).status,
      200,
      'an acknowledged network is there',
    );
  }
  // Now everything of the load goes, also what was made without our having heard of it.
  const { servers } = await api.get('/compute/v2.1/servers');
  for (const server of servers as { id: string; name: string }[]) {
    if (server.name.startsWith('load-'))
      await api.call('DELETE', `/compute/v2.1/servers/${server.id}`);
  }
  await eventually(
    'the load to be gone',
    async () => {
      const left = (await api.get('/compute/v2.1/servers')).servers as { name: string }[];
      return left.every(({ name }) => !name.startsWith('load-'));
    },
    60_000,
  );
  const { networks } = await api.get('/network/v2.0/networks');
  for (const network of networks as { id: string; name: string }[]) {
    if (network.name.startsWith('load-')) await api.delete(`/network/v2.0/networks/${network.id}`);
  }
  await eventually('Northbound to be as desired', async () => {
    const differences = await cloud.differences();
    assert.deepEqual(differences, []);
    return true;
  });
  const { servers: present } = await api.get('/compute/v2.1/servers');
  await eventually(
    'no container beyond the servers',
    async () => {
      const { containers, ports } = await cloud.traces();
      const expected = (present as { id: string }[]).map(({ id }) => `nova-${id}`).toSorted();
      assert.deepEqual(containers, expected);
      assert.equal(ports!.filter((port) => port.startsWith('tap')).length >= expected.length, true);
      return true;
    },
    90_000,
  );
}
