import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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
after(() => room.stop());

test('address groups are sets of addresses in Northbound', async () => {
  const caller = room.member();
  const stranger = room.member();
  const group = await room.create(caller, 'address_group', {
    name: 'friends',
    addresses: ['10.0.0.0/24', 'fd00::5/128', '10.0.0.0/24'],
  });
  assert.deepEqual(group['addresses'], ['10.0.0.0/24', 'fd00::5/128']);
  const sets = () =>
    room.northbound.mirror
      .table('Address_Set')
      .filter((row) => row.external_ids['neutron:address_group_id'] === group['id'])
      .map(({ name, addresses }) => [name, addresses.toSorted()] as const)
      .toSorted();
  const name = `ag_${group['id'].replaceAll('-', '_')}`;
  assert.deepEqual(sets(), [
    [`${name}_ip4`, ['10.0.0.0/24']],
    [`${name}_ip6`, ['fd00::5/128']],
  ]);
  const change = (verb: string, addresses: unknown, by = caller) =>
    room.call(`${verb}_addresses`, {
      caller: by,
      params: { address_group_id: group['id'] },
      body: { addresses },
    });
  const added = await change('add', ['10.9.0.1/32', '10.9.0.2/32']);
  assert.deepEqual((added['address_group'] as Document)['addresses'].length, 4);
  assert.deepEqual(sets()[0]![1], ['10.0.0.0/24', '10.9.0.1/32', '10.9.0.2/32']);
  await refuses(
    'AddressesAlreadyExist',
    /10\.9\.0\.1/,
    change('add', ['10.1.1.1/32', '10.9.0.1/32']),
  );
  await refuses(
    'AddressesNotFound',
    /10\.1\.1\.1/,
    change('remove', ['10.9.0.1/32', '10.1.1.1/32']),
  );
  assert.equal(sets()[0]![1].length, 3, 'nothing half done');
  await refuses('AddressesNotFound', /10\.1\.1\.1\/32/, change('remove', ['10.1.1.1']));
  await change('remove', ['10.9.0.1', '10.0.0.0/24', '10.9.0.2/32']);
  assert.deepEqual(sets()[0]![1], []);
  for (const [wrong, message] of [
    [['10.0.0.256'], /not a valid IP subnet/],
    ['10.0.0.0/24', /not a list/],
    [[7], /not a valid/],
  ] as const) {
    await refuses('HTTPBadRequest', message, change('add', wrong));
  }
  await refuses('HTTPBadRequest', /Missing addresses/, change('add', undefined));
  await refuses(
    'HTTPBadRequest',
    /'10\.0\.0\.1' is not a valid IP subnet/,
    room.create(caller, 'address_group', { addresses: ['10.0.0.1'] }),
  );
  await refuses('AddressGroupNotFound', /could not/, change('add', [], stranger));

  const web = await room.create(caller, 'security_group', { name: 'web' });
  const rule = (values: Document, by = caller, to = web) =>
    room.create(by, 'security_group_rule', {
      security_group_id: to['id'],
      direction: 'ingress',
      remote_address_group_id: group['id'],
      ...values,
    });
  const made = await rule({ protocol: 'tcp' });
  assert.equal(made['remote_address_group_id'], group['id']);
  await refuses('SecurityGroupRuleExists', /already/, rule({ protocol: 6 }));
  await refuses(
    'SecurityGroupMultipleRemoteEntites',
    /Only one/,
    rule({ remote_ip_prefix: '10.0.0.0/8' }),
  );
  const theirs = await room.create(stranger, 'security_group', { name: 'theirs' });
  await refuses('AddressGroupNotFound', /could not/, rule({}, stranger, theirs));
  await refuses('AddressGroupInUse', /in use/, room.remove(caller, 'address_group', group['id']));
  await room.remove(caller, 'security_group_rule', made['id']);
  await room.update(caller, 'address_group', group['id'], { name: 'former' });
  await room.remove(caller, 'address_group', group['id']);
  assert.deepEqual(sets(), []);
  assert.deepEqual(await room.service.projector.compare(), []);
});
