import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';
import { addRule, changeRule, qosRows } from './testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room?.stop());

test("a project's default policy is given to its new networks", async () => {
  const { admin } = room;
  const owner = room.manager();
  const policy = await room.create(owner, 'policy', { is_default: true });
  await refuses(
    'QoSPolicyDefaultAlreadyExists',
    /default QoS policy exists/,
    room.create(owner, 'policy', { is_default: true }),
  );
  const second = await room.create(owner, 'policy', {});
  await refuses(
    'QoSPolicyDefaultAlreadyExists',
    /default/,
    room.update(owner, 'policy', second['id'], { is_default: true }),
  );
  const network = await room.create(owner, 'network', {});
  assert.equal(network['qos_policy_id'], policy['id']);
  const chosen = await room.create(owner, 'network', { qos_policy_id: second['id'] });
  assert.equal(chosen['qos_policy_id'], second['id']);
  const foreign = await room.create(admin, 'network', {});
  assert.equal(foreign['qos_policy_id'], null);
  await addRule(room, owner, policy, 'dscp_marking', { dscp_mark: 8 });
  await room.remove(owner, 'network', network['id']);
  await addRule(room, owner, policy, 'packet_rate_limit', { max_kpps: 1 });
  await refuses('QosRuleNotSupportedByNetwork', /packet/, room.create(owner, 'network', {}));
  await room.update(owner, 'policy', policy['id'], { is_default: false });
  assert.equal((await room.create(owner, 'network', {}))['qos_policy_id'], null);
  assert.deepEqual(await room.list(owner, 'policies', { is_default: ['true'] }), []);
});

