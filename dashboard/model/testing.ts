import type {
  Collections,
  FloatingIp,
  Network,
  Port,
  Router,
  SecurityGroupRule,
  Server,
  Subnet,
} from '../api/documents.ts';
import { EMPTY } from './cloud.ts';

/** Documents for tests, as the services send them, with only what a test is about to be said. */
export const network = (id: string, more: Partial<Network> = {}): Network => ({
  id,
  name: id,
  project_id: 'p1',
  status: 'ACTIVE',
  shared: false,
  admin_state_up: true,
  'router:external': false,
  subnets: [`${id}-subnet`],
  ...more,
});

export const subnet = (networkId: string, cidr: string): Subnet => ({
  id: `${networkId}-subnet`,
  name: `${networkId}-subnet`,
  network_id: networkId,
  cidr,
  ip_version: 4,
  gateway_ip: null,
  enable_dhcp: true,
});

export const port = (networkId: string, address: string, more: Partial<Port> = {}): Port => ({
  id: `${networkId}-${address}`,
  name: '',
  network_id: networkId,
  project_id: 'p1',
  device_id: '',
  device_owner: '',
  mac_address: 'fa:16:3e:00:00:01',
  status: 'ACTIVE',
  admin_state_up: true,
  fixed_ips: [{ subnet_id: `${networkId}-subnet`, ip_address: address }],
  security_groups: [],
  ...more,
});

export const legOf = (routerId: string, networkId: string, address: string): Port =>
  port(networkId, address, { device_id: routerId, device_owner: 'network:router_interface' });

export const portOf = (serverId: string, networkId: string, address: string): Port =>
  port(networkId, address, { device_id: serverId, device_owner: 'compute:nova' });

export const router = (id: string, outside?: string): Router => ({
  id,
  name: id,
  project_id: 'p1',
  status: 'ACTIVE',
  admin_state_up: true,
  external_gateway_info:
    outside === undefined
      ? null
      : {
          network_id: outside,
          enable_snat: true,
          external_fixed_ips: [{ subnet_id: `${outside}-subnet`, ip_address: '172.24.4.2' }],
        },
});

export const server = (id: string, more: Partial<Server> = {}): Server => ({
  id,
  name: id,
  status: 'ACTIVE',
  tenant_id: 'p1',
  user_id: 'u1',
  created: '2026-01-01T00:00:00Z',
  updated: '2026-01-01T00:00:00Z',
  addresses: {},
  flavor: { original_name: 'm1.tiny', vcpus: 1, ram: 128, disk: 1 },
  image: { id: 'i1' },
  ...more,
});

export const floatingIp = (address: string, outside: string, to?: Port): FloatingIp => ({
  id: `fip-${address}`,
  project_id: 'p1',
  status: to ? 'ACTIVE' : 'DOWN',
  floating_ip_address: address,
  floating_network_id: outside,
  fixed_ip_address: to?.fixed_ips[0]?.ip_address ?? null,
  port_id: to?.id ?? null,
  router_id: to ? 'edge' : null,
});

export const rule = (more: Partial<SecurityGroupRule>): SecurityGroupRule => ({
  id: `rule-${JSON.stringify(more)}`,
  direction: 'ingress',
  ethertype: 'IPv4',
  protocol: null,
  port_range_min: null,
  port_range_max: null,
  remote_ip_prefix: null,
  remote_group_id: null,
  ...more,
});

export const collections = (more: Partial<Collections>): Collections => ({ ...EMPTY, ...more });
