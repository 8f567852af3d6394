import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import type { Caller } from '../../identity/caller.ts';
import { refuses, startTestNetworkService, type TestNetworkService } from '../testing.ts';
import { shareWith } from './testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room?.stop());

test('a network is shared with single projects, which see, use and do not change it', async () => {
  const [owner, friend, stranger] = [room.member(), room.member(), room.member()];
  const { network, subnet } = await room.net(owner, '10.0.0.0/24');
  const port = () => room.create(friend, 'port', { network_id: network['id'] });
  await refuses('NetworkNotFound', /could not be found/, port());

  const policy = await shareWith(room, owner, 'network', network, friend);
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
  const wildcard = await shareWith(room, room.admin, 'network', network, '*');
  await room.remove(owner, 'rbac_policy', policy['id']);
  const again = await shareWith(room, owner, 'network', network, friend);
  await room.remove(room.admin, 'rbac_policy', wildcard['id']);
  await room.remove(friend, 'port', guest['id']);
  await room.update(owner, 'rbac_policy', again['id'], { target_tenant: stranger.projectId });
  assert.deepEqual(await seen(stranger), [true]);
  assert.deepEqual(await seen(friend), []);
});

test("a network's owner deletes others' ports there, and guests may not choose everything", async () => {
  const [owner, friend, stranger] = [room.member(), room.member(), room.member()];
  const { network } = await room.net(owner, '10.0.0.0/24');
  await shareWith(room, owner, 'network', network, friend);
  await shareWith(room, owner, 'network', network, stranger);
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
  await shareWith(room, admin, 'network', network, '*');
  assert.equal((await room.show(other, 'network', network['id']))['shared'], true);
  await refuses(
    'DuplicateRbacPolicy',
    /already exists/,
    shareWith(room, admin, 'network', network, '*'),
  );

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
  await shareWith(room, admin, 'network', network, other);
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
  const policy = await shareWith(room, admin, 'network', network, friend, 'access_as_external');
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

test('who may see what costs one look at the policies for a whole list', async () => {
  const caller = room.member();
  const plan = await sql<{ 'QUERY PLAN': string }>`explain select o.id from network.networks o
    where (o.project_id = ${caller.projectId} or o.id in (select object_id from network.rbac_policies
      where target_project in ('*', ${caller.projectId})))`.execute(room.database);
  const text = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
  assert.match(text, /hashed SubPlan/, text);
});
