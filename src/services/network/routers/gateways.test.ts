import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, insert, named, remove, update } from '../../../ovn/index.ts';
import type { OvsdbClient, TablesOf } from '../../../ovn/index.ts';
import { startOvsdbServer, type TestOvsdbServer } from '../../../ovn/testing.ts';
import { createNetworkService } from '../service.ts';
import {
  eventually,
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';

let server: TestOvsdbServer;
let southbound: OvsdbClient<TablesOf<'OVN_Southbound'>>;
let room: TestNetworkService;
before(async () => {
  server = await startOvsdbServer({ schemaFile: '/usr/share/ovn/ovn-sb.ovsschema' });
  southbound = connect({
    database: 'OVN_Southbound',
    remotes: server.remote,
    monitor: ['SB_Global', 'Chassis', 'Chassis_Private'],
  });
  await southbound.ready();
  room = await startTestNetworkService({ southbound });
});
after(async () => {
  await room?.stop();
  await southbound?.close();
  await server?.stop();
});

const join = (name: string, mappings = 'public:br-ex', options = 'enable-chassis-as-gw') =>
  southbound.transact([
    insert('Encap', { type: 'geneve', ip: `ip of ${name}`, chassis_name: name }, `e_${name}`),
    insert('Chassis', {
      name,
      hostname: name,
      encaps: [named(`e_${name}`)],
      other_config: { 'ovn-bridge-mappings': mappings, 'ovn-cms-options': options },
    }),
  ]);

const leave = (name: string) => southbound.transact([remove('Chassis', [['name', '==', name]])]);

/** Hosts of the router's gateways in Northbound, the preferred first. */
function hosts(routerId: string): string[][] {
  const { mirror } = room.northbound;
  const row = mirror.table('Logical_Router').first('name', `neutron-${routerId}`)!;
  return row.ports
    .map((uuid) => mirror.table('Logical_Router_Port').get(uuid)!)
    .filter(({ external_ids }) => external_ids['neutron:is_ext_gw'] === 'True')
    .map(({ gateway_chassis }) =>
      gateway_chassis
        .map((uuid) => mirror.table('Gateway_Chassis').get(uuid)!)
        .toSorted((a, b) => b.priority - a.priority)
        .map(({ chassis_name }) => chassis_name),
    );
}

const becomes = (routerId: string, wanted: string[][]) =>
  eventually(async () => JSON.stringify(hosts(routerId)) === JSON.stringify(wanted), 5);

test('gateways are on hosts that are there, move when these go, and stay at a restart', async () => {
  const { network: publicNetwork } = await room.outside();
  const withGateway = (values: Document = {}) =>
    room.create(room.admin, 'router', {
      external_gateway_info: { network_id: publicNetwork['id'] },
      ...values,
    });
  const early = await withGateway();
  assert.deepEqual(hosts(early['id']), [[]], 'nobody is there yet');
  await join('one', 'public:br-ex', 'x,enable-chassis-as-gw,availability-zones=east');
  assert.ok(await becomes(early['id'], [['one']]), 'the first host gets it');
  await join('compute', 'public:br-ex', '');
  await join('elsewhere', 'other:br-other');
  await join('two');
  assert.ok(
    await becomes(early['id'], [['one', 'two']]),
    'only hosts meant for it, on the network',
  );
  const shown = await room.show(room.admin, 'router', early['id']);
  assert.deepEqual(shown['availability_zones'], ['east', 'nova']);
  const zones = await room.list(room.admin, 'availability_zones', { resource: ['network'] });
  assert.deepEqual(
    zones.map(({ name }) => name),
    ['nova', 'east'],
  );
  const network = await room.create(room.admin, 'network', { availability_zone_hints: ['east'] });
  assert.deepEqual(network['availability_zones'], ['east']);

  const spread = [];
  for (let count = 0; count < 3; count++) spread.push(hosts((await withGateway())['id'])[0]![0]);
  assert.equal(spread.filter((name) => name === 'two').length, 2, spread.join());
  const eastern = await withGateway({ availability_zone_hints: ['east'] });
  assert.deepEqual(hosts(eastern['id']), [['one']]);
  await refuses(
    'AvailabilityZoneNotFound',
    /west could not be found/,
    withGateway({ availability_zone_hints: ['west'] }),
  );

  await leave('one');
  assert.ok(await becomes(early['id'], [['two']]), 'the host left');
  assert.ok(await becomes(eastern['id'], [['one']]), 'nobody else is in its zone');
  await join('one');
  assert.ok(await becomes(early['id'], [['two', 'one']]), 'it came back, and takes nothing away');
  await southbound.transact([
    update('Chassis', [['name', '==', 'two']], {
      other_config: { 'ovn-bridge-mappings': '', 'ovn-cms-options': 'enable-chassis-as-gw' },
    }),
  ]);
  assert.ok(await becomes(early['id'], [['one']]), 'it has no bridge any more');
  await join('three');
  assert.ok(await becomes(early['id'], [['one', 'three']]));

  // Without others standing by, and with them again.
  const single = await withGateway({ ha: false });
  assert.equal(hosts(single['id'])[0]!.length, 1);
  await refuses('PolicyNotAuthorized', /ha/, room.create(room.member(), 'router', { ha: false }));
  const seen = await room.create(room.member(), 'router', {});
  assert.deepEqual([seen['ha'], seen['distributed']], [undefined, undefined], 'not for everybody');
  await room.update(room.admin, 'router', early['id'], { ha: false });
  assert.ok(await becomes(early['id'], [['one']]));
  assert.equal((await room.update(room.admin, 'router', early['id'], { ha: true }))['ha'], true);
  assert.ok(await becomes(early['id'], [['one', 'three']]));

  // A control plane that starts anew finds nothing to do.
  assert.deepEqual(await room.service.projector.compare(), []);
  const again = createNetworkService({
    database: room.database,
    configuration: { host: 'test-host' },
    northbound: room.northbound,
    southbound,
    log: { info() {}, warn() {}, error() {}, debug() {} } as never,
  });
  await again.start?.();
  assert.deepEqual(await again.projector.compare(), []);
  await again.stop?.();
  assert.deepEqual(hosts(early['id']), [['one', 'three']]);
});

test('several gateways: added, replaced, removed, with equal routes and questions to the next hops', async () => {
  const caller = room.member();
  const { network: publicNetwork } = await room.outside();
  const second = await room.create(room.admin, 'network', {
    'router:external': true,
    'provider:network_type': 'vlan',
    'provider:physical_network': 'public',
    'provider:segmentation_id': 100,
  });
  await room.create(room.admin, 'subnet', {
    network_id: second['id'],
    ip_version: 4,
    cidr: '172.30.0.0/24',
  });
  const overlapping = await room.create(room.admin, 'network', { 'router:external': true });
  await room.create(room.admin, 'subnet', {
    network_id: overlapping['id'],
    ip_version: 4,
    cidr: '172.30.0.0/16',
  });
  const { subnet, network } = await room.net(caller, '10.40.0.0/24');
  const router = await room.create(caller, 'router', {});
  const id = router['id'] as string;
  assert.deepEqual(router['external_gateways'], []);
  await room.routerInterface(caller, 'add', id, { subnet_id: subnet['id'] });
  const change = (verb: string, gateways: Document[], who = caller) =>
    room
      .call(`${verb}_external_gateways`, {
        caller: who,
        params: { router_id: id },
        body: { router: { external_gateways: gateways } },
      })
      .then((body) => body['router'] as Document);
  const onPublic = { network_id: publicNetwork['id'] };
  const onSecond = { network_id: second['id'] };
  const nets = (document: Document) =>
    document['external_gateways'].map((gateway: Document) => gateway['network_id']);
  const table = (name: 'Logical_Router_Static_Route' | 'NAT' | 'BFD') => {
    const own = room.northbound.mirror
      .table(name)
      .filter((row) => row.external_ids['neutron:router_id'] === id);
    return own
      .map((row) =>
        'nexthop' in row ? row.nexthop : 'dst_ip' in row ? row.dst_ip : row.logical_ip,
      )
      .toSorted();
  };

  const added = await change('add', [onPublic, onSecond]);
  assert.deepEqual(nets(added), [publicNetwork['id'], second['id']]);
  assert.deepEqual(added['external_gateway_info'], added['external_gateways'][0]);
  assert.deepEqual(table('Logical_Router_Static_Route'), ['172.24.4.1'], 'one default route');
  assert.deepEqual(table('NAT'), ['10.40.0.0/24', '10.40.0.0/24'], 'both translate');
  assert.deepEqual(table('BFD'), []);
  const [first, other] = hosts(id).map(([host]) => host);
  assert.notEqual(first, other, 'on different hosts');
  await refuses('BadRequest', /overlaps/, change('add', [{ network_id: overlapping['id'] }]));
  await refuses(
    'BadRequest',
    /not a valid external/,
    change('add', [{ network_id: network['id'] }]),
  );
  await refuses(
    'PolicyNotAuthorized',
    /enable_snat/,
    change('add', [{ ...onPublic, enable_snat: false }]),
  );

  await refuses(
    'PolicyNotAuthorized',
    /enable_default_route_ecmp/,
    room.update(caller, 'router', id, { enable_default_route_ecmp: true }),
  );
  const equal = { enable_default_route_ecmp: true, enable_default_route_bfd: true };
  await room.update(room.admin, 'router', id, equal);
  assert.deepEqual(table('Logical_Router_Static_Route'), ['172.24.4.1', '172.30.0.1']);
  assert.deepEqual(table('BFD'), ['172.24.4.1', '172.30.0.1']);
  await room.update(room.admin, 'router', id, { enable_default_route_bfd: false });
  assert.deepEqual(table('BFD'), []);

  // A floating IP holds the gateway that it leads through, unless there is another on its network.
  const port = await room.create(caller, 'port', { network_id: network['id'] });
  const floating = await room.create(caller, 'floatingip', {
    floating_network_id: second['id'],
    port_id: port['id'],
  });
  assert.equal(floating['router_id'], id);
  await refuses(
    'RouterExternalGatewayInUseByFloatingIp',
    /required by one or more floating IPs/,
    change('remove', [onSecond]),
  );
  const third = await change('add', [onSecond]);
  assert.equal(nets(third).length, 3);
  await refuses('UnableToMatchGateways', /several of its gateways/, change('remove', [onSecond]));
  const { external_fixed_ips: addresses } = third['external_gateways'][1];
  const two = await change('remove', [{ ...onSecond, external_fixed_ips: addresses }]);
  assert.deepEqual(nets(two), [publicNetwork['id'], second['id']]);
  await room.remove(caller, 'floatingip', floating['id']);
  await refuses(
    'UnableToMatchGateways',
    /none is like/,
    change('remove', [{ network_id: overlapping['id'] }]),
  );

  const swapped = await change('update', [onSecond, onPublic]);
  assert.deepEqual(nets(swapped), [second['id'], publicNetwork['id']]);
  assert.deepEqual(swapped['external_gateways'][1], two['external_gateways'][0], 'it stayed');
  const without = await room.update(caller, 'router', id, { external_gateway_info: null });
  assert.deepEqual(nets(without), [publicNetwork['id']], 'the next becomes the first');
  assert.equal(without['external_gateway_info'].network_id, publicNetwork['id']);
  assert.deepEqual(nets(await change('update', [])), []);
  await refuses('UnableToRemoveGateways', /it has none/, change('remove', [onPublic]));
  await change('add', [onPublic, onSecond]);
  await room.routerInterface(caller, 'remove', id, { subnet_id: subnet['id'] });
  await room.remove(caller, 'router', id);
  assert.deepEqual(await room.service.projector.compare(), []);
});
