import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { insert, remove } from '../ovn/index.ts';
import { run } from './command.ts';
import type { MetadataDocument } from './metadata/document.ts';
import { tapDevice } from './names.ts';
import { until, wishOf } from './testing.ts';
import { World } from './testing-world.ts';
import type { InterfaceWish, ServerWish } from './wish.ts';

const world = new World();
let last = 10;

const portOf = (change: Partial<InterfaceWish> = {}): InterfaceWish => {
  last++;
  return {
    portId: randomUUID(),
    networkId: 'a0a0a0a0-0000-4000-8000-000000000000',
    mac: `fa:16:3e:00:00:${last.toString(16).padStart(2, '0')}`,
    mtu: 1442,
    addresses: [`10.77.0.${last}/24`, `fd77::${last}/64`],
    routes: [
      { destination: '0.0.0.0/0', nextHop: '10.77.0.1' },
      { destination: '169.254.169.254/32', nextHop: '10.77.0.2' },
      { destination: '::/0', nextHop: 'fd77::1' },
    ],
    device: 'eth0',
    position: 0,
    ...change,
  };
};
const addressOf = (wish: ServerWish, index = 0) =>
  wish.interfaces[index]!.addresses[0]!.split('/')[0]!;
const docker = (...args: string[]) =>
  run('docker', ['-H', `unix://${world.engine.socket}`, ...args]);
const container = (wish: ServerWish) => `nova-${wish.id}`;
const exec = async (wish: ServerWish, ...args: string[]) =>
  (await docker('exec', container(wish), ...args)).stdout;

async function make(change: Partial<ServerWish> = {}): Promise<ServerWish> {
  const wish = wishOf(world.image, { interfaces: [portOf()], ...change });
  await world.want(wish);
  return wish;
}
async function unmake(...wishes: ServerWish[]): Promise<void> {
  for (const wish of wishes) await world.order(wish.id, { power: 'deleted' });
  for (const wish of wishes) {
    await world.state(wish.id, 'deleted');
    await world.forget(wish.id);
  }
}

const documentOf = (
  metaData: Record<string, unknown>,
  userData: string | null,
): MetadataDocument => ({
  server_id: String(metaData['uuid']),
  meta_data: metaData,
  network_data: {},
  vendor_data: {},
  vendor_data2: {},
  user_data: userData,
  ec2: {
    'ami-id': 'ami-00000001',
    'ami-launch-index': '0',
    'ami-manifest-path': 'FIXME',
    'block-device-mapping': { ami: 'sda', root: '/dev/sda' },
    hostname: 'web',
    'instance-action': 'none',
    'instance-id': 'i-00000001',
    'instance-type': 'm1.tiny',
    'local-hostname': 'web',
    'local-ipv4': '10.0.0.9',
    'availability-zone': 'nova',
    'public-hostname': 'web',
    'public-ipv4': '',
    'public-keys': [],
    'reservation-id': 'r-1',
    'security-groups': ['default'],
  },
});

