import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';
import { addRule, changeRule } from './testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room?.stop());

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
  const limit = await addRule(room, admin, policy, 'bandwidth_limit', { max_kbps: 1000 });
  assert.deepEqual(limit, {
    id: limit['id'],
    max_kbps: 1000,
    max_burst_kbps: 0,
    direction: 'egress',
  });
  const mark = await addRule(room, admin, policy, 'dscp_marking', { dscp_mark: 46 });
  assert.deepEqual(mark, { id: mark['id'], dscp_mark: 46 });
  const minimum = await addRule(room, admin, policy, 'minimum_bandwidth', {
    min_kbps: 500,
    direction: 'ingress',
  });
  const rate = await addRule(room, admin, policy, 'packet_rate_limit', { max_kpps: 5 });
  assert.deepEqual(rate, { id: rate['id'], max_kpps: 5, max_burst_kpps: 0, direction: 'egress' });
  const pace = await addRule(room, admin, policy, 'minimum_packet_rate', {
    min_kpps: 5,
    direction: 'any',
  });

  const shown = await room.show(admin, 'policy', policy['id']);
  assert.equal(shown['revision_number'], 5, 'every rule is a change of its policy');
  assert.deepEqual(shown['rules'], [
    { ...limit, type: 'bandwidth_limit', qos_policy_id: policy['id'] },
    { ...mark, type: 'dscp_marking', qos_policy_id: policy['id'] },
    { ...minimum, type: 'minimum_bandwidth', qos_policy_id: policy['id'] },
    { ...rate, type: 'packet_rate_limit', qos_policy_id: policy['id'] },
    { ...pace, type: 'minimum_packet_rate', qos_policy_id: policy['id'] },
  ]);

  const changed = await changeRule(room, admin, policy, 'bandwidth_limit', limit['id'], {
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
  const limit = await addRule(room, admin, policy, 'bandwidth_limit', { max_kbps: 1000 });
  await addRule(room, admin, policy, 'bandwidth_limit', { max_kbps: 10, direction: 'ingress' });
  await refuses(
    'QoSRulesConflict',
    new RegExp(limit['id']),
    addRule(room, admin, policy, 'bandwidth_limit', { max_kbps: 2 }),
  );
  await refuses(
    'QoSRulesConflict',
    /conflicts/,
    changeRule(room, admin, policy, 'bandwidth_limit', limit['id'], { direction: 'ingress' }),
  );
  await refuses(
    'QoSRuleParameterConflict',
    /value 2000 .* value 1000/,
    addRule(room, admin, policy, 'minimum_bandwidth', { min_kbps: 2000 }),
  );
  const minimum = await addRule(room, admin, policy, 'minimum_bandwidth', { min_kbps: 900 });
  await refuses(
    'QoSRuleParameterConflict',
    /value 800 .* value 900/,
    changeRule(room, admin, policy, 'bandwidth_limit', limit['id'], { max_kbps: 800 }),
  );
  assert.ok(minimum);
  await addRule(room, admin, policy, 'minimum_packet_rate', { min_kpps: 1, direction: 'any' });
  await refuses(
    'QoSRuleParameterConflict',
    /any/,
    addRule(room, admin, policy, 'minimum_packet_rate', { min_kpps: 1, direction: 'egress' }),
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
    await refuses('HTTPBadRequest', message, addRule(room, admin, policy, type, values));
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
    () => addRule(room, other, policy, 'dscp_marking', { dscp_mark: 8 }),
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
    addRule(room, other, policy, 'dscp_marking', { dscp_mark: 8 }),
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
  const { id } = await addRule(room, owner, policy, 'dscp_marking', { dscp_mark: 8 });
  const elsewhere = await room.create(room.manager(), 'policy', {});
  for (const work of [
    () => room.create(member, 'policy', {}),
    () => room.update(member, 'policy', policy['id'], { name: 'x' }),
    () => room.remove(member, 'policy', policy['id']),
    () => addRule(room, member, policy, 'packet_rate_limit', { max_kpps: 1 }),
    () => addRule(room, member, { id: 'policy' }, 'packet_rate_limit', { max_kpps: 1 }),
    () => changeRule(room, member, policy, 'dscp_marking', id, { dscp_mark: 0 }),
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
    changeRule(room, member, elsewhere, 'dscp_marking', id, { dscp_mark: 0 }),
  );
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
