import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desiredFloatingIp } from '../floatingips/desired.ts';
import { desiredNetwork } from '../networks/desired.ts';
import { desiredRouterPort } from '../routers/desired-port.ts';
import { desiredRouter } from '../routers/desired.ts';
import { answersDhcp, desiredSubnet } from '../subnets/desired.ts';
import { desiredSegment } from '../segments/desired.ts';
import {
  NETWORK,
  SUBNET,
  PORT,
  ROUTER,
  GROUP,
  FLOATING,
  network,
  subnet,
  port,
  router,
  floating,
  rowsOfPort,
} from './examples.ts';

test('a tenant network is a switch; a provider network has a way out', () => {
  const [row, ...more] = desiredNetwork(network);
  assert.equal(more.length, 0);
  assert.equal(row!.columns['name'], `neutron-${NETWORK}`);
  assert.deepEqual(row!.columns['external_ids'], {
    'neutron:network_name': 'net',
    'neutron:mtu': '1442',
    'neutron:revision_number': '3',
    'neutron:availability_zone_hints': '',
    'neutron:provnet-network-type': 'geneve',
  });
  const vlan = { network_type: 'vlan', physical_network: 'public' };
  const ids = (segments: (typeof vlan)[]) =>
    Object.entries(
      desiredNetwork({ ...network, segments })[0]!.columns['external_ids'] as Record<
        string,
        string
      >,
    )
      .filter(([name]) => name.startsWith('neutron:provnet'))
      .map(([, value]) => value);
  assert.deepEqual(ids([vlan]), ['vlan', 'public']);
  assert.deepEqual(ids([vlan, vlan]), [], 'ML2/OVN names no type then');
  const place = { id: NETWORK, network_id: NETWORK, physical_network: null, segmentation_id: 12 };
  assert.deepEqual(desiredSegment(place), []);
  const [localnet] = desiredSegment({ ...place, physical_network: 'public' });
  assert.deepEqual(localnet, {
    table: 'Logical_Switch_Port',
    key: `provnet-${NETWORK}`,
    columns: {
      name: `provnet-${NETWORK}`,
      type: 'localnet',
      addresses: ['unknown'],
      tag: [12],
      external_ids: { 'neutron:provnet-physical-network': 'public' },
      options: {
        network_name: 'public',
        mcast_flood: 'false',
        mcast_flood_reports: 'true',
        localnet_learn_fdb: 'false',
      },
    },
    parents: [{ table: 'Logical_Switch', key: `neutron-${NETWORK}`, column: 'ports' }],
  });
});

test('a subnet with DHCP is a row of options, one without is none', () => {
  const [row] = desiredSubnet(subnet);
  const { server_mac: mac, ...options } = row!.columns['options'] as Record<string, string>;
  assert.match(mac!, /^fa:16:3e:/);
  assert.deepEqual(options, {
    server_id: '10.0.0.1',
    router: '10.0.0.1',
    lease_time: '43200',
    mtu: '1442',
    dns_server: '{9.9.9.9, 1.1.1.1}',
    classless_static_route:
      '{169.254.169.254/32,10.0.0.2, 10.9.0.0/16,10.0.0.9, 0.0.0.0/0,10.0.0.1}',
  });
  assert.deepEqual(desiredSubnet({ ...subnet, enable_dhcp: false }), []);
  // Without a gateway the metadata port answers, and nothing leads elsewhere.
  const [isolated] = desiredSubnet({ ...subnet, gateway_ip: null, host_routes: [] });
  const lone = isolated!.columns['options'] as Record<string, string>;
  assert.equal(lone['server_id'], '10.0.0.2');
  assert.equal(lone['router'], undefined);
  assert.equal(lone['classless_static_route'], '{169.254.169.254/32,10.0.0.2}');
  assert.deepEqual(desiredSubnet({ ...subnet, gateway_ip: null, metadata_ip: null }), []);
  assert.equal(answersDhcp({ ...subnet, gateway_ip: null, metadata_ip: null }), false);
  const [v6] = desiredSubnet({
    ...subnet,
    ip_version: 6,
    cidr: 'fd00::/64',
    dns_nameservers: ['fd00::53'],
    ipv6_address_mode: 'dhcpv6-stateless',
  });
  assert.deepEqual(Object.keys(v6!.columns['options'] as object).toSorted(), [
    'dhcpv6_stateless',
    'dns_server',
    'server_id',
  ]);
});

test("a server's port: addresses, filter, groups, DHCP, and who it is", () => {
  assert.deepEqual(rowsOfPort(port), [
    {
      table: 'Logical_Switch_Port',
      key: PORT,
      columns: {
        name: PORT,
        type: '',
        enabled: [true],
        addresses: ['fa:16:3e:00:00:01 10.0.0.5'],
        port_security: ['fa:16:3e:00:00:01 10.0.0.5'],
        options: { 'requested-chassis': 'host-1', mcast_flood_reports: 'true' },
        parent_name: [],
        tag: [],
        dhcpv4_options: [{ ref: { table: 'DHCP_Options', key: SUBNET } }],
        dhcpv6_options: [],
        external_ids: {
          'neutron:port_name': 'web',
          'neutron:device_id': 'server',
          'neutron:project_id': 'p',
          'neutron:cidrs': '10.0.0.5/24',
          'neutron:device_owner': 'compute:nova',
          'neutron:network_name': `neutron-${NETWORK}`,
          'neutron:security_group_ids': GROUP,
          'neutron:revision_number': '2',
          'neutron:port_capabilities': '',
          'neutron:vnic_type': 'normal',
          'neutron:port_fip': '172.24.4.9',
          'neutron:host_id': 'host-1',
        },
      },
      parents: [
        { table: 'Logical_Switch', key: `neutron-${NETWORK}`, column: 'ports' },
        { table: 'Port_Group', key: 'neutron_pg_drop', column: 'ports' },
        { table: 'Port_Group', key: `pg_${GROUP.replaceAll('-', '_')}`, column: 'ports' },
      ],
    },
  ]);
});

