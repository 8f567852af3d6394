import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
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

const share = (
  caller: Caller,
  type: string,
  object: Document,
  target: Caller | '*',
  action = 'access_as_shared',
): Promise<Document> =>
  room.create(caller, 'rbac_policy', {
    object_type: type,
    object_id: object['id'],
    target_tenant: target === '*' ? '*' : target.projectId,
    action,
  });

test('a network is shared with single projects, which see, use and do not change it', async () => {
  const [owner, friend, stranger] = [room.member(), room.member(), room.member()];
  const { network, subnet } = await room.net(owner, '10.0.0.0/24');
  const port = () => room.create(friend, 'port', { network_id: network['id'] });
  await refuses('NetworkNotFound', /could not be found/, port());

  const policy = await share(owner, 'network', network, friend);
  assert.deepEqual(policy, {
    id: policy['id'],
    project_id: owner.projectId,
    tenant_id: owner.projectId,
    object_type: 'network',
    object_id: network['id'],
    target_tenant: friend.projectId,
    action: 'access_as_shared',
  });
  const seen = async (caller: Caller) =>
    (await room.list(caller, 'networks', { id: [network['id']] })).map(({ shared }) => shared);
  assert.deepEqual(await seen(friend), [true]);
  assert.deepEqual(await seen(owner), [false], 'it is not shared with its owner');
  assert.deepEqual(await seen(stranger), []);
  assert.deepEqual(
    (await room.list(friend, 'networks', { shared: ['true'] })).map(({ id }) => id),
    [network['id']],
  );
  assert.deepEqual(await room.list(friend, 'networks', { shared: ['false'] }), []);
  assert.equal((await room.show(friend, 'subnet', subnet['id']))['cidr'], '10.0.0.0/24');
  await refuses(
    'SubnetNotFound',
    /could not be found/,
    room.show(stranger, 'subnet', subnet['id']),
  );
  assert.deepEqual(
    (await room.service.availableNetworks(room.database, friend)).map(({ id, shared }) => [
      id,
      shared,
    ]),
    [[network['id'], true]],
  );
  await room.service.findNetworks(room.database, friend, [network['id']]);
  await refuses(
    'NetworkNotFound',
    /could not be found/,
    room.service.findNetworks(room.database, stranger, [network['id']]),
  );
  await refuses(
    'PolicyNotAuthorized',
    /another project/,
    room.update(friend, 'network', network['id'], { name: 'mine' }),
  );

  const guest = await port();
  await refuses(
    'PolicyNotAuthorized',
    /fixed_ips:ip_address/,
    room.create(friend, 'port', {
      network_id: network['id'],
      fixed_ips: [{ ip_address: '10.0.0.77' }],
    }),
  );
  await refuses(
    'RbacPolicyInUse',
    new RegExp(`project_id=${friend.projectId}`),
    room.remove(owner, 'rbac_policy', policy['id']),
  );
  await refuses(
    'RbacPolicyInUse',
    /depend on it/,
    room.update(owner, 'rbac_policy', policy['id'], { target_tenant: stranger.projectId }),
  );
  // Shared with all, or by its name again, the friend needs this policy no more.
  const wildcard = await share(room.admin, 'network', network, '*');
  await room.remove(owner, 'rbac_policy', policy['id']);
  const again = await share(owner, 'network', network, friend);
  await room.remove(room.admin, 'rbac_policy', wildcard['id']);
  await room.remove(friend, 'port', guest['id']);
  await room.update(owner, 'rbac_policy', again['id'], { target_tenant: stranger.projectId });
  assert.deepEqual(await seen(stranger), [true]);
  assert.deepEqual(await seen(friend), []);
});

test("a network's owner deletes others' ports there, and guests may not choose everything", async () => {
  const [owner, friend, stranger] = [room.member(), room.member(), room.member()];
  const { network } = await room.net(owner, '10.0.0.0/24');
  await share(owner, 'network', network, friend);
  await share(owner, 'network', network, stranger);
  const port = await room.create(friend, 'port', { network_id: network['id'] });
  for (const values of [
    { fixed_ips: [{ ip_address: '10.0.0.99' }] },
    { port_security_enabled: false, security_groups: [] },
    { allowed_address_pairs: [{ ip_address: '10.9.9.9' }] },
    { device_owner: 'network:mine' },
    { mac_address: 'fa:16:3e:00:00:77' },
  ]) {
    await refuses(
      'PolicyNotAuthorized',
      /disallowed by policy/,
      room.update(friend, 'port', port['id'], values),
    );
  }
  // What is sent as it is asks for nothing.
  await room.update(friend, 'port', port['id'], { name: 'x', port_security_enabled: true });
  await refuses('PortNotFound', /could not/, room.remove(stranger, 'port', port['id']));
  await refuses(
    'PolicyNotAuthorized',
    /another project/,
    room.update(owner, 'port', port['id'], { name: 'y' }),
  );
  await room.remove(owner, 'port', port['id']);
  assert.deepEqual(await room.list(friend, 'ports'), []);
});