describe('the agent of a host', () => {
  before(async () => {
    await world.start();
    world.startAgent('--orphan-seconds', '2');
    await until('the row of the host', () => world.client.mirror.table('Host').size === 1);
  });
  after(async () => {
    if (process.env['OVENBIRD_TEST_LOG']) {
      console.error(readFileSync(path.join(world.home, 'agent.log'), 'utf8'));
    }
    await world.stop();
  });

  it('describes its host', () => {
    const [host] = [...world.client.mirror.table('Host').rows()];
    assert.equal(host?.name, world.host);
    assert.deepEqual([host?.driver, host?.datapath, host?.message], ['docker', 'ovn', []]);
    assert.ok(host!.vcpus > 0 && host!.memory_mb > 0 && host!.disk_gb > 0);
    assert.ok(Math.abs(host!.heartbeat - Date.now() / 1000) < 10);
  });

  it('makes a row a server that answers, and leaves nothing of it', async () => {
    const wish = await make({
      command: ['/bin/sh', '-c', 'ip -o addr show dev eth0; ip route; sleep 1000'],
    });
    const row = await world.state(wish.id, 'running');
    assert.deepEqual(row.plugged, [wish.interfaces[0]!.portId]);
    assert.equal(row.message.length, 0);
    assert.match(row.container_id[0]!, /^[0-9a-f]{64}$/);
    assert.ok(await world.answers(addressOf(wish)));
    const { stdout: log } = await docker('logs', container(wish));
    assert.match(log, new RegExp(`inet ${addressOf(wish)}/24`), 'there at the first instruction');
    assert.match(log, /inet6 fd77::/);
    assert.match(log, /default via 10\.77\.0\.1/);
    assert.match(log, /169\.254\.169\.254 via 10\.77\.0\.2/);
    const ids = await world.vsctl(
      'get',
      'interface',
      tapDevice(wish.interfaces[0]!.portId),
      'external_ids',
    );
    assert.match(ids, new RegExp(`iface-id="?${wish.interfaces[0]!.portId}`));
    assert.match(ids, new RegExp(`vm-uuid="?${wish.id}`));
    await unmake(wish);
    assert.deepEqual(await world.leftovers(), []);
  });

  it('pauses, unpauses, stops, starts and reboots, plugged again each time', async () => {
    const wish = await make();
    const first = await world.state(wish.id, 'running');
    await world.order(wish.id, { power: 'paused' });
    await world.state(wish.id, 'paused');
    assert.equal(
      (await docker('inspect', '-f', '{{.State.Status}}', container(wish))).stdout.trim(),
      'paused',
    );
    await world.order(wish.id, { power: 'running' });
    await world.state(wish.id, 'running');
    await world.order(wish.id, { power: 'stopped' });
    const stopped = await world.state(wish.id, 'stopped');
    assert.deepEqual([stopped.plugged, stopped.exit_code], [[], [143]]);
    assert.equal((await world.vsctl('list-ports', 'br-int')).trim(), '');
    await world.order(wish.id, { power: 'running' });
    await world.state(wish.id, 'running');
    assert.ok(await world.answers(addressOf(wish)), 'after start');
    for (const [index, kind] of ['hard', 'soft'].entries()) {
      await world.order(wish.id, { generation: index + 1, reboot_kind: kind });
      const row = await world.state(wish.id, 'running');
      assert.equal(row.container_id[0], first.container_id[0]);
      assert.ok(await world.answers(addressOf(wish)), `after a ${kind} reboot`);
    }
    await unmake(wish);
  });

  it('tells a server that ended by itself, and leaves it down until it is ordered', async () => {
    const wish = await make({
      command: ['/bin/sh', '-c', '[ -e /tmp/x ] && sleep 99; >/tmp/x; exit 3'],
    });
    await until('its end', () => world.server(wish.id)?.exit_code[0] === 3);
    const row = await world.state(wish.id, 'stopped');
    assert.deepEqual(row.plugged, []);
    await world.order(wish.id, { power: 'stopped' });
    await world.state(wish.id, 'stopped');
    await world.order(wish.id, { power: 'running', generation: 1 });
    await world.state(wish.id, 'running');
    await unmake(wish);
  });

  it('plugs a server again that somebody else restarted', async () => {
    const wish = await make();
    await world.state(wish.id, 'running');
    const before = await exec(wish, 'cat', '/proc/1/stat');
    await docker('restart', '-t', '0', container(wish));
    assert.ok(await world.answers(addressOf(wish), 10_000));
    await world.state(wish.id, 'running');
    assert.notEqual(await exec(wish, 'cat', '/proc/1/stat'), before);
    await unmake(wish);
  });

  it('attaches, changes and detaches interfaces of a running server', async () => {
    const wish = await make();
    await world.state(wish.id, 'running');
    const more = portOf({ device: 'eth1', position: 1, routes: [] });
    await world.wantInterfaces(wish.id, [...wish.interfaces, more]);
    await until('two plugged', () => world.server(wish.id)?.plugged.length === 2);
    assert.match(await exec(wish, 'ip', '-o', 'addr', 'show', 'dev', 'eth1'), /fd77::/);
    assert.ok(await world.answers(addressOf(wish)), 'the first was left alone');
    await world.wantInterfaces(wish.id, wish.interfaces);
    await until('one plugged', () => world.server(wish.id)?.plugged.length === 1);
    assert.doesNotMatch(await exec(wish, 'ip', '-o', 'link'), /eth1/);
    await unmake(wish);
    assert.deepEqual(await world.leftovers(), []);
  });

  it('says why a server cannot be made, and makes it when it can', async () => {
    const wish = wishOf({
      ...world.image,
      digest: { algorithm: 'sha512', value: 'f'.repeat(128) },
    });
    await world.want(wish);
    const row = await world.state(wish.id, 'error');
    assert.match(row.message[0] ?? '', /instead of ffff/);
    const noProgram = await make({ command: ['nonsense'] });
    await until('its end', () => world.server(noProgram.id)?.exit_code[0] === 127);
    await unmake(wish, noProgram);
    assert.deepEqual(await world.leftovers(), []);
  });

  it('survives being killed: servers go on undisturbed, orders missed are carried out', async () => {
    const keep = await make();
    const gone = await make();
    const lost = await make();
    const dead = await make();
    for (const wish of [keep, gone, lost, dead]) await world.state(wish.id, 'running');
    await world.endAgent('SIGKILL');
    assert.ok(await world.answers(addressOf(keep)), 'without an agent');
    const started = await exec(keep, 'cat', '/proc/1/stat');
    const ofport = await world.vsctl(
      'get',
      'interface',
      tapDevice(keep.interfaces[0]!.portId),
      'ofport',
    );
    await world.order(gone.id, { power: 'deleted' });
    await world.forget(lost.id);
    await docker('kill', container(dead));
    const late = await make();
    world.startAgent('--orphan-seconds', '1');
    await world.state(late.id, 'running');
    await world.state(gone.id, 'deleted');
    await world.state(dead.id, 'stopped');
    await world.state(keep.id, 'running');
    assert.equal(await exec(keep, 'cat', '/proc/1/stat'), started);
    assert.equal(
      await world.vsctl('get', 'interface', tapDevice(keep.interfaces[0]!.portId), 'ofport'),
      ofport,
      'not plugged anew',
    );
    await until('the end of a server that no row wants', async () =>
      (await world.leftovers()).every((text) => !text.includes(lost.id)),
    );
    await world.forget(gone.id);
    await unmake(keep, late, dead);
    assert.deepEqual(await world.leftovers(), []);
  });

  it('keeps servers suspended over its own death, with process and interfaces, and stops them from there', async () => {
    const wish = await make();
    await world.state(wish.id, 'running');
    const started = await exec(wish, 'cat', '/proc/1/stat');
    await world.order(wish.id, { power: 'suspended' });
    const row = await world.state(wish.id, 'suspended');
    assert.deepEqual(row.plugged, [wish.interfaces[0]!.portId]);
    const { stdout: state } = await docker('inspect', '-f', '{{.State.Status}}', container(wish));
    assert.equal(state.trim(), 'paused', 'frozen by the engine');
    await world.endAgent('SIGKILL');
    world.startAgent();
    await until('the agent', async () => world.server(wish.id)?.state[0] === 'suspended');
    await world.endAgent('SIGKILL');
    await world.order(wish.id, { power: 'running' });
    world.startAgent();
    await world.state(wish.id, 'running');
    assert.equal((await exec(wish, 'cat', '/proc/1/stat')).split(' ')[21], started.split(' ')[21]);
    assert.ok(await world.answers(addressOf(wish)), 'nothing of it was unplugged');
    for (const power of ['suspended', 'paused', 'suspended'] as const) {
      await world.order(wish.id, { power });
      await world.state(wish.id, power);
    }
    await world.order(wish.id, { power: 'running', generation: 1, reboot_kind: 'hard' });
    await until('the reboot', () => world.server(wish.id)?.observed_generation === 1);
    await world.state(wish.id, 'running');
    assert.notEqual(
      (await exec(wish, 'cat', '/proc/1/stat')).split(' ')[21],
      started.split(' ')[21],
    );
    await world.order(wish.id, { power: 'suspended' });
    await world.state(wish.id, 'suspended');
    await world.order(wish.id, { power: 'stopped' });
    const stopped = await world.state(wish.id, 'stopped');
    assert.deepEqual([stopped.plugged, stopped.exit_code], [[], [143]], 'it was asked to end');
    await unmake(wish);
    assert.deepEqual(await world.leftovers(), []);
  });

  it('releases servers that were started while no agent lived', async () => {
    const wish = await make({ command: ['/bin/sh', '-c', 'echo passed; sleep 1000'] });
    await world.state(wish.id, 'running');
    await world.endAgent('SIGKILL');
    await docker('restart', '-t', '0', container(wish));
    assert.ok(!(await world.answers(addressOf(wish), 500)));
    world.startAgent();
    assert.ok(await world.answers(addressOf(wish), 15_000));
    await until('the second pass', async () =>
      (await docker('logs', container(wish))).stdout.includes('passed\npassed'),
    );
    await unmake(wish);
  });

  it('waits for an engine that was killed, says so, and goes on', async () => {
    const wish = await make();
    await world.state(wish.id, 'running');
    await world.engine.kill();
    const host = () => [...world.client.mirror.table('Host').rows()][0];
    await until('the trouble to be told', () => /does not answer/.test(host()?.message[0] ?? ''));
    const late = await make();
    await world.engine.start();
    await world.state(late.id, 'running');
    await until('the trouble to be over', () => host()?.message.length === 0);
    assert.ok((await world.answers(addressOf(wish))) && (await world.answers(addressOf(late))));
    await unmake(wish, late);
  });

  it('works on after the database and the switch were killed', async () => {
    const wish = await make();
    await world.state(wish.id, 'running');
    await world.database.kill();
    await world.restartSwitch();
    await world.database.restart();
    assert.ok(await world.answers(addressOf(wish), 10_000), 'after the switch came back');
    const late = await make();
    await world.state(late.id, 'running');
    assert.ok(await world.answers(addressOf(late)));
    await world.order(wish.id, { generation: 1 });
    await world.state(wish.id, 'running');
    assert.ok(await world.answers(addressOf(wish), 10_000));
    await unmake(wish, late);
    assert.deepEqual(await world.leftovers(), []);
  });

  it('answers for metadata on each network, and who asks is known by where it comes from', async () => {
    const networkId = 'b0b0b0b0-1111-4000-8000-000000000000';
    const portId = randomUUID();
    const wish = await make();
    const address = addressOf(wish);
    const userData = Buffer.from('#!/bin/sh\necho hello\n').toString('base64');
    world.documents.set(`${networkId} ${address}`, documentOf({ uuid: wish.id }, userData));
    await world.client.transact([
      insert('Metadata_Port', {
        network_id: networkId,
        host: world.host,
        port_id: portId,
        mac: 'fa:16:3e:00:01:01',
        mtu: 1442,
        addresses: ['10.77.0.2/24'],
      }),
    ]);
    const row = () => world.client.mirror.table('Metadata_Port').first('network_id', networkId);
    await until('the metadata port', () => row()?.state[0] === 'ready');
    await world.state(wish.id, 'running');
    const ask = (path: string) => exec(wish, 'wget', '-q', '-O-', `http://169.254.169.254${path}`);
    assert.deepEqual(JSON.parse(await ask('/openstack/latest/meta_data.json')), { uuid: wish.id });
    assert.equal(await ask('/2009-04-04/meta-data/local-ipv4'), '10.0.0.9');
    assert.equal(await ask('/latest/user-data'), '#!/bin/sh\necho hello\n');
    await assert.rejects(ask('/latest/nothing'), /404/);
    const stranger = await make();
    await world.state(stranger.id, 'running');
    await assert.rejects(
      exec(stranger, 'wget', '-q', '-O-', 'http://169.254.169.254/latest/meta-data/'),
      /404/,
    );
    const namespaces = async () => (await run('ip', ['netns', 'list'])).stdout;
    assert.match(
      await namespaces(),
      new RegExp(`ovnmeta-b0b0b0b0-1111-${world.host}-${world.cloudName}`),
    );
    await world.endAgent('SIGKILL');
    world.startAgent();
    await until('metadata again', () =>
      ask('/latest/meta-data/hostname').then(
        (text) => text === 'web',
        () => false,
      ),
    );
    await unmake(wish, stranger);
    await world.client.transact([remove('Metadata_Port', row()!._uuid)]);
    await until(
      'its namespace to go',
      async () => !(await namespaces()).includes(`-${world.cloudName}`),
    );
    await until('nothing left', async () => (await world.leftovers()).length === 0);
  });

  it('answers console tasks', async () => {
    const wish = await make({
      command: ['/bin/sh', '-c', 'for i in 1 2 3; do echo line $i; done; sleep 99'],
    });
    await world.state(wish.id, 'running');
    const ask = async (id: string, change: object = {}) => {
      const columns = { id, host: world.host, kind: 'console', server_id: wish.id };
      await world.client.transact([
        insert('Task', {
          ...columns,
          arguments: { lines: '2' },
          reply_to: `/host/v1/tasks/${id}/result`,
          created_at: Math.floor(Date.now() / 1000),
          ...change,
        }),
      ]);
      const row = () => world.client.mirror.table('Task').first('id', id);
      await until('an answer', () => row()?.status.length === 1);
      return row();
    };
    await until('output', async () => (await docker('logs', container(wish))).stdout.includes('3'));
    assert.equal((await ask('t1'))?.status[0], 'done');
    assert.equal(world.results.get('/host/v1/tasks/t1/result'), 'line 2\nline 3\n');
    const failed = await ask('t2', { server_id: randomUUID() });
    assert.equal(failed?.status[0], 'failed');
    assert.match(failed?.message[0] ?? '', /no container/);
    assert.match((await ask('t3', { created_at: 1 }))?.message[0] ?? '', /s old/);
    await unmake(wish);
  });

  it('ends in good order, and servers go on', async () => {
    const wish = await make();
    await world.state(wish.id, 'running');
    assert.equal(await world.endAgent('SIGTERM'), 0);
    assert.ok(await world.answers(addressOf(wish)));
    world.startAgent();
    await unmake(wish);
  });
});
