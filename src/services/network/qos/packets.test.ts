import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { labMissing, startLab, type Lab } from '../northbound/testing-lab.ts';
import {
  eventually,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';

const skip = labMissing() ?? false;
const TRAFFIC = path.join(import.meta.dirname, 'testing-traffic.ts');

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

let nextPort = 5300;

/** Megabits per second that come from one namespace to an address in another. */
async function speed(from: string, to: string, address: string): Promise<number> {
  const port = String(nextPort++);
  const measured = lab.ask(to, process.execPath, TRAFFIC, 'receive', port);
  const sender = lab.start(from, process.execPath, TRAFFIC, 'send', address, port);
  const answer = await measured;
  sender.kill('SIGKILL');
  assert.ok(answer !== undefined, 'the receiver failed');
  return Number(answer);
}

/** What the API says, within 15 %. */
function assertLimited(actual: number, limit: number, what: string): void {
  assert.ok(
    actual > limit * 0.85 && actual < limit * 1.15,
    `${what}: ${actual.toFixed(1)} Mbit/s instead of ${limit}`,
  );
}

const DSCP = `
import socket, sys
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
receiver.settimeout(10)
receiver.bind(('0.0.0.0', 5299))
_, ancillary, _, _ = receiver.recvmsg(100, 100)
print(ancillary[0][2][0] >> 2)
`;
const SENDER = `
import socket, sys, time
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(50):
    sender.sendto(b'x', (sys.argv[1], 5299))
    time.sleep(0.1)
`;

/** Code point of a packet that arrives. */
async function markOf(from: string, to: string, address: string): Promise<number> {
  const received = lab.ask(to, '/usr/bin/python3', '-c', DSCP);
  const sender = lab.start(from, '/usr/bin/python3', '-c', SENDER, address);
  const answer = await received;
  sender.kill('SIGKILL');
  return Number(answer);
}

test(
  'ports, floating IPs and gateways send and receive what their policies say',
  { skip },
  async () => {
    const owner = room.manager();
    const { network: outside } = await room.outside();
    const { network, subnet } = await room.net(owner, '10.0.1.0/24');
    const group = await room.create(owner, 'security_group', {});
    await room.create(owner, 'security_group_rule', {
      security_group_id: group['id'],
      direction: 'ingress',
    });
    const machine = async (values: Document = {}) => {
      const port = await room.create(owner, 'port', {
        network_id: network['id'],
        security_groups: [group['id']],
        ...values,
      });
      await room.update(room.admin, 'port', port['id'], { 'binding:host_id': 'test-host' });
      const [description] = await room.service.describePorts(room.database, [port['id']]);
      return {
        id: port['id'] as string,
        ip: port['fixed_ips'][0].ip_address as string,
        namespace: await lab.plug(description!),
      };
    };
    const rule = async (policy: Document, type: string, values: Document): Promise<string> =>
      (
        await room.call(`create_policy_${type}_rule`, {
          caller: owner,
          params: { policy_id: policy['id'] },
          body: { [`${type}_rule`]: values },
        })
      )[`${type}_rule`].id;

    const policy = await room.create(owner, 'policy', {});
    const sent = await rule(policy, 'bandwidth_limit', { max_kbps: 20_000 });
    const limited = await machine({ qos_policy_id: policy['id'] });
    const free = await machine();
    const toFree = () => speed(limited.namespace, free.namespace, free.ip);
    const fromFree = () => speed(free.namespace, limited.namespace, limited.ip);
    assert.ok(await eventually(() => lab.pings(limited.namespace, free.ip)));

    assertLimited(await toFree(), 20, 'sent');
    const unlimited = await fromFree();
    assert.ok(unlimited > 60, `the other direction is not limited: ${unlimited}`);

    // Rules that are added, changed and deleted hold at once.
    await rule(policy, 'bandwidth_limit', { max_kbps: 30_000, direction: 'ingress' });
    await room.call('update_policy_bandwidth_limit_rule', {
      caller: owner,
      params: { policy_id: policy['id'], rule_id: sent },
      body: { bandwidth_limit_rule: { max_kbps: 10_000 } },
    });
    assertLimited(await fromFree(), 30, 'received');
    assertLimited(await toFree(), 10, 'sent, changed');
    await room.call('delete_policy_bandwidth_limit_rule', {
      caller: owner,
      params: { policy_id: policy['id'], rule_id: sent },
    });
    const again = await toFree();
    assert.ok(again > 60, `without its rule it is not limited: ${again}`);

    assert.equal(await markOf(limited.namespace, free.namespace, free.ip), 0);
    await rule(policy, 'dscp_marking', { dscp_mark: 46 });
    assert.ok(
      await eventually(
        async () => (await markOf(limited.namespace, free.namespace, free.ip)) === 46,
      ),
      'packets are marked',
    );

    // Outside: the gateway of all, and a floating IP of one.
    const gatewayPolicy = await room.create(owner, 'policy', {});
    await rule(gatewayPolicy, 'bandwidth_limit', { max_kbps: 12_000 });
    const router = await room.create(owner, 'router', {
      external_gateway_info: { network_id: outside['id'], qos_policy_id: gatewayPolicy['id'] },
    });
    await room.routerInterface(owner, 'add', router['id'], { subnet_id: subnet['id'] });
    assert.ok(await eventually(() => lab.pings(free.namespace, '172.24.4.1')));
    assertLimited(
      await speed(free.namespace, lab.outside, '172.24.4.1'),
      12,
      'through the gateway',
    );

    const addressPolicy = await room.create(owner, 'policy', {});
    await rule(addressPolicy, 'bandwidth_limit', { max_kbps: 16_000 });
    await rule(addressPolicy, 'bandwidth_limit', { max_kbps: 24_000, direction: 'ingress' });
    const floating = await room.create(owner, 'floatingip', {
      floating_network_id: outside['id'],
      port_id: free.id,
      qos_policy_id: addressPolicy['id'],
    });
    const address = floating['floating_ip_address'] as string;
    assert.ok(await eventually(() => lab.pings(lab.outside, address)));
    assertLimited(await speed(lab.outside, free.namespace, address), 24, 'to the floating IP');
    assertLimited(
      await speed(free.namespace, lab.outside, '172.24.4.1'),
      16,
      'from the floating IP, whose policy counts before the gateway’s',
    );
    assert.deepEqual(await room.service.projector.compare(), []);
  },
);