test('a shared network is one with a wildcard policy, whichever is written', async () => {
  const { admin } = room;
  const [other, third] = [room.member(), room.member()];
  const network = await room.create(admin, 'network', { shared: true });
  const policies = () => room.list(admin, 'rbac_policies', { object_id: [network['id']] });
  const [policy] = await policies();
  assert.equal(policy?.['target_tenant'], '*');
  assert.equal(policy?.['action'], 'access_as_shared');
  const revision = (await room.show(admin, 'network', network['id']))['revision_number'];
  await room.remove(admin, 'rbac_policy', policy!['id']);
  const unshared = await room.show(admin, 'network', network['id']);
  assert.equal(unshared['shared'], false);
  assert.equal(unshared['revision_number'], revision + 1);
  await share(admin, 'network', network, '*');
  assert.equal((await room.show(other, 'network', network['id']))['shared'], true);
  await refuses('DuplicateRbacPolicy', /already exists/, share(admin, 'network', network, '*'));

  await room.create(admin, 'subnet', {
    network_id: network['id'],
    ip_version: 4,
    cidr: '10.0.0.0/24',
  });
  await room.create(other, 'port', { network_id: network['id'] });
  await refuses(
    'InvalidSharedSetting',
    new RegExp(other.projectId!),
    room.update(admin, 'network', network['id'], { shared: false }),
  );
  await refuses(
    'RbacPolicyInUse',
    new RegExp(other.projectId!),
    room.remove(admin, 'rbac_policy', (await policies())[0]!['id']),
  );
  await share(admin, 'network', network, other);
  await room.update(admin, 'network', network['id'], { shared: false });
  assert.deepEqual(
    (await policies()).map(({ target_tenant }) => target_tenant),
    [other.projectId],
  );
  assert.equal((await room.list(third, 'networks')).length, 0);
  const gone = await room.create(admin, 'network', { shared: true });
  await room.remove(admin, 'network', gone['id']);
  assert.deepEqual(await room.list(admin, 'rbac_policies', { object_id: [gone['id']] }), []);
});

test('an external network can be for single projects', async () => {
  const { admin } = room;
  const [friend, stranger] = [room.member(), room.member()];
  const network = await room.create(admin, 'network', {});
  await room.create(admin, 'subnet', {
    network_id: network['id'],
    ip_version: 4,
    cidr: '172.30.0.0/24',
  });
  const policy = await share(admin, 'network', network, friend, 'access_as_external');
  const shown = await room.show(friend, 'network', network['id']);
  assert.equal(shown['router:external'], true, 'so it is external');
  assert.equal(shown['shared'], false);
  await refuses('NetworkNotFound', /could not/, room.show(stranger, 'network', network['id']));
  const router = (caller: Caller) =>
    room.create(caller, 'router', { external_gateway_info: { network_id: network['id'] } });
  await refuses('NetworkNotFound', /could not/, router(stranger));
  await refuses(
    'NetworkNotFound',
    /could not/,
    room.create(stranger, 'floatingip', { floating_network_id: network['id'] }),
  );
  await refuses(
    'PolicyNotAuthorized',
    /not shared/,
    room.create(friend, 'port', { network_id: network['id'] }),
  );
  const used = await router(friend);
  await refuses(
    'RbacPolicyInUse',
    new RegExp(friend.projectId!),
    room.remove(admin, 'rbac_policy', policy['id']),
  );
  await room.remove(friend, 'router', used['id']);
  await room.remove(admin, 'rbac_policy', policy['id']);
  assert.equal((await room.show(admin, 'network', network['id']))['router:external'], false);

  await room.update(admin, 'network', network['id'], { 'router:external': true });
  const [wildcard] = await room.list(admin, 'rbac_policies', { object_id: [network['id']] });
  assert.equal(wildcard?.['action'], 'access_as_external');
  assert.equal(wildcard?.['target_tenant'], '*');
  assert.equal((await room.show(stranger, 'network', network['id']))['id'], network['id']);
  await room.update(admin, 'network', network['id'], { 'router:external': false });
  assert.deepEqual(await room.list(admin, 'rbac_policies', { object_id: [network['id']] }), []);
});

