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
    [['10.9.0.0/23'], '32', 4, false],
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
  await refuses('EmptySubnetPoolPrefixList', /at least one/, bad({ prefixes: [] }));
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

test('prefixes come and go one by one; subnets come into a pool', async () => {
  const { admin } = room;
  const caller = room.member();
  const pool = await room.create(caller, 'subnetpool', { name: 'p', prefixes: ['10.20.0.0/24'] });
  const run = (operation: string, body: Document, as = caller) =>
    room.call(operation, { caller: as, params: { subnetpool_id: pool['id'] }, body });
  const texts = (...list: string[]) => ({ prefixes: list });
  assert.deepEqual(
    await run('add_prefixes', texts('10.20.1.0/24', '10.30.0.0/16')),
    texts('10.20.0.0/23', '10.30.0.0/16'),
  );
  assert.deepEqual(
    await run('remove_prefixes', texts('10.20.1.128/25', '10.30.0.0/16', '10.99.0.0/16')),
    texts('10.20.0.0/24', '10.20.1.0/25'),
  );
  const networkId = await network(caller);
  await room.create(caller, 'subnet', {
    network_id: networkId,
    subnetpool_id: pool['id'],
    cidr: '10.20.0.0/25',
  });
  await refuses(
    'IllegalSubnetPoolPrefixUpdate',
    /10.20.0.0\/25/,
    run('remove_prefixes', texts('10.20.0.64/26')),
  );
  await refuses('PrefixVersionMismatch', /mix/, run('add_prefixes', texts('fd00::/48')));
  for (const body of [{}, texts(), { prefixes: 'x' }]) {
    await refuses('HTTPBadRequest', /invalid data/, run('add_prefixes', body));
  }
  await refuses('HTTPBadRequest', /10.0.0/, run('remove_prefixes', texts('10.0.0')));
  await refuses(
    'SubnetPoolNotFound',
    /could not/,
    run('add_prefixes', texts('10.0.0.0/8'), room.member()),
  );

  const wild = await network(caller);
  const subnet = (cidr: string, ip_version = 4) =>
    room.create(caller, 'subnet', { network_id: wild, ip_version, cidr });
  const [first, second] = [await subnet('10.40.0.0/24'), await subnet('10.41.0.0/24')];
  await subnet('fd00:40::/64', 6);
  const onboarded = await run('onboard_network_subnets', { network_id: wild });
  assert.deepEqual(onboarded, [
    { id: first['id'], cidr: '10.40.0.0/24' },
    { id: second['id'], cidr: '10.41.0.0/24' },
  ]);
  const grown = await room.show(caller, 'subnetpool', pool['id']);
  assert.deepEqual(grown['prefixes'], [
    '10.20.0.0/24',
    '10.20.1.0/25',
    '10.40.0.0/24',
    '10.41.0.0/24',
  ]);
  assert.equal((await room.list(caller, 'subnets', { subnetpool_id: [pool['id']] })).length, 3);
  await refuses(
    'IllegalSubnetPoolUpdate',
    /conflicts/,
    run('onboard_network_subnets', { network_id: wild }),
  );
  await refuses('InvalidInput', /network_id/, run('onboard_network_subnets', {}));
  await refuses(
    'NetworkNotFound',
    /could not/,
    run('onboard_network_subnets', { network_id: await network(room.member()) }),
  );

  // Pools of one scope share a network; who does not own the scope leaves its pools alone.
  const scope = await room.create(admin, 'address_scope', {
    name: 's',
    ip_version: 4,
    shared: true,
  });
  const other = await room.create(caller, 'subnetpool', {
    prefixes: ['10.50.0.0/16'],
    address_scope_id: scope['id'],
  });
  const mixed = { network_id: wild, subnetpool_id: other['id'], prefixlen: 24 };
  await refuses('NetworkAddressScopeAffinityError', /scope/, room.create(caller, 'subnet', mixed));
  const scoped = { address_scope_id: scope['id'] };
  await room.update(caller, 'subnetpool', pool['id'], scoped);
  await room.create(caller, 'subnet', mixed);
  await refuses(
    'IllegalSubnetPoolUpdate',
    /shared address scope/,
    run('add_prefixes', texts('9.0.0.0/8')),
  );
  assert.equal((await run('add_prefixes', texts('9.0.0.0/8'), admin))['prefixes'].length, 5);
  await refuses(
    'NetworkAddressScopeAffinityError',
    /same address scope/,
    room.update(admin, 'subnetpool', pool['id'], { address_scope_id: null }),
  );
});

test('addresses that are known outside are not translated', async () => {
  const { admin } = room;
  const caller = room.member();
  const scope = await room.create(admin, 'address_scope', {
    name: 's',
    ip_version: 4,
    shared: true,
  });
  const pool = (prefix: string, values: Document = {}) =>
    room.create(admin, 'subnetpool', { prefixes: [prefix], shared: true, ...values });
  const scoped = { address_scope_id: scope['id'] };
  const outer = await pool('198.51.100.0/24', scoped);
  const outside = await room.create(admin, 'network', { name: 'out', 'router:external': true });
  await room.create(admin, 'subnet', {
    network_id: outside['id'],
    subnetpool_id: outer['id'],
    prefixlen: 24,
  });
  const inner = await pool('10.60.0.0/16');
  const cut = async (values: Document) =>
    room.create(caller, 'subnet', { network_id: await network(caller), ip_version: 4, ...values });
  const known = await cut({ subnetpool_id: inner['id'], prefixlen: 24 });
  const plain = await cut({ cidr: '10.61.0.0/24' });
  const router = await room.create(caller, 'router', {
    external_gateway_info: { network_id: outside['id'] },
  });
  for (const { id } of [known, plain]) {
    await room.routerInterface(caller, 'add', router['id'], { subnet_id: id });
  }
  const translated = () =>
    room.northbound.mirror
      .table('NAT')
      .filter((row) => row.external_ids['neutron:router_id'] === router['id'])
      .map((row) => row.logical_ip)
      .toSorted();
  assert.deepEqual(translated(), ['10.60.0.0/24', '10.61.0.0/24']);
  await room.update(admin, 'subnetpool', inner['id'], scoped);
  assert.deepEqual(translated(), ['10.61.0.0/24']);
  await room.update(admin, 'subnetpool', inner['id'], { address_scope_id: null });
  assert.deepEqual(translated(), ['10.60.0.0/24', '10.61.0.0/24']);
});
