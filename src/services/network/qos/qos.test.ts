import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Caller } from '../../identity/caller.ts';
import {
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room?.stop());

/** Adds a rule to a policy. */
const rule = async (
  caller: Caller,
  policy: Document,
  type: string,
  values: Document,
): Promise<Document> =>
  (
    await room.call(`create_policy_${type}_rule`, {
      caller,
      params: { policy_id: policy['id'] },
      body: { [`${type}_rule`]: values },
    })
  )[`${type}_rule`];

const changeRule = (caller: Caller, policy: Document, type: string, id: string, values: Document) =>
  room.call(`update_policy_${type}_rule`, {
    caller,
    params: { policy_id: policy['id'], rule_id: id },
    body: { [`${type}_rule`]: values },
  });

/** OVN's rules for a port, an address or a gateway, the one for what is sent first. */
const rows = (part: string) =>
  [...room.northbound.mirror.table('QoS').rows()]
    .filter(({ match }) => match.includes(part))
    .map(({ direction, match, priority, bandwidth, action, external_ids }) => ({
      direction,
      match,
      priority,
      bandwidth: { ...bandwidth },
      action: { ...action },
      external_ids: { ...external_ids },
    }))
    .toSorted((a, b) => a.direction.localeCompare(b.direction));

test('a policy shows its rules, each type by both of its paths', async () => {
  const { admin } = room;
  const policy = await room.create(admin, 'policy', { name: 'gold', description: 'd' });
  assert.deepEqual(
    { ...policy, id: 0, tenant_id: 0, project_id: 0, created_at: 0, updated_at: 0 },
    {
      id: 0,
      name: 'gold',
      tenant_id: 0,
      project_id: 0,
      description: 'd',
      tags: [],
      created_at: 0,
      updated_at: 0,
      revision_number: 0,
      shared: false,
      is_default: false,
      rules: [],
    },
  );
  const limit = await rule(admin, policy, 'bandwidth_limit', { max_kbps: 1000 });
  assert.deepEqual(limit, {
    id: limit['id'],
    max_kbps: 1000,
    max_burst_kbps: 0,
    direction: 'egress',
  });
  const mark = await rule(admin, policy, 'dscp_marking', { dscp_mark: 46 });
  assert.deepEqual(mark, { id: mark['id'], dscp_mark: 46 });
  const minimum = await rule(admin, policy, 'minimum_bandwidth', {
    min_kbps: 500,
    direction: 'ingress',
  });
  const rate = await rule(admin, policy, 'packet_rate_limit', { max_kpps: 5 });
  assert.deepEqual(rate, { id: rate['id'], max_kpps: 5, max_burst_kpps: 0, direction: 'egress' });
  const pace = await rule(admin, policy, 'minimum_packet_rate', { min_kpps: 5, direction: 'any' });

  const shown = await room.show(admin, 'policy', policy['id']);
  assert.equal(shown['revision_number'], 5, 'every rule is a change of its policy');
  assert.deepEqual(shown['rules'], [
    { ...limit, type: 'bandwidth_limit', qos_policy_id: policy['id'] },
    { ...mark, type: 'dscp_marking', qos_policy_id: policy['id'] },
    { ...minimum, type: 'minimum_bandwidth', qos_policy_id: policy['id'] },
    { ...rate, type: 'packet_rate_limit', qos_policy_id: policy['id'] },
    { ...pace, type: 'minimum_packet_rate', qos_policy_id: policy['id'] },
  ]);

  const changed = await changeRule(admin, policy, 'bandwidth_limit', limit['id'], {
    max_kbps: 2000,
  });
  assert.equal(changed['bandwidth_limit_rule'].max_kbps, 2000);
  const alias = await room.call('update_alias_bandwidth_limit_rule', {
    params: { rule_id: limit['id'] },
    body: { alias_bandwidth_limit_rule: { max_burst_kbps: 100 } },
  });
  assert.deepEqual(alias['alias_bandwidth_limit_rule'], {
    ...limit,
    max_kbps: 2000,
    max_burst_kbps: 100,
  });
  const list = await room.call('get_policy_bandwidth_limit_rules', {
    params: { policy_id: policy['id'] },
    query: { max_kbps: ['2000'], fields: ['id', 'max_kbps'], limit: ['5'] },
  });
  assert.deepEqual(list['bandwidth_limit_rules'], [{ id: limit['id'], max_kbps: 2000 }]);
  assert.deepEqual(
    (
      await room.call('get_policy_bandwidth_limit_rules', {
        params: { policy_id: policy['id'] },
        query: { direction: ['ingress'] },
      })
    )['bandwidth_limit_rules'],
    [],
  );
  await room.call('delete_alias_dscp_marking_rule', { params: { rule_id: mark['id'] } });
  await refuses(
    'QosRuleNotFound',
    /could not be found/,
    room.call('get_alias_dscp_marking_rule', { params: { rule_id: mark['id'] } }),
  );
  await refuses(
    'QosRuleNotFound',
    /for policy/,
    room.call('get_policy_dscp_marking_rule', {
      params: { policy_id: policy['id'], rule_id: limit['id'] },
    }),
  );
  await refuses(
    'HTTPBadRequest',
    /invalid attribute/,
    room.call('get_policy_dscp_marking_rules', {
      params: { policy_id: policy['id'] },
      query: { 'tags-any': ['x'] },
    }),
  );
  await room.remove(admin, 'policy', policy['id']);
  await refuses(
    'QosPolicyNotFound',
    /QoS policy .* could not be found/,
    room.show(admin, 'policy', policy['id']),
  );
});

