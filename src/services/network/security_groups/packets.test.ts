import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Caller } from '../../identity/caller.ts';
import { labMissing, startLab, type Lab } from '../northbound/testing-lab.ts';
import {
  eventually,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';

const skip = labMissing() ?? false;
const folder = mkdtempSync(path.join(tmpdir(), 'ovb-sg-'));

let room: TestNetworkService;
let lab: Lab;
before(async () => {
  if (skip) return;
  room = await startTestNetworkService();
  lab = await startLab(room.ovsdb.remote, 'test-host');
});
after(async () => {
  await lab?.stop();
  await room?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Machine {
  readonly port: Document;
  readonly ip: string;
  readonly namespace: string;
}

async function machine(caller: Caller, network: Document, groups: string[]): Promise<Machine> {
  const port = await room.create(caller, 'port', {
    network_id: network['id'],
    security_groups: groups,
  });
  await room.update(room.admin, 'port', port['id'], { 'binding:host_id': 'test-host' });
  const [description] = await room.service.describePorts(room.database, [port['id']]);
  const namespace = await lab.plug(description!);
  return { port, ip: port['fixed_ips'][0].ip_address as string, namespace };
}

const reaches = (from: Machine, to: Machine) => eventually(() => lab.pings(from.namespace, to.ip));
const misses = (from: Machine, to: Machine) =>
  eventually(async () => !(await lab.pings(from.namespace, to.ip)));

const group = (caller: Caller, values: Document) => room.create(caller, 'security_group', values);
const letIn = (caller: Caller, groupId: string, values: Document) =>
  room.create(caller, 'security_group_rule', {
    security_group_id: groupId,
    direction: 'ingress',
    ...values,
  });

/** Sends a byte every tenth of a second: makes a file when one came back, and ends when none does any more. */
const TALK = `
  const [, address, file] = process.argv;
  let last = Date.now();
  const socket = require('net').connect(7, address, () => setInterval(() => socket.write('x'), 100));
  socket.on('data', () => { last = Date.now(); require('fs').writeFileSync(file, ''); });
  socket.on('error', () => process.exit(1));
  setInterval(() => Date.now() - last > 3000 && (console.log('silent'), process.exit(0)), 100);
  setTimeout(() => process.exit(2), 60000);`;

const ECHO = `require('net').createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(7)`;

test('security groups let through what they say, at once, and nothing else', { skip }, async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.0.1.0/24');
  const clients = await group(caller, { name: 'clients' });
  const web = await group(caller, { name: 'web' });
  const client = await machine(caller, network, [clients['id']]);
  const server = await machine(caller, network, [web['id']]);

  // An address group: a change of it is a change of what is let in.
  const addresses = await room.create(caller, 'address_group', { name: 'friends' });
  const change = (verb: string, list: string[]) =>
    room.call(`${verb}_addresses`, {
      caller,
      params: { address_group_id: addresses['id'] },
      body: { addresses: list },
    });
  const byAddress = await letIn(caller, web['id'], {
    protocol: 'icmp',
    remote_address_group_id: addresses['id'],
  });
  assert.equal(await lab.pings(client.namespace, server.ip), false, 'an empty address group');
  await change('add', [`${client.ip}/32`, 'fd00::/64']);
  assert.ok(await reaches(client, server), 'an address was added');
  await change('remove', [`${client.ip}/32`]);
  assert.ok(await misses(client, server), 'the address was removed');
  await room.remove(caller, 'security_group_rule', byAddress['id']);

  // Members of a group: a port that joins it is let in, one that leaves it no more.
  const members = await group(caller, { name: 'members' });
  await letIn(caller, web['id'], { protocol: 'icmp', remote_group_id: members['id'] });
  assert.equal(await lab.pings(client.namespace, server.ip), false, 'no member');
  const join = (groups: string[]) =>
    room.update(caller, 'port', client.port['id'], { security_groups: groups });
  await join([clients['id'], members['id']]);
  assert.ok(await reaches(client, server), 'joined');
  await join([clients['id']]);
  assert.ok(await misses(client, server), 'left');

  // A connection lives as long as the rule that let it in.
  const echo = await letIn(caller, web['id'], {
    protocol: 'tcp',
    port_range_min: 7,
    port_range_max: 7,
    remote_group_id: clients['id'],
  });
  lab.start(server.namespace, process.execPath, '-e', ECHO);
  const file = path.join(folder, 'talked');
  const talk = () => lab.ask(client.namespace, process.execPath, '-e', TALK, server.ip, file);
  let silence: Promise<string | undefined> | undefined;
  assert.ok(
    await eventually(async () => {
      silence ??= talk().then((said) => (existsSync(file) ? said : (silence = undefined)));
      return existsSync(file);
    }),
    'they talk',
  );
  await room.remove(caller, 'security_group_rule', echo['id']);
  assert.match((await silence) ?? '', /silent/, 'rule gone: the connection stops');

  // What a port sends is from its own addresses, or from those it may have beside them.
  await letIn(caller, web['id'], { protocol: 'icmp', remote_ip_prefix: '10.0.1.0/24' });
  assert.ok(await reaches(client, server));
  const other = '10.0.1.200';
  await lab.ask(client.namespace, 'ip', 'address', 'add', `${other}/24`, 'dev', 'eth0');
  const pose = async () =>
    (await lab.ask(client.namespace, 'ping', '-c', '1', '-W', '1', '-I', other, server.ip)) !==
    undefined;
  assert.equal(await pose(), false, 'a foreign source address');
  const pairs = (list: Document[]) =>
    room.update(caller, 'port', client.port['id'], { allowed_address_pairs: list });
  await pairs([{ ip_address: other }]);
  assert.ok(await eventually(pose), 'an allowed address pair');
  await pairs([]);
  assert.ok(await eventually(async () => !(await pose())), 'allowed no longer');

  // Without connection tracking a reply is let in by a rule of its own.
  const bare = await group(caller, { name: 'bare', stateful: false });
  const one = await machine(caller, network, [bare['id']]);
  const two = await machine(caller, network, [bare['id']]);
  await letIn(caller, bare['id'], { protocol: 'icmp', port_range_min: 8 });
  assert.equal(await lab.pings(one.namespace, server.ip), false);
  assert.equal(await lab.pings(one.namespace, two.ip), false, 'the reply is no reply to anybody');
  const reply = await letIn(caller, bare['id'], { protocol: 'icmp', port_range_min: 0 });
  assert.ok(await reaches(one, two), 'both ways are let in');
  await room.remove(caller, 'security_group_rule', reply['id']);
  assert.ok(await misses(one, two));
  assert.deepEqual(await room.service.projector.compare(), []);
});
