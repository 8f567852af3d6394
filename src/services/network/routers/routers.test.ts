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

test('a router: gateway, interfaces, overlap, what must go first', async () => {
  const caller = room.member();
  const { network: publicNetwork } = await room.outside();
  const a = await room.net(caller, '10.10.0.0/24');
  const b = await room.net(caller, '10.11.0.0/24');
  const same = await room.net(caller, '10.10.0.0/25');
  const clash = await room.net(caller, '172.24.4.0/25');
  const router = await room.create(caller, 'router', { name: 'r' });
  const id = router['id'] as string;
  assert.equal(router['external_gateway_info'], null);
  await refuses(
    'BadRequest',
    /not a valid external network/,
    room.update(caller, 'router', id, { external_gateway_info: { network_id: a.network['id'] } }),
  );
  const withGateway = await room.update(caller, 'router', id, {
    external_gateway_info: { network_id: publicNetwork['id'] },
  });
  assert.equal(withGateway['external_gateway_info'].enable_snat, true);
  const gatewayIp = withGateway['external_gateway_info'].external_fixed_ips[0].ip_address as string;

  const added = await room.routerInterface(caller, 'add', id, { subnet_id: a.subnet['id'] });
  assert.equal(added['subnet_id'], a.subnet['id']);
  assert.deepEqual(added['subnet_ids'], [a.subnet['id']]);
  const port = await room.show(caller, 'port', added['port_id']);
  assert.equal(port['device_owner'], 'network:router_interface');
  assert.equal(port['fixed_ips'][0].ip_address, '10.10.0.1');
  await refuses(
    'BadRequest',
    /already has a port/,
    room.routerInterface(caller, 'add', id, { subnet_id: a.subnet['id'] }),
  );
  await refuses(
    'BadRequest',
    /overlaps with cidr 10\.10\.0\.0\/24/,
    room.routerInterface(caller, 'add', id, { subnet_id: same.subnet['id'] }),
  );
  await refuses(
    'BadRequest',
    /overlaps with cidr 172\.24\.4\.0\/24/,
    room.routerInterface(caller, 'add', id, { subnet_id: clash.subnet['id'] }),
  );
  await refuses(
    'BadRequest',
    /Either subnet_id or port_id/,
    room.routerInterface(caller, 'add', id, {}),
  );
  await refuses(
    'ServicePortInUse',
    /remove it from router/,
    room.remove(caller, 'port', port['id']),
  );
  const plain = await room.create(caller, 'port', { network_id: b.network['id'] });
  await room.routerInterface(caller, 'add', id, { port_id: plain['id'] });
  await refuses(
    'PortInUse',
    /already has an attached device/,
    room.routerInterface(caller, 'add', id, { port_id: plain['id'] }),
  );

  // Northbound: switches joined by router ports, SNAT for each subnet, a default route, the gateway's host.
  const mirror = room.northbound.mirror;
  const row = mirror.table('Logical_Router').first('name', `neutron-${id}`)!;
  const nats = row.nat.map((uuid) => mirror.table('NAT').get(uuid)!);
  assert.deepEqual(nats.map((nat) => [nat.type, nat.external_ip, nat.logical_ip]).toSorted(), [
    ['snat', gatewayIp, '10.10.0.0/24'],
    ['snat', gatewayIp, '10.11.0.0/24'],
  ]);
  const [route] = row.static_routes.map((uuid) =>
    mirror.table('Logical_Router_Static_Route').get(uuid)!,
  );
  assert.deepEqual([route!.ip_prefix, route!.nexthop], ['0.0.0.0/0', '172.24.4.1']);
  const lrp = mirror.table('Logical_Router_Port').first('name', `lrp-${added['port_id']}`)!;
  assert.deepEqual(lrp.networks, ['10.10.0.1/24']);
  const chassis = [...mirror.table('Gateway_Chassis').rows()].map((c) => [c.chassis_name, c.name]);
  assert.equal(chassis.length, 1);
  assert.equal(chassis[0]![0], 'test-host');

  // Extra routes need a neighbour.
  const routes = (nexthop: string) =>
    room.update(caller, 'router', id, { routes: [{ destination: '10.99.0.0/16', nexthop }] });
  await refuses('InvalidRoutes', /not connected/, routes('10.50.0.1'));
  await refuses('InvalidRoutes', /used by router/, routes('10.10.0.1'));
  await routes('10.10.0.9');
  await refuses(
    'RouterInterfaceInUseByRoute',
    /one or more routes/,
    room.routerInterface(caller, 'remove', id, { subnet_id: a.subnet['id'] }),
  );
  await room.update(caller, 'router', id, { routes: [] });

  await refuses(
    'RouterInUse',
    /remove them from the router first/,
    room.remove(caller, 'router', id),
  );
  await refuses('SubnetInUse', /router_interface/, room.remove(caller, 'subnet', a.subnet['id']));
  await refuses(
    'GatewayIpInUse',
    /already in use by port/,
    room.update(caller, 'subnet', a.subnet['id'], { gateway_ip: '10.10.0.254' }),
  );
  await refuses(
    'RouterInterfaceNotFoundForSubnet',
    /no interface/,
    room.routerInterface(caller, 'remove', id, { subnet_id: same.subnet['id'] }),
  );
  await room.routerInterface(caller, 'remove', id, { subnet_id: a.subnet['id'] });
  await room.routerInterface(caller, 'remove', id, { port_id: plain['id'] });
  await room.update(caller, 'router', id, { external_gateway_info: {} });
  await room.remove(caller, 'router', id);
  assert.deepEqual(await room.service.projector.compare(), []);
  assert.equal(mirror.table('Logical_Router').first('name', `neutron-${id}`), undefined);
  assert.deepEqual([...mirror.table('NAT').rows()], []);
  assert.deepEqual([...mirror.table('Gateway_Chassis').rows()], []);
});