test('rules that contradict each other are refused', async () => {
  const { admin } = room;
  const policy = await room.create(admin, 'policy', {});
  const limit = await rule(admin, policy, 'bandwidth_limit', { max_kbps: 1000 });
  await rule(admin, policy, 'bandwidth_limit', { max_kbps: 10, direction: 'ingress' });
  await refuses(
    'QoSRulesConflict',
    new RegExp(limit['id']),
    rule(admin, policy, 'bandwidth_limit', { max_kbps: 2 }),
  );
  await refuses(
    'QoSRulesConflict',
    /conflicts/,
    changeRule(admin, policy, 'bandwidth_limit', limit['id'], { direction: 'ingress' }),
  );
  await refuses(
    'QoSRuleParameterConflict',
    /value 2000 .* value 1000/,
    rule(admin, policy, 'minimum_bandwidth', { min_kbps: 2000 }),
  );
  const minimum = await rule(admin, policy, 'minimum_bandwidth', { min_kbps: 900 });
  await refuses(
    'QoSRuleParameterConflict',
    /value 800 .* value 900/,
    changeRule(admin, policy, 'bandwidth_limit', limit['id'], { max_kbps: 800 }),
  );
  assert.ok(minimum);
  await rule(admin, policy, 'minimum_packet_rate', { min_kpps: 1, direction: 'any' });
  await refuses(
    'QoSRuleParameterConflict',
    /any/,
    rule(admin, policy, 'minimum_packet_rate', { min_kpps: 1, direction: 'egress' }),
  );
  for (const [type, values, message] of [
    ['bandwidth_limit', {}, /max_kbps/],
    ['bandwidth_limit', { max_kbps: -1 }, /range/],
    ['bandwidth_limit', { max_kbps: 2 ** 31 }, /range/],
    ['bandwidth_limit', { max_kbps: 1, direction: 'up' }, /direction/],
    ['dscp_marking', { dscp_mark: 45 }, /45 is not one of 0, 8/],
    ['dscp_marking', { dscp_mark: 46, direction: 'egress' }, /direction/],
    ['minimum_bandwidth', { min_kbps: 1, max_kbps: 3 }, /max_kbps/],
  ] as const) {
    await refuses('HTTPBadRequest', message, rule(admin, policy, type, values));
  }
  // Several at once, all or none.
  const bulk = (values: Document[]) =>
    room.call('create_policy_packet_rate_limit_rule', {
      params: { policy_id: policy['id'] },
      body: { packet_rate_limit_rules: values },
    });
  await refuses(
    'QoSRulesConflict',
    /conflicts/,
    bulk([{ max_kpps: 1 }, { max_kpps: 2, direction: 'ingress' }, { max_kpps: 3 }]),
  );
  const made = await bulk([{ max_kpps: 1 }, { max_kpps: 2, direction: 'ingress' }]);
  assert.equal(made['packet_rate_limit_rules'].length, 2);
});