test('groups, policies, scopes, pools and address groups are shared too', async () => {
  const [owner, friend, stranger] = [room.member(), room.member(), room.member()];
  const { network } = await room.net(friend, '10.0.0.0/24');
  const group = await room.create(owner, 'security_group', { name: 'g' });
  const addresses = await room.create(owner, 'address_group', { name: 'a' });
  const scope = await room.create(owner, 'address_scope', { ip_version: 4, name: 's' });
  const pool = await room.create(owner, 'subnetpool', { name: 'p', prefixes: ['10.7.0.0/16'] });
  const policy = await room.create({ ...owner, isAdmin: true }, 'policy', { name: 'q' });
  const own = await room.create(friend, 'security_group', { name: 'own' });
  const cases: [string, string, Document, () => Promise<Document>, string][] = [
    [
      'security_group',
      'security_group',
      group,
      () =>
        room.create(friend, 'port', {
          network_id: network['id'],
          security_groups: [group['id']],
        }),
      'port',
    ],
    [
      'address_group',
      'address_group',
      addresses,
      () =>
        room.create(friend, 'security_group_rule', {
          security_group_id: own['id'],
          direction: 'ingress',
          remote_address_group_id: addresses['id'],
        }),
      'security_group_rule',
    ],
    [
      'address_scope',
      'address_scope',
      scope,
      () =>
        room.create(friend, 'subnetpool', {
          name: 'f',
          prefixes: ['10.8.0.0/16'],
          address_scope_id: scope['id'],
        }),
      'subnetpool',
    ],
    [
      'subnetpool',
      'subnetpool',
      pool,
      async () =>
        room.create(friend, 'subnet', {
          network_id: (await room.create(friend, 'network', {}))['id'],
          ip_version: 4,
          subnetpool_id: pool['id'],
          prefixlen: 24,
        }),
      'subnet',
    ],
    [
      'qos_policy',
      'policy',
      policy,
      () => room.create(friend, 'network', { qos_policy_id: policy['id'] }),
      'network',
    ],
  ];
  for (const [type, noun, object, use, made] of cases) {
    const plural = noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`;
    const seen = async (caller: Caller, query = {}) =>
      (await room.list(caller, plural, { id: [object['id']], ...query })).map(
        ({ shared }) => shared,
      );
    assert.deepEqual(await seen(friend), [], type);
    await assert.rejects(use(), type);
    const entry = await share(owner, type, object, friend);
    assert.deepEqual(await seen(friend), [true], type);
    assert.deepEqual(await seen(friend, { shared: ['True'] }), [true], type);
    assert.deepEqual(await seen(owner), [false], type);
    assert.deepEqual(await seen(stranger), [], type);
    const used = await use();
    await refuses('RbacPolicyInUse', /depend on/, room.remove(owner, 'rbac_policy', entry['id']));
    await room.remove(friend, made, used['id']);
    await room.remove(owner, 'rbac_policy', entry['id']);
    assert.deepEqual(await seen(friend), [], type);
    await share(room.admin, type, object, '*');
    assert.deepEqual(await seen(stranger), [true], type);
    assert.deepEqual(await seen(owner), [true], type);
  }
});

test('what is no network and in use stays with whom it is shared, its owner among them', async () => {
  const [owner, friend] = [room.manager(), room.member()];
  const policy = await room.create(owner, 'policy', {});
  const wildcard = await share(room.admin, 'qos_policy', policy, '*');
  const network = await room.create(owner, 'network', { qos_policy_id: policy['id'] });
  const refused = (work: Promise<unknown>) => refuses('RbacPolicyInUse', /depend on/, work);
  await refused(room.update(room.admin, 'policy', policy['id'], { shared: false }));
  await room.remove(owner, 'network', network['id']);
  const theirs = await room.create(friend, 'network', { qos_policy_id: policy['id'] });
  await refused(
    room.update(room.admin, 'rbac_policy', wildcard['id'], { target_tenant: friend.projectId }),
  );
  await share(owner, 'qos_policy', policy, friend);
  await room.remove(room.admin, 'rbac_policy', wildcard['id']);
  await room.remove(friend, 'network', theirs['id']);
});

test('a subnet pool is shared with projects that can use its address scope', async () => {
  const [owner, friend] = [room.member(), room.member()];
  const scope = await room.create(room.admin, 'address_scope', { ip_version: 4, name: 's' });
  await share(room.admin, 'address_scope', scope, owner);
  const pool = await room.create(owner, 'subnetpool', {
    name: 'p',
    prefixes: ['10.7.0.0/16'],
    address_scope_id: scope['id'],
  });
  const refused = (work: Promise<unknown>) =>
    refuses('RbacPolicyInitError', /doesn't have access to associated address scope/, work);
  await refused(share(owner, 'subnetpool', pool, friend));
  const entry = await share(owner, 'subnetpool', pool, room.admin);
  await refused(
    room.update(owner, 'rbac_policy', entry['id'], { target_tenant: friend.projectId }),
  );
  await share(room.admin, 'address_scope', scope, friend);
  await share(owner, 'subnetpool', pool, friend);
});

test('an address group of others is told of as missing when it is changed, as Neutron does', async () => {
  const [owner, friend] = [room.member(), room.member()];
  const group = await room.create(owner, 'address_group', { name: 'a' });
  await share(owner, 'address_group', group, friend);
  assert.equal((await room.show(friend, 'address_group', group['id']))['name'], 'a');
  for (const work of [
    room.update(friend, 'address_group', group['id'], { name: 'b' }),
    room.remove(friend, 'address_group', group['id']),
  ]) {
    await refuses('AddressGroupNotFound', /could not be found/, work);
  }
});

test('policies are made by owners, for projects that can be, within a quota', async () => {
  const { admin } = room;
  const [owner, friend] = [room.member(), room.member()];
  const network = await room.create(owner, 'network', {});
  await refuses(
    'PolicyNotAuthorized',
    /target_tenant is disallowed/,
    share(owner, 'network', network, '*'),
  );
  await refuses('NetworkNotFound', /could not/, share(friend, 'network', network, friend));
  const entry = await share(owner, 'network', network, friend);
  await refuses('InvalidInput', /do not own/, share(friend, 'network', network, room.member()));
  await refuses('DuplicateRbacPolicy', /already/, share(owner, 'network', network, friend));
  await refuses(
    'RbacPolicyNotFound',
    /not be found/,
    room.show(friend, 'rbac_policy', entry['id']),
  );
  await refuses(
    'PolicyNotAuthorized',
    /target_tenant/,
    room.update(owner, 'rbac_policy', entry['id'], { target_tenant: '*' }),
  );
  const wrong = (values: Document) =>
    room.create(owner, 'rbac_policy', {
      object_type: 'network',
      object_id: network['id'],
      target_tenant: friend.projectId,
      action: 'access_as_shared',
      ...values,
    });
  await refuses('InvalidInput', /'router' is not a valid RBAC/, wrong({ object_type: 'router' }));
  await refuses('InvalidActionForType', /Valid actions/, wrong({ action: 'access' }));
  await refuses(
    'InvalidActionForType',
    /Valid actions: access_as_shared/,
    wrong({ object_type: 'security_group', action: 'access_as_external' }),
  );
  await refuses('HTTPBadRequest', /not a valid target/, wrong({ target_tenant: 'x' }));
  await refuses(
    'HTTPBadRequest',
    /read-only/,
    room.update(owner, 'rbac_policy', entry['id'], { action: 'access_as_external' }),
  );
  for (let count = 1; count < 10; count++) await share(owner, 'network', network, room.member());
  await refuses('OverQuota', /rbac_policy/, share(owner, 'network', network, room.member()));
  assert.equal((await room.list(owner, 'rbac_policies')).length, 10);
  assert.equal(
    (await room.list(admin, 'rbac_policies', { target_tenant: [friend.projectId!] })).length,
    1,
  );
  const page = await room.list(owner, 'rbac_policies', { limit: ['3'], sort_key: ['id'] });
  assert.equal(page.length, 3);
});

test('who may see what costs one look at the policies for a whole list', async () => {
  const caller = room.member();
  const plan = await sql<{ 'QUERY PLAN': string }>`explain select o.id from network.networks o
    where (o.project_id = ${caller.projectId} or o.id in (select object_id from network.rbac_policies
      where target_project in ('*', ${caller.projectId})))`.execute(room.database);
  const text = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
  assert.match(text, /hashed SubPlan/, text);
});
