import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desiredRouterPort } from './desired-port.ts';
import { desiredRouter } from './desired.ts';
import { NETWORK, SUBNET, PORT, ROUTER, FLOATING, port, router } from '../northbound/examples.ts';

test("a router's ports: on the switch, on the router, and the gateway's hosts", () => {
  const interfacePort = {
    ...port,
    device_owner: 'network:router_interface',
    device_id: ROUTER,
    router_id: ROUTER,
    port_security_enabled: false,
    security_groups: [],
    floating_ip: null,
    binding_host_id: '',
    network_type: 'geneve',
    gateway_chassis: null,
    internal_types: ['geneve'],
    distributed: false,
  };
  const [lsp, lrp, ...none] = desiredRouterPort(interfacePort);
  assert.equal(none.length, 0, 'an interface has no gateway chassis');
  assert.deepEqual(lsp!.columns['addresses'], ['router']);
  assert.deepEqual(lsp!.columns['options'], { 'router-port': `lrp-${PORT}` });
  assert.deepEqual(lrp!.columns['networks'], ['10.0.0.5/24']);
  assert.equal(lrp!.columns['mac'], 'fa:16:3e:00:00:01');
  assert.deepEqual(lrp!.parents, [
    { table: 'Logical_Router', key: `neutron-${ROUTER}`, column: 'ports' },
  ]);
  assert.deepEqual(lrp!.columns['options'], {});
  const gatewayPort = {
    ...interfacePort,
    device_owner: 'network:router_gateway',
    network_type: 'flat',
    gateway_chassis: ['host-1', 'host-2'],
  };
  const gateway = desiredRouterPort(gatewayPort);
  assert.deepEqual(gateway[1]!.columns['options'], { 'reside-on-redirect-chassis': 'true' });
  const [, wired] = desiredRouterPort({
    ...gatewayPort,
    internal_types: ['vlan'],
    distributed: true,
  });
  assert.deepEqual(wired!.columns['options'], {
    'reside-on-redirect-chassis': 'false',
    'redirect-type': 'bridged',
  });
  assert.equal(
    (gateway[0]!.columns['options'] as Record<string, string>)['nat-addresses'],
    'router',
  );
  assert.deepEqual(
    gateway.slice(2).map(({ columns }) => columns),
    [
      { name: `lrp-${PORT}_host-1`, chassis_name: 'host-1', priority: 2 },
      { name: `lrp-${PORT}_host-2`, chassis_name: 'host-2', priority: 1 },
    ],
  );
});

test('a router: routes and source translation of its IPv4 subnets', () => {
  const rows = desiredRouter(router);
  assert.deepEqual(
    rows
      .slice(1)
      .map(({ table, columns }) => [
        table,
        columns['ip_prefix'] ?? columns['type'],
        columns['nexthop'] ?? columns['external_ip'],
      ]),
    [
      ['Logical_Router_Static_Route', '0.0.0.0/0', '172.24.4.1'],
      ['Logical_Router_Static_Route', '10.9.0.0/16', '10.0.0.9'],
      ['NAT', 'snat', '172.24.4.7'],
    ],
  );
  const plain = desiredRouter({ ...router, enable_snat: false, routes: [] });
  assert.deepEqual(
    plain.map(({ table }) => table),
    ['Logical_Router', 'Logical_Router_Static_Route'],
  );
  assert.deepEqual(desiredRouter({ ...router, gateways: [], routes: [] }).length, 1);
  // An extra route that is the default route already, and two next hops for one range.
  const routes = [
    { destination: '0.0.0.0/0', nexthop: '172.24.4.1' },
    { destination: '10.9.0.0/16', nexthop: '10.0.0.9' },
    { destination: '10.9.0.0/16', nexthop: '10.0.0.10' },
  ];
  assert.equal(desiredRouter({ ...router, enable_snat: false, routes }).length, 4);
});

test('several gateways: default routes by the first or by all, asked whether they are there', () => {
  const second = {
    port_id: FLOATING,
    network_id: NETWORK,
    addresses: [{ ip_address: '172.30.0.7', subnet_id: SUBNET, gateway_ip: '172.30.0.1' }],
  };
  const two = { ...router, routes: [], gateways: [...router.gateways, second] };
  const tables = (rows: readonly { table: string }[]) => rows.map(({ table }) => table);
  assert.deepEqual(tables(desiredRouter(two)), [
    'Logical_Router',
    'Logical_Router_Static_Route',
    'NAT',
    'NAT',
  ]);
  const rows = desiredRouter({
    ...two,
    enable_default_route_ecmp: true,
    enable_default_route_bfd: true,
  });
  assert.deepEqual(
    rows.filter(({ table }) => table === 'BFD').map(({ columns }) => columns['dst_ip']),
    ['172.24.4.1', '172.30.0.1'],
  );
  const routes = rows.filter(({ table }) => table === 'Logical_Router_Static_Route');
  assert.deepEqual(routes[1]!.columns['output_port'], [`lrp-${FLOATING}`]);
  assert.deepEqual(routes[1]!.columns['bfd'], [
    { ref: { table: 'BFD', key: `lrp-${FLOATING} 172.30.0.1` } },
  ]);
});
