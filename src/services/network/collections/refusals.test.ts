import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fault } from '../../../core/errors.ts';
import {
  refuses,
  type Document,
  startTestNetworkService,
  type TestNetworkService,
} from '../testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room.stop());

test('a bulk creation is all or nothing', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.41.0.0/16');
  const bulk = (ports: Document[]) => room.call('create_port', { caller, body: { ports } });
  const good = { network_id: network['id'], name: 'bulk' };
  await refuses(
    'InvalidIpForNetwork',
    /1\.1\.1\.1/,
    bulk([good, good, { ...good, fixed_ips: [{ ip_address: '1.1.1.1' }] }]),
  );
  assert.deepEqual(await room.list(caller, 'ports', { name: ['bulk'] }), []);
  await refuses('OverQuota', /500/, bulk(Array.from({ length: 501 }, () => good)));
  assert.deepEqual(await room.list(caller, 'ports', { name: ['bulk'] }), []);
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('quotas hold against requests at once', async () => {
  const caller = room.member();
  const params = { project_id: caller.projectId! };
  await room.call('update_quota', { params, body: { quota: { network: 5 } } });
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, () => room.create(caller, 'network', {})),
  );
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 5);
  for (const result of results) {
    if (result.status === 'rejected') assert.equal((result.reason as Fault).type, 'OverQuota');
  }
  const { quota } = (await room.call('get_quota_details', { caller, params })) as {
    quota: Document;
  };
  assert.deepEqual(quota['network'], { limit: 5, used: 5, reserved: 0 });
  const limit = (values: Document) =>
    room.call('update_quota', { params, body: { quota: values } });
  await refuses(
    'HTTPBadRequest',
    /Quota limit 4 for network must be greater than or equal to already used 5/,
    limit({ port: 7, network: 4, check_limit: true }),
  );
  assert.equal(((await room.call('get_quota', { params }))['quota'] as Document)['port'], 500);
  await limit({ network: 5, port: -1, check_limit: 'True' });
  await limit({ network: 4, force: true });
  await refuses('OverQuota', /network/, room.create(caller, 'network', {}));
  await refuses(
    'PolicyNotAuthorized',
    /members and administrators/,
    room.call('get_quota', { caller: room.member(), params }),
  );
});

test('attributes that may not be set, bodies that are none', async () => {
  const caller = room.member();
  const network = (values: Document) => room.create(caller, 'network', values);
  await refuses(
    'HTTPBadRequest',
    /Unrecognized attribute\(s\) 'colour'/,
    network({ colour: 'red' }),
  );
  await refuses('HTTPBadRequest', /'id' not allowed in POST/, network({ id: caller.projectId }));
  await refuses('HTTPBadRequest', /maximum length is 255/, network({ name: 'x'.repeat(256) }));
  await refuses(
    'HTTPBadRequest',
    /cannot be converted to boolean/,
    network({ admin_state_up: 'perhaps' }),
  );
  await refuses('PolicyNotAuthorized', /shared/, network({ shared: true }));
  await refuses(
    'PolicyNotAuthorized',
    /provider:network_type/,
    network({ 'provider:network_type': 'flat' }),
  );
  await refuses('HTTPBadRequest', /requires admin privileges/, network({ project_id: 'other' }));
  await refuses('InvalidInput', /Requested MTU is too big/, network({ mtu: 9000 }));
  await refuses(
    'HTTPBadRequest',
    /Unable to find 'network'/,
    room.call('create_network', { caller, body: {} }),
  );
  await refuses(
    'HTTPBadRequest',
    /list of at least one/,
    room.call('create_network', { caller, body: { networks: [] } }),
  );
  await refuses(
    'HTTPBadRequest',
    /Required attribute 'network_id'/,
    room.create(caller, 'port', {}),
  );
  const made = await network({ shared: false, name: 'm' });
  await refuses(
    'HTTPBadRequest',
    /read-only attribute id/,
    room.update(caller, 'network', made['id'], { id: 'x' }),
  );
  await refuses(
    'FlatNetworkInUse',
    /in use/,
    room.outside().then(() =>
      room.create(room.admin, 'network', {
        'provider:network_type': 'flat',
        'provider:physical_network': 'public',
      }),
    ),
  );
  await refuses(
    'InvalidInput',
    /unknown for VLAN/,
    room.create(room.admin, 'network', {
      'provider:network_type': 'vlan',
      'provider:physical_network': 'moon',
    }),
  );
  await refuses(
    'RevisionNumberConstraintFailed',
    /current revision/,
    room.call('update_network', {
      caller,
      params: { network_id: made['id'] },
      headers: { 'if-match': 'revision_number=99' },
      body: { network: { name: 'y' } },
    }),
  );
});

test("other projects' objects are not found, shared ones not theirs to change", async () => {
  const owner = room.member();
  const stranger = room.member();
  const { network, subnet } = await room.net(owner, '10.42.0.0/24');
  const port = await room.create(owner, 'port', { network_id: network['id'] });
  for (const [singular, id] of [
    ['network', network['id']],
    ['subnet', subnet['id']],
    ['port', port['id']],
  ] as const) {
    await assert.rejects(room.show(stranger, singular, id as string), { kind: 'notFound' });
    await assert.rejects(room.update(stranger, singular, id as string, { name: 'x' }), {
      kind: 'notFound',
    });
    await assert.rejects(room.remove(stranger, singular, id as string), { kind: 'notFound' });
  }
  await refuses(
    'NetworkNotFound',
    /could not be found/,
    room.create(stranger, 'port', { network_id: network['id'] }),
  );
  await room.update(room.admin, 'network', network['id'], { shared: true });
  await room.show(stranger, 'subnet', subnet['id']);
  await refuses(
    'PolicyNotAuthorized',
    /another project/,
    room.update(stranger, 'network', network['id'], { name: 'x' }),
  );
  await refuses(
    'PolicyNotAuthorized',
    /another project/,
    room.create(stranger, 'subnet', {
      network_id: network['id'],
      ip_version: 4,
      cidr: '10.43.0.0/24',
    }),
  );
  await refuses(
    'PolicyNotAuthorized',
    /mac_address/,
    room.create(stranger, 'port', { network_id: network['id'], mac_address: 'fa:16:3e:00:00:01' }),
  );
  const guest = await room.create(stranger, 'port', { network_id: network['id'] });
  await refuses(
    'InvalidSharedSetting',
    /has a port there/,
    room.update(room.admin, 'network', network['id'], { shared: false }),
  );
  await room.remove(stranger, 'port', guest['id']);
  const { network: publicNetwork } = await room.outside();
  await refuses(
    'PolicyNotAuthorized',
    /external and not shared/,
    room.create(stranger, 'port', { network_id: publicNetwork['id'] }),
  );
});
