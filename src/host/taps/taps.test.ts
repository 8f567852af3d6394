import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { insert, remove, update } from '../../ovn/index.ts';
import { run } from '../command.ts';
import { until, wishOf } from '../testing.ts';
import { World } from '../testing-world.ts';
import type { ServerWish } from '../wish.ts';

const FRAMES = path.join(import.meta.dirname, 'frames.py');
const HOST = '10.77.0.1';
const [SOURCE, TAP] = ['10.77.0.21', '10.77.0.22'];
const [OUT, IN] = [`${SOURCE} ${HOST} 0`, `${HOST} ${SOURCE} 0`];

const world = new World();
const children: ChildProcess[] = [];
/** What the reader said since. */
let text = '';
const servers = { source: serverOf(SOURCE), tap: serverOf(TAP) };
const portOf = (server: ServerWish) => server.interfaces[0]!.portId;

function serverOf(address: string): () => ServerWish {
  let wish: ServerWish | undefined;
  const id = randomUUID();
  return () =>
    (wish ??= wishOf(world.image, {
      interfaces: [
        {
          portId: id,
          networkId: 'a0a0a0a0-0000-4000-8000-000000000000',
          mac: `fa:16:3e:00:00:${address.split('.').at(-1)}`,
          mtu: 1442,
          addresses: [`${address}/24`],
          routes: [],
          device: 'eth0',
          position: 0,
        },
      ],
    }));
}

before(async () => {
  await world.start();
  world.startAgent();
  for (const wish of Object.values(servers)) await world.want(wish());
  for (const wish of Object.values(servers)) await world.state(wish().id, 'running');
});
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await world.stop();
});

/** Arguments of nsenter that run a program in the server's network namespace. */
async function within(server: ServerWish, ...command: string[]): Promise<string[]> {
  const engine = ['-H', `unix://${world.engine.socket}`];
  const format = ['-f', '{{.State.Pid}}', `nova-${server.id}`];
  const { stdout } = await run('docker', [...engine, 'inspect', ...format]);
  return [`--net=/proc/${stdout.trim()}/ns/net`, ...command];
}

/** Begins: an echo request ten times a second, of connections that go on while mirrors come and go, and reading. */
async function begin(): Promise<void> {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  const ping = await within(servers.source(), 'ping', '-i', '0.1', HOST);
  const read = await within(servers.tap(), 'python3', FRAMES, 'read', 'eth0');
  const reader = spawn('nsenter', read, { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(spawn('nsenter', ping, { stdio: 'ignore' }), reader);
  text = '';
  reader.stdout.on('data', (chunk) => (text += chunk));
  await until('the reader', () => text !== '');
}

/** Each kind of packet that the tap port gets within so many milliseconds. */
async function copies(milliseconds = 400): Promise<string[]> {
  text = '';
  await sleep(milliseconds);
  return [...new Set(text.split('\n').slice(1, -1))].toSorted();
}
const sees = (...wanted: string[]) =>
  until(`copies of ${wanted.join(', ') || 'nothing'}`, async () => {
    const seen = await copies();
    return JSON.stringify(seen) === JSON.stringify(wanted.toSorted());
  });

const flow = (id: string) => world.client.mirror.table('Tap_Flow').first('id', id);
const becomes = (id: string, state: string) =>
  until(`${id} to be ${state}`, () => flow(id)?.state[0] === state);
async function want(change: object = {}): Promise<string> {
  const id = randomUUID();
  const ports = { tap_port: portOf(servers.tap()), source_port: portOf(servers.source()) };
  await world.client.transact([
    insert('Tap_Flow', { id, host: world.host, direction: 'BOTH', ...ports, ...change }),
  ]);
  return id;
}
const forget = (id: string) => world.client.transact([remove('Tap_Flow', [['id', '==', id]])]);
const change = (id: string, columns: object) =>
  world.client.transact([update('Tap_Flow', [['id', '==', id]], { state: [], ...columns })]);
const mirrors = async () =>
  (await world.vsctl('--bare', '--columns=name', 'list', 'mirror')).trim();

test('the other port gets what the tap flow says, also of connections that go on', async () => {
  await begin();
  await sees();
  const id = await want();
  await becomes(id, 'active');
  await sees(IN, OUT);
  await change(id, { direction: 'IN' });
  await becomes(id, 'active');
  await sees(IN);
  await change(id, { direction: 'OUT' });
  await becomes(id, 'active');
  await sees(OUT);
  // A second one for the same port: no packet comes twice, and it stays when the first goes.
  const second = await want({ direction: 'IN' });
  await becomes(second, 'active');
  await sees(IN, OUT);
  assert.equal((await mirrors()).split('\n').length, 1);
  await forget(id);
  await sees(IN);
  await forget(second);
  await sees();
  assert.equal(await mirrors(), '');
});

test('only packets of the VLANs that it names', async () => {
  await begin();
  const id = await want({ vlans: [7, 9] });
  await becomes(id, 'active');
  const send = ['python3', FRAMES, 'send', 'eth0', SOURCE, '10.77.0.99'];
  for (const vlan of ['7', '8', '9'])
    await run('nsenter', await within(servers.source(), ...send, vlan));
  const seen = () => text.split('\n').slice(1, -1);
  await until('the last', () => seen().length > 1);
  assert.deepEqual(seen(), [`${SOURCE} 10.77.0.99 7`, `${SOURCE} 10.77.0.99 9`]);
  await change(id, { vlans: [0] });
  await becomes(id, 'active');
  await sees(IN, OUT);
  await forget(id);
  await sees();
});

test('it survives whatever is killed, and what others do to the mirror', async () => {
  await begin();
  const id = await want();
  await becomes(id, 'active');
  await world.endAgent('SIGKILL');
  await sees(IN, OUT);
  await world.vsctl('clear', 'bridge', 'br-int', 'mirrors');
  await world.database.kill();
  world.startAgent();
  await world.restartSwitch();
  await world.database.restart();
  await sees(IN, OUT);
  const others = ['--', '--id=@m', 'create', 'mirror', 'name=others', 'select-all=false'];
  await world.vsctl(...others, '--', 'add', 'bridge', 'br-int', 'mirrors', '@m');
  await world.vsctl('clear', 'mirror', (await mirrors()).split('\n')[0]!, 'select_src_port');
  await sees(IN, OUT);
  // Ports that are plugged again are other ports to Open vSwitch.
  for (const wish of [servers.source(), servers.tap()]) {
    await world.order(wish.id, { generation: 1 });
    await world.state(wish.id, 'running');
  }
  await begin();
  await sees(IN, OUT);
  // A row that went while no agent lived.
  await world.endAgent('SIGKILL');
  await forget(id);
  world.startAgent();
  await sees();
  assert.equal(await mirrors(), 'others');
  await world.vsctl('clear', 'bridge', 'br-int', 'mirrors');
});

test('it waits for its ports, and says for which', async () => {
  await begin();
  const nobody = randomUUID();
  const id = await want({ source_port: nobody });
  await becomes(id, 'waiting');
  assert.match(flow(id)?.message[0] ?? '', new RegExp(`${nobody}, whose packets`));
  assert.equal(await mirrors(), '');
  await change(id, { source_port: portOf(servers.source()) });
  await becomes(id, 'active');
  assert.deepEqual(flow(id)?.message, []);
  await world.order(servers.source().id, { power: 'stopped' });
  await becomes(id, 'waiting');
  assert.equal(await mirrors(), '');
});