test('policies are their project’s, unless they are shared', async () => {
  const { admin } = room;
  const [owner, other] = [room.manager(), room.manager()];
  const policy = await room.create(owner, 'policy', { name: 'mine' });
  assert.deepEqual(await room.list(other, 'policies', { name: ['mine'] }), []);
  for (const work of [
    () => room.show(other, 'policy', policy['id']),
    () => room.update(other, 'policy', policy['id'], { name: 'x' }),
    () => room.remove(other, 'policy', policy['id']),
    () => rule(other, policy, 'dscp_marking', { dscp_mark: 8 }),
    () => room.create(other, 'network', { qos_policy_id: policy['id'] }),
  ]) {
    await refuses('QosPolicyNotFound', /could not be found/, work());
  }
  await refuses(
    'PolicyNotAuthorized',
    /shared/,
    room.update(owner, 'policy', policy['id'], { shared: true }),
  );
  await room.update(admin, 'policy', policy['id'], { shared: true });
  assert.equal((await room.show(other, 'policy', policy['id']))['name'], 'mine');
  await refuses(
    'PolicyNotAuthorized',
    /another project/,
    rule(other, policy, 'dscp_marking', { dscp_mark: 8 }),
  );
  const network = await room.create(other, 'network', { qos_policy_id: policy['id'] });
  assert.equal(network['qos_policy_id'], policy['id']);
  await refuses(
    'QosPolicyInUse',
    new RegExp(`used by network ${network['id']}`),
    room.remove(owner, 'policy', policy['id']),
  );
  assert.deepEqual(
    (await room.list(other, 'networks', { qos_policy_id: [policy['id']] })).map(({ id }) => id),
    [network['id']],
  );
  await room.update(other, 'network', network['id'], { qos_policy_id: null });
  await room.remove(owner, 'policy', policy['id']);

  // What an administrator gave, only one who may use it takes away.
  const hidden = await room.create(admin, 'policy', {});
  await room.update(admin, 'network', network['id'], { qos_policy_id: hidden['id'] });
  await refuses(
    'PolicyRemoveAuthorizationError',
    /not authorized/,
    room.update(other, 'network', network['id'], { qos_policy_id: null }),
  );
});