test('ports that differ: no filter, allowed pairs, own DHCP options, metadata, floating IP', () => {
  const [open] = rowsOfPort({ ...port, port_security_enabled: false, security_groups: [] });
  assert.deepEqual(open!.columns['addresses'], ['fa:16:3e:00:00:01 10.0.0.5', 'unknown']);
  assert.deepEqual(open!.columns['port_security'], []);
  assert.equal(open!.parents!.length, 1);

  const [paired] = rowsOfPort({
    ...port,
    allowed_address_pairs: [
      { ip_address: '10.0.0.100' },
      { ip_address: '10.0.7.0/24', mac_address: 'fa:16:3e:00:00:02' },
    ],
  });
  assert.deepEqual(paired!.columns['port_security'], [
    'fa:16:3e:00:00:01 10.0.0.5 10.0.0.100',
    'fa:16:3e:00:00:02 10.0.7.0/24',
  ]);

  const [own, options] = rowsOfPort({
    ...port,
    extra_dhcp_opts: [{ opt_name: 'bootfile-name', opt_value: 'pxe.0', ip_version: 4 }],
    subnets: [subnet],
  });
  assert.deepEqual(own!.columns['dhcpv4_options'], [
    { ref: { table: 'DHCP_Options', key: `${SUBNET} ${PORT}` } },
  ]);
  assert.equal((options!.columns['options'] as Record<string, string>)['bootfile_name'], '"pxe.0"');
  assert.equal((options!.columns['options'] as Record<string, string>)['router'], '10.0.0.1');

  const [metadata] = rowsOfPort({
    ...port,
    device_owner: 'network:distributed',
    port_security_enabled: false,
    security_groups: [],
    binding_host_id: '',
  });
  assert.equal(metadata!.columns['type'], 'localport');
  assert.deepEqual(metadata!.columns['addresses'], ['fa:16:3e:00:00:01 10.0.0.5']);
  assert.deepEqual(metadata!.columns['dhcpv4_options'], []);
  assert.deepEqual(rowsOfPort({ ...port, device_owner: 'network:floatingip' }), []);
});

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

test('a floating IP is a translation while it leads somewhere', () => {
  const [row] = desiredFloatingIp(floating);
  assert.deepEqual(row!.columns['external_mac'], []);
  const [near] = desiredFloatingIp({ ...floating, distributed: true });
  assert.deepEqual(near!.columns['external_mac'], ['fa:16:3e:00:00:09']);
  const [waiting] = desiredFloatingIp({
    ...floating,
    distributed: true,
    fixed_port_status: 'DOWN',
  });
  assert.deepEqual(
    waiting!.columns['external_mac'],
    [],
    'nobody answers before the server is there',
  );
  assert.deepEqual(row!.columns['external_ids'], {
    'neutron:fip_id': FLOATING,
    'neutron:revision_number': '1',
    'neutron:fip_port_id': PORT,
    'neutron:fip_external_mac': 'fa:16:3e:00:00:09',
    'neutron:fip_network_id': NETWORK,
    'neutron:router_name': `neutron-${ROUTER}`,
  });
  assert.deepEqual(desiredFloatingIp({ ...floating, fixed_port_id: null }), []);
});

test('port forwardings are load balancers on the router and where its servers are', () => {
  const forwarding = {
    protocol: 'tcp',
    external_first: 8080,
    external_last: 8080,
    internal_ip_address: '10.0.0.5',
    internal_first: 80,
    internal_last: 80,
  } as const;
  const rows = desiredFloatingIp({
    ...floating,
    fixed_port_id: null,
    fixed_ip_address: null,
    internal_networks: [NETWORK],
    port_forwardings: [
      forwarding,
      { ...forwarding, external_first: 9000, external_last: 9001, internal_last: 81 },
      { ...forwarding, protocol: 'udp', external_first: 1, external_last: 2 },
    ],
  });
  assert.deepEqual(
    rows.map(({ key, columns }) => [key, columns['protocol'], columns['vips']]),
    [
      [
        `pf-floatingip-${FLOATING}-tcp`,
        ['tcp'],
        {
          '172.24.4.9:8080': '10.0.0.5:80',
          '172.24.4.9:9000': '10.0.0.5:80',
          '172.24.4.9:9001': '10.0.0.5:81',
        },
      ],
      [
        `pf-floatingip-${FLOATING}-udp`,
        ['udp'],
        { '172.24.4.9:1': '10.0.0.5:80', '172.24.4.9:2': '10.0.0.5:80' },
      ],
    ],
  );
  assert.deepEqual(
    rows[0]!.parents!.map(({ table, key }) => [table, key]),
    [
      ['Logical_Router', `neutron-${ROUTER}`],
      ['Logical_Switch', `neutron-${NETWORK}`],
    ],
  );
});
