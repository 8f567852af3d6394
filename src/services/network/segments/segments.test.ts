import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Driver } from '../drivers/driver.ts';
import { networkOptions } from '../options.ts';
import {
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';
import { networkTypes } from './types/registry.ts';
import { tunnelType } from './types/tunnel.ts';

/** A kind of network that a package might bring. */
const driver: Driver = {
  name: 'vxlan',
  types: [
    ({ global_physnet_mtu: underlay }) =>
      tunnelType({
        name: 'vxlan',
        maximum: 2 ** 24 - 1,
        ranges: [{ physical_network: null, minimum: 9, maximum: 9 }],
        mtu: underlay - 50,
      }),
  ],
};

const OPTIONS = {
  type_drivers: ['local', 'flat', 'vlan', 'geneve', 'vxlan'],
  tenant_network_types: ['vlan', 'geneve'],
  network_vlan_ranges: ['public', 'access:100:102', 'access:200:200'],
  vni_ranges: ['7:8'],
  physical_network_mtus: ['access:9000'],
};

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService({ options: networkOptions(OPTIONS), drivers: [driver] });
});
after(() => room.stop());

const provider = (type: string, physical?: string, number?: number): Document => ({
  'provider:network_type': type,
  ...(physical !== undefined && { 'provider:physical_network': physical }),
  ...(number !== undefined && { 'provider:segmentation_id': number }),
});
const make = (values: Document = {}) => room.create(room.admin, 'network', values);
const placeOf = (network: Document) => [
  network['provider:network_type'],
  network['provider:physical_network'],
  network['provider:segmentation_id'],
];
const drop = async (...networks: Document[]) => {
  for (const network of networks) await room.remove(room.admin, 'network', network['id']);
};

test('options: what cannot be ends the start with a sentence', () => {
  const types = (values: Document) => networkTypes(networkOptions(values));
  assert.throws(() => types({ type_drivers: ['moon'] }), /no type 'moon'/);
  assert.throws(
    () => types({ type_drivers: ['flat'], tenant_network_types: ['vlan'] }),
    /tenant_network_types: there is no type 'vlan'/,
  );
  for (const range of ['9:1', '0:5', 'a:b', '1:2:3', '1:16777216']) {
    assert.throws(() => types({ vni_ranges: [range] }), /vni_ranges/, range);
  }
  for (const range of [':1:2', 'x:1', 'x:1:4095']) {
    assert.throws(() => types({ network_vlan_ranges: [range] }), /network_vlan_ranges/, range);
  }
});

test('tenants get VLANs until there is none, then tunnels, then nothing; what is freed rests', async () => {
  const caller = room.member();
  const made = await Promise.all(
    Array.from({ length: 6 }, (_, index) => room.create(caller, 'network', { name: `n${index}` })),
  );
  const seen = await Promise.all(
    made.map((network) => room.show(room.admin, 'network', network['id'])),
  );
  assert.deepEqual(seen.map((network) => placeOf(network).join(' ')).toSorted(), [
    'geneve  7',
    'geneve  8',
    ...[100, 101, 102, 200].map((id) => `vlan access ${id}`),
  ]);
  assert.deepEqual(
    new Set(seen.map((network) => `${network['provider:network_type']} ${network['mtu']}`)),
    new Set(['vlan 9000', 'geneve 1442']),
  );
  await refuses(
    'NoNetworkAvailable',
    /every number/,
    room.create(caller, 'network', { name: 'more' }),
  );
  await refuses(
    'NoNetworkAvailable',
    /every number/,
    room.create(room.admin, 'network', provider('vlan', 'access')),
  );
  await drop(...seen);
  const again = await make();
  await drop(again);
  assert.notDeepEqual(placeOf(again), placeOf(await make().then(async (n) => (await drop(n), n))));
});

