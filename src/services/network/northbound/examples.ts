import { desiredPort, type PortState } from '../ports/desired.ts';
import type { SubnetState } from '../subnets/desired.ts';

/* One object of each kind, for tests of the mapping. */

export const NETWORK = '11111111-1111-4111-8111-111111111111';
export const SUBNET = '22222222-2222-4222-8222-222222222222';
export const PORT = '33333333-3333-4333-8333-333333333333';
export const ROUTER = '44444444-4444-4444-8444-444444444444';
export const GROUP = '55555555-5555-4555-8555-555555555555';
export const FLOATING = '66666666-6666-4666-8666-666666666666';

export const network = {
  id: NETWORK,
  name: 'net',
  mtu: 1442,
  revision_number: 3,
  availability_zone_hints: [],
  vlan_transparent: null,
  segments: [{ network_type: 'geneve', physical_network: null }],
} as const;

export const subnet: SubnetState = {
  id: SUBNET,
  revision_number: 1,
  ip_version: 4,
  cidr: '10.0.0.0/24',
  gateway_ip: '10.0.0.1',
  enable_dhcp: true,
  dns_nameservers: ['9.9.9.9', '1.1.1.1'],
  host_routes: [{ destination: '10.9.0.0/16', nexthop: '10.0.0.9' }],
  ipv6_address_mode: null,
  mtu: 1442,
  metadata_ip: '10.0.0.2',
};

export const port: PortState = {
  id: PORT,
  name: 'web',
  project_id: 'p',
  network_id: NETWORK,
  revision_number: 2,
  mac_address: 'fa:16:3e:00:00:01',
  admin_state_up: true,
  device_id: 'server',
  device_owner: 'compute:nova',
  port_security_enabled: true,
  binding_host_id: 'host-1',
  binding_vnic_type: 'normal',
  binding_profile: {},
  allowed_address_pairs: [],
  extra_dhcp_opts: [],
  router_id: null,
  addresses: [
    {
      subnet_id: SUBNET,
      ip_address: '10.0.0.5',
      ip_version: 4,
      prefix_length: 24,
      enable_dhcp: true,
      gateway_ip: '10.0.0.1',
      metadata_ip: null,
      ipv6_ra_mode: null,
      ipv6_address_mode: null,
    },
  ],
  security_groups: [GROUP],
  floating_ip: '172.24.4.9',
  mtu: 1442,
  subnets: [],
};

export const router = {
  id: ROUTER,
  name: 'r',
  admin_state_up: true,
  enable_snat: true,
  revision_number: 5,
  routes: [{ destination: '10.9.0.0/16', nexthop: '10.0.0.9' }],
  availability_zone_hints: [],
  enable_default_route_ecmp: false,
  enable_default_route_bfd: false,
  gateways: [
    {
      port_id: PORT,
      network_id: NETWORK,
      addresses: [{ ip_address: '172.24.4.7', subnet_id: SUBNET, gateway_ip: '172.24.4.1' }],
    },
  ],
  internal_cidrs: ['10.0.0.0/24', 'fd00::/64'],
};

export const floating = {
  id: FLOATING,
  revision_number: 1,
  floating_network_id: NETWORK,
  floating_ip_address: '172.24.4.9',
  fixed_port_id: PORT,
  fixed_ip_address: '10.0.0.5',
  router_id: ROUTER,
  fixed_port_status: 'ACTIVE',
  distributed: false,
  port_forwardings: [],
  internal_networks: [],
  mac_address: 'fa:16:3e:00:00:09',
};

/** Rows of a port where no domain is configured. */
export const rowsOfPort = (state: PortState) => desiredPort(state, 'openstacklocal');