test('managers write policies; others are told first what is wrong with a request', async () => {
  const owner = room.manager();
  const member = { ...owner, roles: new Set(['member', 'reader']) };
  const policy = await room.create(owner, 'policy', { name: 'mine' });
  const { id } = await rule(owner, policy, 'dscp_marking', { dscp_mark: 8 });
  const elsewhere = await room.create(room.manager(), 'policy', {});
  for (const work of [
    () => room.create(member, 'policy', {}),
    () => room.update(member, 'policy', policy['id'], { name: 'x' }),
    () => room.remove(member, 'policy', policy['id']),
    () => rule(member, policy, 'packet_rate_limit', { max_kpps: 1 }),
    () => rule(member, { id: 'policy' }, 'packet_rate_limit', { max_kpps: 1 }),
    () => changeRule(member, policy, 'dscp_marking', id, { dscp_mark: 0 }),
    () =>
      room.call('delete_policy_dscp_marking_rule', {
        caller: member,
        params: { policy_id: policy['id'], rule_id: id },
      }),
    () =>
      room.call('update_policies_tags', {
        caller: member,
        params: { policy_id: policy['id'] },
        body: { tags: ['x'] },
      }),
  ]) {
    await refuses('PolicyNotAuthorized', /needs the role manager/, work());
  }
  assert.equal((await room.show(member, 'policy', policy['id']))['rules'][0].dscp_mark, 8);
  const tooLong = { name: 'x'.repeat(256) };
  await refuses('HTTPBadRequest', /maximum length/, room.create(member, 'policy', tooLong));
  await refuses(
    'HTTPBadRequest',
    /maximum length/,
    room.update(member, 'policy', policy['id'], tooLong),
  );
  await refuses(
    'QosPolicyNotFound',
    /could not be found/,
    changeRule(member, elsewhere, 'dscp_marking', id, { dscp_mark: 0 }),
  );
});

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
  await rule(owner, policy, 'dscp_marking', { dscp_mark: 8 });
  await room.remove(owner, 'network', network['id']);
  await rule(owner, policy, 'packet_rate_limit', { max_kpps: 1 });
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
  assert.deepEqual(rows(port['id']), [], 'a policy without rules');

  const limit = await rule(owner, policy, 'bandwidth_limit', { max_kbps: 1000 });
  const mark = await rule(owner, policy, 'dscp_marking', { dscp_mark: 46 });
  await rule(owner, policy, 'bandwidth_limit', {
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
  assert.deepEqual(rows(port['id']), expected);

  await changeRule(owner, policy, 'bandwidth_limit', limit['id'], { max_kbps: 0 });
  assert.deepEqual(rows(port['id'])[0]?.bandwidth, {}, 'nothing is no limit');
  await changeRule(owner, policy, 'bandwidth_limit', limit['id'], { max_kbps: 1 });
  assert.deepEqual(rows(port['id'])[0]?.bandwidth, { rate: 1, burst: 1 });
  await room.call('delete_policy_dscp_marking_rule', {
    caller: owner,
    params: { policy_id: policy['id'], rule_id: mark['id'] },
  });
  assert.deepEqual(rows(port['id'])[0]?.action, {});

  // The port's own policy counts before its network's.
  const wide = await room.create(owner, 'policy', {});
  await rule(owner, wide, 'bandwidth_limit', { max_kbps: 9000 });
  await room.update(owner, 'network', network['id'], { qos_policy_id: wide['id'] });
  const [plain, device] = await Promise.all([
    room.create(owner, 'port', { network_id: network['id'] }),
    room.create(owner, 'port', { network_id: network['id'], device_owner: 'network:dhcp' }),
  ]);
  assert.equal(plain['qos_network_policy_id'], wide['id']);
  assert.equal(plain['qos_policy_id'], null);
  assert.equal(rows(plain['id'])[0]?.bandwidth.rate, 9000);
  assert.deepEqual(rows(device['id']), [], "the network's own devices have no limits");
  assert.equal(rows(port['id'])[0]?.bandwidth.rate, 1);
  assert.deepEqual(
    (await room.list(owner, 'ports', { qos_network_policy_id: [wide['id']] })).length,
    4,
    'the metadata port is on the network too',
  );
  await room.update(owner, 'port', port['id'], { qos_policy_id: null });
  assert.equal(rows(port['id'])[0]?.bandwidth.rate, 9000);
  await room.update(owner, 'network', network['id'], { qos_policy_id: null });
  assert.deepEqual([...rows(port['id']), ...rows(plain['id'])], []);

  await room.update(owner, 'port', port['id'], { qos_policy_id: policy['id'] });
  assert.equal(rows(port['id']).length, 2);
  await room.remove(owner, 'port', port['id']);
  assert.deepEqual(rows(port['id']), []);
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('ports in bulk have policies of their own', async () => {
  const owner = room.manager();
  const { network } = await room.net(owner, '10.9.0.0/24');
  const policies = [];
  for (const mark of [8, 16]) {
    const policy = await room.create(owner, 'policy', {});
    await rule(owner, policy, 'dscp_marking', { dscp_mark: mark });
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
    ports.map(({ id }: Document) => rows(id)[0]?.action.dscp),
    [8, 16, undefined],
  );
});

test('floating IPs and gateways are limited where they leave', async () => {
  const { admin } = room;
  const owner = room.manager();
  const { network: outside } = await room.outside();
  const policy = await room.create(owner, 'policy', {});
  await rule(owner, policy, 'bandwidth_limit', { max_kbps: 4000 });
  await rule(owner, policy, 'bandwidth_limit', { max_kbps: 6000, direction: 'ingress' });
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
    rows(gateway!['id']).filter(({ external_ids }) => 'neutron:router_id' in external_ids);
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
  assert.deepEqual(rows(address), [
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
  assert.deepEqual(rows(address), []);
  await room.update(owner, 'floatingip', floating['id'], { port_id: port['id'] });
  assert.equal(rows(address).length, 2);

  // The external network's policy counts for what has none.
  await room.update(owner, 'floatingip', floating['id'], { qos_policy_id: null });
  const common = await room.create(admin, 'policy', {});
  await rule(admin, common, 'bandwidth_limit', { max_kbps: 7000 });
  await room.update(admin, 'network', outside['id'], { qos_policy_id: common['id'] });
  assert.equal(rows(address)[0]?.bandwidth.rate, 7000);
  const shown = await room.show(owner, 'floatingip', floating['id']);
  assert.equal(shown['qos_policy_id'], null);
  assert.equal(shown['qos_network_policy_id'], common['id']);
  assert.equal(ofRouter()[0]?.bandwidth.rate, 4000);
  await room.update(owner, 'router', router['id'], {
    external_gateway_info: { network_id: outside['id'], qos_policy_id: null },
  });
  assert.equal(ofRouter()[0]?.bandwidth.rate, 7000);
  await room.update(admin, 'network', outside['id'], { qos_policy_id: null });
  assert.deepEqual([...rows(address), ...ofRouter()], []);
  await room.remove(owner, 'policy', policy['id']);
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('what OVN cannot do is refused where it would be used', async () => {
  const owner = room.manager();
  const { network } = await room.net(owner, '10.9.0.0/24');
  const policy = await room.create(owner, 'policy', {});
  await rule(owner, policy, 'packet_rate_limit', { max_kpps: 1 });
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
    rule(owner, good, 'minimum_packet_rate', { min_kpps: 1 }),
  );
  assert.deepEqual((await room.show(owner, 'policy', good['id']))['rules'], []);
});

test('a minimum on a network of the machines is an option of the port', async () => {
  const { admin } = room;
  const { network } = await room.outside();
  const policy = await room.create(admin, 'policy', {});
  await rule(admin, policy, 'minimum_bandwidth', { min_kbps: 100 });
  await rule(admin, policy, 'bandwidth_limit', { max_kbps: 200, max_burst_kbps: 50 });
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

test('types of rules, and what of them is supported', async () => {
  const types = async (query = {}) =>
    (await room.call('get_rule_types', { query }))['rule_types'].map(({ type }: Document) => type);
  assert.deepEqual(await types(), ['bandwidth_limit', 'dscp_marking', 'minimum_bandwidth']);
  assert.deepEqual(await types({ all_supported: ['True'] }), await types());
  assert.equal((await types({ all_rules: ['True'] })).length, 5);
  const { rule_type: shown } = await room.call('get_rule_type', {
    params: { rule_type: 'bandwidth_limit' },
  });
  assert.equal(shown.drivers[0].name, 'ovn');
  assert.deepEqual(shown.drivers[0].supported_parameters[2], {
    parameter_name: 'direction',
    parameter_type: 'choices',
    parameter_values: ['egress', 'ingress'],
  });
});
