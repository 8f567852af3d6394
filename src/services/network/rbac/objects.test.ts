import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Caller } from '../../identity/caller.ts';
import {
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';
import { shareWith } from './testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room?.stop());

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
    const entry = await shareWith(room, owner, type, object, friend);
    assert.deepEqual(await seen(friend), [true], type);
    assert.deepEqual(await seen(friend, { shared: ['True'] }), [true], type);
    assert.deepEqual(await seen(owner), [false], type);
    assert.deepEqual(await seen(stranger), [], type);
    const used = await use();
    await refuses('RbacPolicyInUse', /depend on/, room.remove(owner, 'rbac_policy', entry['id']));
    await room.remove(friend, made, used['id']);
    await room.remove(owner, 'rbac_policy', entry['id']);
    assert.deepEqual(await seen(friend), [], type);
    await shareWith(room, room.admin, type, object, '*');
    assert.deepEqual(await seen(stranger), [true], type);
    assert.deepEqual(await seen(owner), [true], type);
  }
});

test('what is no network and in use stays with whom it is shared, its owner among them', async () => {
  const [owner, friend] = [room.manager(), room.member()];
  const policy = await room.create(owner, 'policy', {});
  const wildcard = await shareWith(room, room.admin, 'qos_policy', policy, '*');
  const network = await room.create(owner, 'network', { qos_policy_id: policy['id'] });
  const refused = (work: Promise<unknown>) => refuses('RbacPolicyInUse', /depend on/, work);
  await refused(room.update(room.admin, 'policy', policy['id'], { shared: false }));
  await room.remove(owner, 'network', network['id']);
  const theirs = await room.create(friend, 'network', { qos_policy_id: policy['id'] });
  await refused(
    room.update(room.admin, 'rbac_policy', wildcard['id'], { target_tenant: friend.projectId }),
  );
  await shareWith(room, owner, 'qos_policy', policy, friend);
  await room.remove(room.admin, 'rbac_policy', wildcard['id']);
  await room.remove(friend, 'network', theirs['id']);
});

test('a subnet pool is shared with projects that can use its address scope', async () => {
  const [owner, friend] = [room.member(), room.member()];
  const scope = await room.create(room.admin, 'address_scope', { ip_version: 4, name: 's' });
  await shareWith(room, room.admin, 'address_scope', scope, owner);
  const pool = await room.create(owner, 'subnetpool', {
    name: 'p',
    prefixes: ['10.7.0.0/16'],
    address_scope_id: scope['id'],
  });
  const refused = (work: Promise<unknown>) =>
    refuses('RbacPolicyInitError', /doesn't have access to associated address scope/, work);
  await refused(shareWith(room, owner, 'subnetpool', pool, friend));
  const entry = await shareWith(room, owner, 'subnetpool', pool, room.admin);
  await refused(
    room.update(owner, 'rbac_policy', entry['id'], { target_tenant: friend.projectId }),
  );
  await shareWith(room, room.admin, 'address_scope', scope, friend);
  await shareWith(room, owner, 'subnetpool', pool, friend);
});

test('an address group of others is told of as missing when it is changed, as Neutron does', async () => {
  const [owner, friend] = [room.member(), room.member()];
  const group = await room.create(owner, 'address_group', { name: 'a' });
  await shareWith(room, owner, 'address_group', group, friend);
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
    shareWith(room, owner, 'network', network, '*'),
  );
  await refuses(
    'NetworkNotFound',
    /could not/,
    shareWith(room, friend, 'network', network, friend),
  );
  const entry = await shareWith(room, owner, 'network', network, friend);
  await refuses(
    'InvalidInput',
    /do not own/,
    shareWith(room, friend, 'network', network, room.member()),
  );
  await refuses(
    'DuplicateRbacPolicy',
    /already/,
    shareWith(room, owner, 'network', network, friend),
  );
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
  for (let count = 1; count < 10; count++)
    await shareWith(room, owner, 'network', network, room.member());
  await refuses(
    'OverQuota',
    /rbac_policy/,
    shareWith(room, owner, 'network', network, room.member()),
  );
  assert.equal((await room.list(owner, 'rbac_policies')).length, 10);
  assert.equal(
    (await room.list(admin, 'rbac_policies', { target_tenant: [friend.projectId!] })).length,
    1,
  );
  const page = await room.list(owner, 'rbac_policies', { limit: ['3'], sort_key: ['id'] });
  assert.equal(page.length, 3);
});