test('one port has all IPv6 prefixes of a network; each is removed by itself', async () => {
  const caller = room.member();
  const { network, subnet } = await room.net(caller, 'fd00:40::/64', { ip_version: 6 });
  const more = await room.create(caller, 'subnet', {
    network_id: network['id'],
    ip_version: 6,
    cidr: 'fd00:41::/64',
  });
  const fourth = await room.create(caller, 'subnet', {
    network_id: network['id'],
    ip_version: 4,
    cidr: '10.41.0.0/24',
  });
  const { id } = await room.create(caller, 'router', {});
  const add = (subnet_id: string) => room.routerInterface(caller, 'add', id, { subnet_id });
  const one = await add(subnet['id']);
  const two = await add(more['id']);
  const v4 = await add(fourth['id']);
  assert.equal(two['port_id'], one['port_id']);
  assert.deepEqual(two['subnet_ids'], [more['id']]);
  assert.notEqual(v4['port_id'], one['port_id']);
  const lrp = () =>
    room.northbound.mirror.table('Logical_Router_Port').first('name', `lrp-${one['port_id']}`);
  assert.deepEqual(lrp()!.networks.toSorted(), ['fd00:40::/64', 'fd00:41::/64']);
  await refuses(
    'SubnetMismatchForPort',
    /does not match/,
    room.routerInterface(caller, 'remove', id, {
      port_id: v4['port_id'],
      subnet_id: more['id'],
    }),
  );
  // Another port with prefixes of that network would advertise against the first.
  const third = await room.create(caller, 'subnet', {
    network_id: network['id'],
    ip_version: 6,
    cidr: 'fd00:42::/64',
  });
  const port = await room.create(caller, 'port', {
    network_id: network['id'],
    fixed_ips: [{ subnet_id: third['id'] }],
  });
  await refuses(
    'BadRequest',
    /both contain IPv6 subnets/,
    room.routerInterface(caller, 'add', id, { port_id: port['id'] }),
  );
  await room.routerInterface(caller, 'remove', id, { subnet_id: subnet['id'] });
  assert.deepEqual(lrp()!.networks, ['fd00:41::/64']);
  // Its port may have another address there, but not leave the subnet.
  const moved = await room.update(caller, 'port', one['port_id'], {
    fixed_ips: [{ subnet_id: more['id'], ip_address: 'fd00:41::77' }],
  });
  assert.equal(moved['fixed_ips'][0].ip_address, 'fd00:41::77');
  assert.deepEqual(lrp()!.networks, ['fd00:41::77/64']);
  await refuses(
    'InvalidInput',
    /remove_router_interface/,
    room.update(caller, 'port', one['port_id'], { fixed_ips: [{ subnet_id: third['id'] }] }),
  );
  await room.routerInterface(caller, 'remove', id, { subnet_id: more['id'] });
  assert.equal(lrp(), undefined);
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('a gateway to a network without subnets waits for its address', async () => {
  const caller = room.member();
  const network = await room.create(room.admin, 'network', { 'router:external': true });
  const subnet = (values: Document) =>
    room.create(room.admin, 'subnet', { network_id: network['id'], enable_dhcp: false, ...values });
  const inside = await room.net(caller, '198.51.100.0/25');
  const make = () =>
    room.create(caller, 'router', { external_gateway_info: { network_id: network['id'] } });
  const [router, clashing] = [await make(), await make()];
  await room.routerInterface(caller, 'add', clashing['id'], { subnet_id: inside.subnet['id'] });
  const fixed = async ({ id }: Document) =>
    (await room.show(room.admin, 'router', id))['external_gateway_info'].external_fixed_ips as {
      subnet_id: string;
    }[];
  assert.deepEqual(await fixed(router), []);
  const live = ({ id }: Document) => {
    const { mirror } = room.northbound;
    const row = mirror.table('Logical_Router').first('name', `neutron-${id}`)!;
    return {
      ports: row.ports.flatMap((uuid) => mirror.table('Logical_Router_Port').get(uuid)!.networks),
      routes: row.static_routes
        .map((uuid) => mirror.table('Logical_Router_Static_Route').get(uuid)!.nexthop)
        .toSorted(),
    };
  };
  assert.deepEqual(live(router), { ports: [], routes: [] });

  const v4 = await subnet({ ip_version: 4, cidr: '198.51.100.0/24' });
  const v6 = await subnet({ ip_version: 6, cidr: '2001:db8:9::/64', gateway_ip: '2001:db8:9::1' });
  // It has an address of this version.
  await subnet({ ip_version: 4, cidr: '203.0.113.0/24' });
  assert.deepEqual(
    (await fixed(router)).map(({ subnet_id: id }) => id),
    [v4['id'], v6['id']],
  );
  assert.deepEqual(
    (await fixed(clashing)).map(({ subnet_id: id }) => id).slice(0, 1),
    [v6['id']],
    'one subnet overlaps with an inner one',
  );
  assert.equal(live(router).ports.length, 2);
  assert.deepEqual(live(router).routes, ['198.51.100.1', '2001:db8:9::1']);
  assert.deepEqual(await room.service.projector.compare(), []);
});
