import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { aclEvent, type AclEvent } from '../../../core/acl-event.ts';
import { labMissing, startLab, type Lab } from '../northbound/testing-lab.ts';
import {
  eventually,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';

const skip = labMissing() ?? false;

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
});

const COLLECTOR = '172.24.4.77';

const CAPTURE = path.join(import.meta.dirname, '../tap_mirrors/testing-capture.py');

test('packets are told of and mirrored', { skip }, async () => {
  const caller = room.manager();
  const { network } = await room.net(caller, '10.0.1.0/24');
  const group = await room.create(caller, 'security_group', { name: 'web' });
  await room.create(caller, 'security_group_rule', {
    security_group_id: group['id'],
    direction: 'ingress',
    protocol: 'icmp',
  });
  const machine = async (groups?: string[]) => {
    const port: Document = await room.create(caller, 'port', {
      network_id: network['id'],
      ...(groups === undefined ? {} : { security_groups: groups }),
    });
    await room.update(room.admin, 'port', port['id'], { 'binding:host_id': 'test-host' });
    const [description] = await room.service.describePorts(room.database, [port['id']]);
    const namespace = await lab.plug(description!);
    return { port, ip: port['fixed_ips'][0].ip_address as string, namespace };
  };
  const client = await machine();
  const server = await machine([group['id']]);
  assert.ok(await eventually(() => lab.pings(client.namespace, server.ip)));

  const log = await room.create(caller, 'log', {
    resource_type: 'security_group',
    resource_id: group['id'],
    event: 'ALL',
  });
  const events = () =>
    lab
      .logOf('ovn-controller')
      .split('\n')
      .map(aclEvent)
      .filter((event): event is AclEvent => event?.log === log['id']);
  const told = (verdict: string, text: RegExp) =>
    events().some((event) => event.verdict === verdict && text.test(event.packet));
  assert.ok(
    await eventually(async () => {
      await lab.pings(client.namespace, server.ip);
      await lab.ask(client.namespace, 'busybox', 'nc', '-w', '1', server.ip, '81');
      return told('allow', /^icmp/) && told('drop', /^tcp.*tp_dst=81/);
    }),
    `accepted and dropped: ${JSON.stringify(events())}`,
  );
  const [dropped] = events().filter(({ verdict }) => verdict === 'drop');
  assert.equal(dropped!.direction, 'to-lport');
  assert.equal(dropped!.destination.mac, server.port['mac_address']);
  assert.equal(dropped!.source.ip, client.ip);
  assert.equal(dropped!.destination.ip, server.ip);

  await room.update(caller, 'log', log['id'], { enabled: false });
  let port = 82;
  assert.ok(
    await eventually(async () => {
      port++;
      await lab.ask(client.namespace, 'busybox', 'nc', '-w', '1', server.ip, String(port));
      return !told('drop', new RegExp(`tp_dst=${port}`));
    }),
    'told no longer',
  );

  // A mirror: what the server receives and sends arrives elsewhere, within GRE.
  const collector = await lab.neighbour(COLLECTOR);
  assert.ok(await eventually(() => lab.pings(lab.outside, COLLECTOR)));
  const seen: string[] = [];
  const capture = lab.read(collector, 'python3', CAPTURE);
  capture.stdout!.setEncoding('utf8').on('data', (text: string) => seen.push(text));
  const mirror = await room.create(caller, 'tap_mirror', {
    port_id: server.port['id'],
    directions: { IN: 101, OUT: 102 },
    remote_ip: COLLECTOR,
    mirror_type: 'gre',
  });
  const arrived = (line: string) => seen.join('').includes(line);
  assert.ok(
    await eventually(async () => {
      await lab.pings(client.namespace, server.ip);
      return (
        arrived(`101 ${client.ip} ${server.ip} 1`) && arrived(`102 ${server.ip} ${client.ip} 1`)
      );
    }),
    `mirrored: ${seen.join('')}`,
  );
  await room.remove(caller, 'tap_mirror', mirror['id']);
  assert.ok(
    await eventually(async () => {
      seen.length = 0;
      await lab.pings(client.namespace, server.ip);
      return seen.length === 0;
    }),
    'mirrored no longer',
  );
  assert.deepEqual(await room.service.projector.compare(), []);
});