test('places asked for: taken, unknown, out of range, too much said', async () => {
  const vlan = await make(provider('vlan', 'access', 4000));
  assert.deepEqual(placeOf(vlan), ['vlan', 'access', 4000]);
  const refused: [string, RegExp, Document][] = [
    ['VlanIdInUse', /4000 on physical network access/, provider('vlan', 'access', 4000)],
    ['InvalidInput', /out of range \(1 through 4094\)/, provider('vlan', 'access', 4095)],
    ['InvalidInput', /out of range/, provider('vlan', 'access', 0)],
    ['InvalidInput', /unknown for VLAN/, provider('vlan', 'moon', 1)],
    ['InvalidInput', /requires physical_network/, provider('vlan', undefined, 1)],
    ['InvalidInput', /specified for geneve/, provider('geneve', 'access')],
    ['InvalidInput', /out of range/, provider('geneve', undefined, 2 ** 24)],
    ['InvalidInput', /physical_network required for flat/, provider('flat')],
    ['InvalidInput', /segmentation_id prohibited for flat/, provider('flat', 'x', 3)],
    ['InvalidInput', /local/, provider('local', 'x')],
    ['InvalidInput', /'gre' not supported/, provider('gre')],
    ['InvalidInput', /network_type required/, { 'provider:segmentation_id': 3 }],
    ['InvalidInput', /maximum is 9000/, { ...provider('vlan', 'access'), mtu: 9001 }],
    ['AvailabilityZoneNotFound', /there are nova/, { availability_zone_hints: ['moon'] }],
  ];
  for (const [type, message, values] of refused) await refuses(type, message, make(values));
  const tunnel = await make(provider('geneve', undefined, 5000));
  await refuses('TunnelIdInUse', /5000/, make(provider('geneve', undefined, 5000)));
  const locals = [await make(provider('local')), await make(provider('local'))];
  assert.deepEqual(placeOf(locals[1]!), ['local', null, null]);
  assert.equal(locals[1]!['mtu'], 1500);
  const named = await room.list(room.admin, 'networks', { 'provider:segmentation_id': ['5000'] });
  assert.deepEqual(
    named.map(({ id }) => id),
    [tunnel['id']],
  );

  // The VLAN of a network can change, nothing else.
  const change = (network: Document, values: Document) =>
    room.update(room.admin, 'network', network['id'], values);
  assert.deepEqual(
    placeOf(
      await change(vlan, { 'provider:segmentation_id': 4001, 'provider:network_type': 'vlan' }),
    ),
    ['vlan', 'access', 4001],
  );
  const other = await make(provider('vlan', 'access', 4002));
  await refuses('VlanIdInUse', /4002/, change(vlan, { 'provider:segmentation_id': 4002 }));
  await refuses('InvalidInput', /range/, change(vlan, { 'provider:segmentation_id': 5000 }));
  await refuses('InvalidInput', /not support/, change(vlan, provider('flat')));
  await refuses('InvalidInput', /Only VLAN/, change(tunnel, { 'provider:segmentation_id': 4 }));
  assert.equal((await change(tunnel, { mtu: 1300 }))['mtu'], 1300);
  assert.equal((await change(tunnel, { mtu: 0 }))['mtu'], 1442);
  assert.equal((await change(tunnel, { mtu: 67 }))['mtu'], 67);
  const subnet = (ip_version: number, cidr: string) =>
    room.create(room.admin, 'subnet', { network_id: tunnel['id'], ip_version, cidr });
  await refuses('NetworkMTUSubnetConflict', /at least 68/, subnet(4, '10.5.0.0/24'));
  await change(tunnel, { mtu: 1279 });
  await refuses('NetworkMTUSubnetConflict', /at least 1280/, subnet(6, 'fd00:5::/64'));
  await subnet(4, '10.5.0.0/24');
  await refuses('NetworkMTUSubnetConflict', /at least 68/, change(tunnel, { mtu: 67 }));
  await refuses('InvalidInput', /maximum is 1442/, change(tunnel, { mtu: 1443 }));
  await drop(vlan, tunnel, other, ...locals);
});

test('a kind of network from outside: named by the options, with a range of its own', async () => {
  const network = await make(provider('vxlan'));
  assert.deepEqual([...placeOf(network), network['mtu']], ['vxlan', null, 9, 1450]);
  await refuses('NoNetworkAvailable', /every number/, make(provider('vxlan')));
  await refuses('TunnelIdInUse', /9/, make(provider('vxlan', undefined, 9)));
  const ranges = await room.list(room.admin, 'network_segment_ranges', { network_type: ['vxlan'] });
  assert.deepEqual(ranges[0]!['used'], { 9: network['project_id'] });
  await drop(network);
  const same = { options: networkOptions({}), types: driver.types! };
  assert.throws(
    () => networkTypes(same.options, [...same.types, ...same.types]),
    /two type drivers/,
  );
  assert.equal(networkTypes(same.options, same.types).drivers.has('vxlan'), false);
});