test('limits and marks are rows of OVN for as long as they hold', async () => {
  const owner = room.manager();
  const policy = await room.create(owner, 'policy', {});
  const { network } = await room.net(owner, '10.9.0.0/24');
  const port = await room.create(owner, 'port', {
    network_id: network['id'],
    qos_policy_id: policy['id'],
  });
  assert.equal(port['qos_policy_id'], policy['id']);
  assert.equal(port['qos_network_policy_id'], null);
  assert.deepEqual(qosRows(room, port['id']), [], 'a policy without rules');

  const limit = await addRule(room, owner, policy, 'bandwidth_limit', { max_kbps: 1000 });
  const mark = await addRule(room, owner, policy, 'dscp_marking', { dscp_mark: 46 });
  await addRule(room, owner, policy, 'bandwidth_limit', {
    max_kbps: 3000,
    max_burst_kbps: 300,
    direction: 'ingress',
  });
  const ids = { 'neutron:port_id': port['id'] };
  const expected = [
    {
      direction: 'from-lport',
      match: `inport == "${port['id']}"`,
      priority: 2002,
      bandwidth: { rate: 1000, burst: 500 },
      action: { dscp: 46 },
      external_ids: ids,
    },
    {
      direction: 'to-lport',
      match: `outport == "${port['id']}"`,
      priority: 2002,
      bandwidth: { rate: 3000, burst: 300 },
      action: {},
      external_ids: ids,
    },
  ];
  assert.deepEqual(qosRows(room, port['id']), expected);

  await changeRule(room, owner, policy, 'bandwidth_limit', limit['id'], { max_kbps: 0 });
  assert.deepEqual(qosRows(room, port['id'])[0]?.bandwidth, {}, 'nothing is no limit');
  await changeRule(room, owner, policy, 'bandwidth_limit', limit['id'], { max_kbps: 1 });
  assert.deepEqual(qosRows(room, port['id'])[0]?.bandwidth, { rate: 1, burst: 1 });
  await room.call('delete_policy_dscp_marking_rule', {
    caller: owner,
    params: { policy_id: policy['id'], rule_id: mark['id'] },
  });
  assert.deepEqual(qosRows(room, port['id'])[0]?.action, {});

  // The port's own policy counts before its network's.
  const wide = await room.create(owner, 'policy', {});
  await addRule(room, owner, wide, 'bandwidth_limit', { max_kbps: 9000 });
  await room.update(owner, 'network', network['id'], { qos_policy_id: wide['id'] });
  const [plain, device] = await Promise.all([
    room.create(owner, 'port', { network_id: network['id'] }),
    room.create(owner, 'port', { network_id: network['id'], device_owner: 'network:dhcp' }),
  ]);
  assert.equal(plain['qos_network_policy_id'], wide['id']);
  assert.equal(plain['qos_policy_id'], null);
  assert.equal(qosRows(room, plain['id'])[0]?.bandwidth.rate, 9000);
  assert.deepEqual(qosRows(room, device['id']), [], "the network's own devices have no limits");
  assert.equal(qosRows(room, port['id'])[0]?.bandwidth.rate, 1);
  assert.deepEqual(
    (await room.list(owner, 'ports', { qos_network_policy_id: [wide['id']] })).length,
    4,
    'the metadata port is on the network too',
  );
  await room.update(owner, 'port', port['id'], { qos_policy_id: null });
  assert.equal(qosRows(room, port['id'])[0]?.bandwidth.rate, 9000);
  await room.update(owner, 'network', network['id'], { qos_policy_id: null });
  assert.deepEqual([...qosRows(room, port['id']), ...qosRows(room, plain['id'])], []);

  await room.update(owner, 'port', port['id'], { qos_policy_id: policy['id'] });
  assert.equal(qosRows(room, port['id']).length, 2);
  await room.remove(owner, 'port', port['id']);
  assert.deepEqual(qosRows(room, port['id']), []);
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('ports in bulk have policies of their own', async () => {
  const owner = room.manager();
  const { network } = await room.net(owner, '10.9.0.0/24');
  const policies = [];
  for (const mark of [8, 16]) {
    const policy = await room.create(owner, 'policy', {});
    await addRule(room, owner, policy, 'dscp_marking', { dscp_mark: mark });
    policies.push(policy);
  }
  const { ports } = await room.call('create_port', {
    caller: owner,
    body: {
      ports: [
        ...policies.map(({ id }) => ({ network_id: network['id'], qos_policy_id: id })),
        { network_id: network['id'] },
      ],
    },
  });
  assert.deepEqual(
    ports.map(({ qos_policy_id }: Document) => qos_policy_id),
    [policies[0]!['id'], policies[1]!['id'], null],
  );
  assert.deepEqual(
    ports.map(({ id }: Document) => qosRows(room, id)[0]?.action.dscp),
    [8, 16, undefined],
  );
});

test('floating IPs and gateways are limited where they leave', async () => {
  const { admin } = room;
  const owner = room.manager();
  const { network: outside } = await room.outside();
  const policy = await room.create(owner, 'policy', {});
  await addRule(room, owner, policy, 'bandwidth_limit', { max_kbps: 4000 });
  await addRule(room, owner, policy, 'bandwidth_limit', { max_kbps: 6000, direction: 'ingress' });
  const { network, subnet } = await room.net(owner, '10.9.0.0/24');
  const router = await room.create(owner, 'router', {
    external_gateway_info: { network_id: outside['id'], qos_policy_id: policy['id'] },
  });
  assert.equal(router['external_gateway_info'].qos_policy_id, policy['id']);
  await room.routerInterface(owner, 'add', router['id'], { subnet_id: subnet['id'] });
  const [gateway] = await room.list(admin, 'ports', {
    device_id: [router['id']],
    device_owner: ['network:router_gateway'],
  });
  const ofRouter = () =>
    qosRows(room, gateway!['id']).filter(({ external_ids }) => 'neutron:router_id' in external_ids);
  assert.deepEqual(ofRouter(), [
    {
      direction: 'from-lport',
      match: `inport == "${gateway!['id']}"`,
      priority: 2002,
      bandwidth: { rate: 4000, burst: 2000 },
      action: {},
      external_ids: { 'neutron:router_id': router['id'] },
    },
    {
      direction: 'to-lport',
      match: `outport == "${gateway!['id']}"`,
      priority: 2002,
      bandwidth: { rate: 6000, burst: 3000 },
      action: {},
      external_ids: { 'neutron:router_id': router['id'] },
    },
  ]);
  await refuses(
    'QosPolicyInUse',
    new RegExp(`router ${router['id']}`),
    room.remove(owner, 'policy', policy['id']),
  );

  const port = await room.create(owner, 'port', { network_id: network['id'] });
  const floating = await room.create(owner, 'floatingip', {
    floating_network_id: outside['id'],
    port_id: port['id'],
    qos_policy_id: policy['id'],
  });
  const address = floating['floating_ip_address'] as string;
  assert.deepEqual(qosRows(room, address), [
    {
      direction: 'from-lport',
      match: `inport == "${gateway!['id']}" && ip4.src == ${address} && is_chassis_resident("cr-lrp-${gateway!['id']}")`,
      priority: 2003,
      bandwidth: { rate: 4000, burst: 2000 },
      action: {},
      external_ids: { 'neutron:fip_id': floating['id'] },
    },
    {
      direction: 'to-lport',
      match: `outport == "${gateway!['id']}" && ip4.dst == ${address} && is_chassis_resident("cr-lrp-${gateway!['id']}")`,
      priority: 2003,
      bandwidth: { rate: 6000, burst: 3000 },
      action: {},
      external_ids: { 'neutron:fip_id': floating['id'] },
    },
  ]);
  await room.update(owner, 'floatingip', floating['id'], { port_id: null });
  assert.deepEqual(qosRows(room, address), []);
  await room.update(owner, 'floatingip', floating['id'], { port_id: port['id'] });
  assert.equal(qosRows(room, address).length, 2);

  // The external network's policy counts for what has none.
  await room.update(owner, 'floatingip', floating['id'], { qos_policy_id: null });
  const common = await room.create(admin, 'policy', {});
  await addRule(room, admin, common, 'bandwidth_limit', { max_kbps: 7000 });
  await room.update(admin, 'network', outside['id'], { qos_policy_id: common['id'] });
  assert.equal(qosRows(room, address)[0]?.bandwidth.rate, 7000);
  const shown = await room.show(owner, 'floatingip', floating['id']);
  assert.equal(shown['qos_policy_id'], null);
  assert.equal(shown['qos_network_policy_id'], common['id']);
  assert.equal(ofRouter()[0]?.bandwidth.rate, 4000);
  await room.update(owner, 'router', router['id'], {
    external_gateway_info: { network_id: outside['id'], qos_policy_id: null },
  });
  assert.equal(ofRouter()[0]?.bandwidth.rate, 7000);
  await room.update(admin, 'network', outside['id'], { qos_policy_id: null });
  assert.deepEqual([...qosRows(room, address), ...ofRouter()], []);
  await room.remove(owner, 'policy', policy['id']);
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('what OVN cannot do is refused where it would be used', async () => {
  const owner = room.manager();
  const { network } = await room.net(owner, '10.9.0.0/24');
  const policy = await room.create(owner, 'policy', {});
  await addRule(room, owner, policy, 'packet_rate_limit', { max_kpps: 1 });
  await refuses(
    'QosRuleNotSupported',
    /packet_rate_limit is not supported by port/,
    room.create(owner, 'port', { network_id: network['id'], qos_policy_id: policy['id'] }),
  );
  assert.deepEqual(
    await room.list(owner, 'ports', { network_id: [network['id']], device_owner: [''] }),
    [],
  );
  await refuses(
    'QosRuleNotSupportedByNetwork',
    /not supported by network/,
    room.update(owner, 'network', network['id'], { qos_policy_id: policy['id'] }),
  );
  const good = await room.create(owner, 'policy', {});
  await room.create(owner, 'port', { network_id: network['id'], qos_policy_id: good['id'] });
  await refuses(
    'QosRuleNotSupported',
    /minimum_packet_rate/,
    addRule(room, owner, good, 'minimum_packet_rate', { min_kpps: 1 }),
  );
  assert.deepEqual((await room.show(owner, 'policy', good['id']))['rules'], []);
});

test('a minimum on a network of the machines is an option of the port', async () => {
  const { admin } = room;
  const { network } = await room.outside();
  const policy = await room.create(admin, 'policy', {});
  await addRule(room, admin, policy, 'minimum_bandwidth', { min_kbps: 100 });
  await addRule(room, admin, policy, 'bandwidth_limit', { max_kbps: 200, max_burst_kbps: 50 });
  const port = await room.create(admin, 'port', {
    network_id: network['id'],
    qos_policy_id: policy['id'],
  });
  const live = room.northbound.mirror.table('Logical_Switch_Port').first('name', port['id'])!;
  assert.equal(live.options['qos_min_rate'], '100000');
  assert.equal(live.options['qos_max_rate'], '200000');
  assert.equal(live.options['qos_burst'], '50000');
  await room.remove(admin, 'port', port['id']);
});
