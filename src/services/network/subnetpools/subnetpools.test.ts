import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { formatCidr, parseCidr } from '../addresses/cidr.ts';
import {
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';
import { compact, firstFree } from './prefixes.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room.stop());

const read = (...texts: string[]) => texts.map((text) => parseCidr(text)!);

test('prefixes: the fewest ranges, the first free one', () => {
  const fewest = (...texts: string[]) => compact(read(...texts)).map(formatCidr);
  assert.deepEqual(fewest('10.0.1.0/24', '10.0.0.0/24', '10.0.0.128/25'), ['10.0.0.0/23']);
  assert.deepEqual(fewest('10.0.1.0/24', '10.0.2.0/24'), ['10.0.1.0/24', '10.0.2.0/24']);
  assert.deepEqual(fewest('0.0.0.0/1', '128.0.0.0/1'), ['0.0.0.0/0']);
  const free = (length: number, ...taken: string[]) => {
    const range = firstFree(read('10.0.0.0/24', '10.1.0.0/16'), read(...taken), length);
    return range && formatCidr(range);
  };
  assert.equal(free(26), '10.0.0.0/26');
  assert.equal(free(26, '10.0.0.64/28', '10.0.0.0/28'), '10.0.0.128/26');
  assert.equal(free(24, '10.0.0.200/32'), '10.1.0.0/24');
  assert.equal(free(16, '10.1.255.0/24'), undefined);
  assert.equal(free(15), undefined);
});

const network = async (caller: TestNetworkService['admin']) =>
  (await room.create(caller, 'network', { name: 'n' }))['id'] as string;

test('subnets from a pool: lengths, chosen ranges, exhaustion, quota, what is in use', async () => {
  const caller = room.member();
  const pool = await room.create(caller, 'subnetpool', {
    name: 'p',
    prefixes: ['10.9.0.0/24', '10.9.1.0/24'],
    default_prefixlen: 26,
    min_prefixlen: 24,
    default_quota: 256,
  });
  assert.deepEqual(
    [pool['prefixes'], pool['max_prefixlen'], pool['ip_version'], pool['shared']],
    [['10.9.0.0/23'], 32, 4, false],
  );
  const cut = async (values: Document = {}) =>
    room.create(caller, 'subnet', {
      network_id: await network(caller),
      subnetpool_id: pool['id'],
      ...values,
    });
  const first = await cut();
  assert.deepEqual([first['cidr'], first['subnetpool_id']], ['10.9.0.0/26', pool['id']]);
  assert.equal((await cut({ cidr: '10.9.0.128/25' }))['cidr'], '10.9.0.128/25');
  await refuses('SubnetAllocationError', /10.9.0.0\/25/, cut({ cidr: '10.9.0.0/25' }));
  await refuses('SubnetAllocationError', /10.8.0.0\/24/, cut({ cidr: '10.8.0.0/24' }));
  await refuses('MinPrefixSubnetAllocationError', /minimum .* 24/, cut({ prefixlen: 23 }));
  await refuses('SubnetPoolQuotaExceeded', /192 of 256/, cut({ prefixlen: 24 }));
  await refuses(
    'NetworkSubnetPoolAffinityError',
    /same subnet pool/,
    room.create(caller, 'subnet', { network_id: first['network_id'], cidr: '10.77.0.0/24' }),
  );
  await room.update(caller, 'subnetpool', pool['id'], { default_quota: null });
  assert.equal((await cut({ prefixlen: 24 }))['cidr'], '10.9.1.0/24');
  await refuses('SubnetAllocationError', /Insufficient/, cut({ prefixlen: 25 }));
  // Many at once get different ranges.
  await room.update(caller, 'subnetpool', pool['id'], { prefixes: ['10.9.0.0/16'] });
  const many = await Promise.all(Array.from({ length: 8 }, () => cut()));
  assert.equal(new Set(many.map((subnet) => subnet['cidr'])).size, 8);
  assert.equal((await room.list(caller, 'subnets', { subnetpool_id: [pool['id']] })).length, 11);
  await refuses('SubnetPoolDeleteError', /existing/, room.remove(caller, 'subnetpool', pool['id']));
  await refuses(
    'IllegalSubnetPoolPrefixUpdate',
    /10.9.0.0\/16/,
    room.update(caller, 'subnetpool', pool['id'], { prefixes: ['10.9.0.0/17'] }),
  );
  const stranger = room.member();
  assert.deepEqual(await room.list(stranger, 'subnetpools'), []);
  await refuses('SubnetPoolNotFound', /could not/, room.show(stranger, 'subnetpool', pool['id']));
});

test('default pools, address scopes, bad pools', async () => {
  const { admin } = room;
  const caller = room.member();
  const wish = { network_id: await network(caller), use_default_subnetpool: true };
  await refuses(
    'BadRequest',
    /No default/,
    room.create(caller, 'subnet', { ...wish, ip_version: 6 }),
  );
  const scope = await room.create(admin, 'address_scope', {
    name: 's',
    ip_version: 6,
    shared: true,
  });
  const values = { prefixes: ['fd00:1::/48'], address_scope_id: scope['id'], shared: true };
  const pool = await room.create(admin, 'subnetpool', { ...values, is_default: true });
  const subnet = await room.create(caller, 'subnet', { ...wish, ip_version: 6 });
  assert.deepEqual([subnet['cidr'], subnet['subnetpool_id']], ['fd00:1::/64', pool['id']]);
  const seen = await room.show(caller, 'network', subnet['network_id']);
  assert.deepEqual([seen['ipv4_address_scope'], seen['ipv6_address_scope']], [null, scope['id']]);
  await refuses(
    'AddressScopePrefixConflict',
    /unique prefixes/,
    room.create(caller, 'subnetpool', {
      prefixes: ['fd00:1:0:7::/64'],
      address_scope_id: scope['id'],
    }),
  );
  const bad = (sent: Document) => room.create(admin, 'subnetpool', sent);
  await refuses('InvalidInput', /default/, bad({ prefixes: ['fd00:2::/48'], is_default: true }));
  await refuses('PrefixVersionMismatch', /mix/, bad({ prefixes: ['fd00:2::/48', '10.0.0.0/8'] }));
  await refuses(
    'IllegalSubnetPoolPrefixBounds',
    /bounds/,
    bad({ prefixes: ['10.0.0.0/8'], min_prefixlen: 24, max_prefixlen: 20 }),
  );
  await refuses('InvalidInput', /at least one/, bad({ prefixes: [] }));
  await refuses(
    'IllegalSubnetPoolIpVersionAssociationToAddressScope',
    /ip_version/,
    bad({ prefixes: ['10.0.0.0/8'], address_scope_id: scope['id'] }),
  );
  await refuses('AddressScopeInUse', /in use/, room.remove(admin, 'address_scope', scope['id']));
  await refuses(
    'AddressScopeUpdateError',
    /unshared/,
    room.update(admin, 'address_scope', scope['id'], { shared: false }),
  );
  await room.remove(caller, 'subnet', subnet['id']);
  await room.remove(admin, 'subnetpool', pool['id']);
  await room.remove(admin, 'address_scope', scope['id']);
});