test('segments one by one: rows of the switch, the largest packet, subnets, what is in use', async () => {
  const { admin } = room;
  const row = (id: string) =>
    room.northbound.mirror.table('Logical_Switch_Port').first('name', `provnet-${id}`);
  const network = await make(provider('vlan', 'access', 300));
  const [first] = await room.list(admin, 'segments', { network_id: [network['id']] });
  assert.deepEqual(
    [first!['network_type'], first!['segmentation_id'], first!['name']],
    ['vlan', 300, null],
  );
  assert.deepEqual([row(first!['id'])?.type, row(first!['id'])?.tag], ['localnet', [300]]);
  await room.update(admin, 'network', network['id'], { 'provider:segmentation_id': 301 });
  assert.deepEqual(row(first!['id'])?.tag, [301]);

  const second = await room.create(admin, 'segment', {
    network_id: network['id'],
    network_type: 'vlan',
    physical_network: 'public',
    segmentation_id: 17,
    name: 's2',
  });
  assert.equal(row(second['id'])?.options['network_name'], 'public');
  const shown = await room.show(admin, 'network', network['id']);
  assert.equal(shown['mtu'], 1500, 'what both carry');
  assert.equal(shown['provider:network_type'], undefined);
  assert.deepEqual(shown['segments'], [
    provider('vlan', 'access', 301),
    provider('vlan', 'public', 17),
  ]);
  await refuses(
    'InvalidInput',
    /single segment/,
    room.update(admin, 'network', network['id'], { 'provider:segmentation_id': 302 }),
  );

  // Subnets on segments: all or none of a network, and routes between them.
  const subnet = (cidr: string, segment?: string, values: Document = {}) =>
    room.create(admin, 'subnet', {
      network_id: network['id'],
      ip_version: 4,
      cidr,
      ...(segment !== undefined && { segment_id: segment }),
      ...values,
    });
  const near = await subnet('10.1.0.0/24', first!['id']);
  await refuses('SubnetsNotAllAssociatedWithSegments', /all/, subnet('10.2.0.0/24'));
  await refuses('SegmentNotFound', /could not/, subnet('10.2.0.0/24', network['id']));
  const far = await subnet('10.2.0.0/24', second['id']);
  assert.equal((await room.show(admin, 'network', network['id']))['l2_adjacency'], false);
  const routes = async (id: string) => (await room.show(admin, 'subnet', id))['host_routes'];
  assert.deepEqual(await routes(near['id']), [{ destination: '10.2.0.0/24', nexthop: '10.1.0.1' }]);
  assert.deepEqual(await routes(far['id']), [{ destination: '10.1.0.0/24', nexthop: '10.2.0.1' }]);
  await room.update(admin, 'subnet', near['id'], {
    gateway_ip: '10.1.0.254',
    allocation_pools: [],
  });
  assert.deepEqual(await routes(near['id']), [
    { destination: '10.2.0.0/24', nexthop: '10.1.0.254' },
  ]);
  await refuses('SegmentInUse', /still associated/, room.remove(admin, 'segment', second['id']));
  await refuses(
    'SubnetSegmentAssociationChangeNotAllowed',
    /already/,
    room.update(admin, 'subnet', far['id'], { segment_id: first!['id'] }),
  );
  await room.remove(admin, 'subnet', far['id']);
  assert.deepEqual(await routes(near['id']), []);
  await room.remove(admin, 'segment', second['id']);
  assert.equal(row(second['id']), undefined);
  const back = await room.show(admin, 'network', network['id']);
  assert.deepEqual([...placeOf(back), back['mtu']], ['vlan', 'access', 301, 9000]);

  // Nobody else sees segments.
  await refuses('SegmentNotFound', /could not/, room.show(room.member(), 'segment', first!['id']));
  const renamed = await room.update(admin, 'segment', first!['id'], { name: 'one' });
  assert.deepEqual([renamed['name'], renamed['revision_number']], ['one', 2]);
  await drop(network);
  assert.deepEqual(await room.list(admin, 'segments', { network_id: [network['id']] }), []);
  assert.equal(row(first!['id']), undefined);
});

test('a network of several segments in one request; a subnet bound later', async () => {
  const { admin } = room;
  const segments = [provider('vlan', 'access', 310), provider('flat', 'public')];
  const network = await make({ segments });
  assert.deepEqual(network['segments'], [
    provider('vlan', 'access', 310),
    { ...provider('flat', 'public'), 'provider:segmentation_id': null },
  ]);
  await refuses(
    'SegmentsSetInConjunctionWithProviders',
    /cannot both/,
    make({ segments, ...provider('geneve') }),
  );
  await refuses(
    'SegmentsContainDuplicateEntry',
    /Duplicate/,
    make({ segments: [provider('vlan', 'access', 311), provider('vlan', 'access', 311)] }),
  );
  await refuses('FlatNetworkInUse', /public/, make({ segments: [segments[1]!] }));
  assert.deepEqual(await room.service.projector.compare(), []);
  await drop(network);

  const single = await make(provider('vlan', 'access'));
  const subnet = await room.create(admin, 'subnet', {
    network_id: single['id'],
    ip_version: 4,
    cidr: '10.3.0.0/24',
  });
  const [segment] = await room.list(admin, 'segments', { network_id: [single['id']] });
  const bound = await room.update(admin, 'subnet', subnet['id'], { segment_id: segment!['id'] });
  assert.equal(bound['segment_id'], segment!['id']);
  await drop(single);
});
