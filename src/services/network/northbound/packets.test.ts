import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Caller } from '../../identity/caller.ts';
import {
  eventually,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';
import { labMissing, startLab, type Lab } from './testing-lab.ts';

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

/** A port with a namespace behind it, bound to the lab's host. */
async function machine(caller: Caller, network: Document, groups?: string[]) {
  const port = await room.create(caller, 'port', {
    network_id: network['id'],
    ...(groups === undefined ? {} : { security_groups: groups }),
  });
  await room.update(room.admin, 'port', port['id'], { 'binding:host_id': 'test-host' });
  const [description] = await room.service.describePorts(room.database, [port['id']]);
  return {
    port,
    ip: port['fixed_ips'][0].ip_address as string,
    namespace: await lab.plug(description!),
  };
}

test('packets go where the API says, and nowhere else', { skip }, async () => {
  const caller = room.member();
  const stranger = room.member();
  const { network: publicNetwork } = await room.outside();
  const told: string[] = [];
  const end = room.service.onPortStatus((id, status) => told.push(`${id} ${status}`));
  const group = await room.create(caller, 'security_group', { name: 'ping' });
  const icmp = await room.create(caller, 'security_group_rule', {
    security_group_id: group['id'],
    direction: 'ingress',
    protocol: 'icmp',
  });
  const a = await room.net(caller, '10.0.1.0/24');
  const b = await room.net(caller, '10.0.2.0/24');
  const foreign = await room.net(stranger, '10.0.1.0/24');
  const one = await machine(caller, a.network, [group['id']]);
  const two = await machine(caller, a.network, [group['id']]);
  const far = await machine(caller, b.network, [group['id']]);
  const closed = await machine(caller, a.network);
  const twin = await machine(stranger, foreign.network);

  // Status follows the host.
  const status = async (port: Document) =>
    (await room.show(caller, 'port', port['id']))['status'] as string;
  assert.ok(await eventually(async () => (await status(one.port)) === 'ACTIVE'));
  assert.ok(told.includes(`${one.port['id']} ACTIVE`));

  assert.ok(await eventually(() => lab.pings(one.namespace, two.ip)), 'one network');
  assert.equal(
    await lab.pings(one.namespace, closed.ip),
    false,
    'the default group admits its own members only',
  );
  assert.ok(await lab.pings(closed.namespace, one.ip), 'and lets everything leave');
  assert.equal(await lab.pings(one.namespace, far.ip), false, 'no router yet');
  assert.equal(await lab.pings(twin.namespace, two.ip), false, 'another project');

  const router = await room.create(caller, 'router', {
    external_gateway_info: { network_id: publicNetwork['id'] },
  });
  await room.routerInterface(caller, 'add', router['id'], { subnet_id: a.subnet['id'] });
  await room.routerInterface(caller, 'add', router['id'], { subnet_id: b.subnet['id'] });
  assert.ok(await eventually(() => lab.pings(one.namespace, far.ip)), 'through the router');
  assert.ok(await eventually(() => lab.pings(one.namespace, '172.24.4.1')), 'outside by SNAT');

  const floating = await room.create(caller, 'floatingip', {
    floating_network_id: publicNetwork['id'],
    port_id: one.port['id'],
  });
  const address = floating['floating_ip_address'] as string;
  assert.ok(
    await eventually(() => lab.pings(lab.outside, address)),
    'from outside by the floating IP',
  );
  await room.update(caller, 'floatingip', floating['id'], { port_id: far.port['id'] });
  assert.ok(await eventually(() => lab.pings(lab.outside, address)), 'it moved');

  // A rule that goes takes established flows with it.
  const steady = lab.start(one.namespace, 'ping', '-i', '0.2', two.ip);
  await room.remove(caller, 'security_group_rule', icmp['id']);
  assert.ok(
    await eventually(async () => !(await lab.pings(lab.outside, address))),
    'rule gone: floating IP',
  );
  assert.ok(
    await eventually(async () => !(await lab.pings(one.namespace, two.ip))),
    'rule gone: neighbour',
  );
  steady.kill('SIGKILL');
  await room.update(caller, 'port', two.port['id'], {
    security_groups: [],
    port_security_enabled: false,
  });
  assert.ok(
    await eventually(() => lab.pings(one.namespace, two.ip)),
    'no port security, no filter',
  );

  // DHCP as OVN answers it, with the routes that lead to metadata.
  const lease = await lab.ask(
    two.namespace,
    'busybox',
    'udhcpc',
    '-i',
    'eth0',
    '-n',
    '-q',
    '-f',
    '-s',
    '/bin/true',
  );
  assert.ok(lease !== undefined, 'DHCP answers');

  await room.update(caller, 'port', one.port['id'], { admin_state_up: false });
  assert.ok(
    await eventually(async () => !(await lab.pings(one.namespace, two.ip))),
    'a port that is down',
  );
  end();
  assert.deepEqual(await room.service.projector.compare(), []);
});
