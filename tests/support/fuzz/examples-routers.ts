import type { Examples, Ids } from './examples.ts';

/** Good bodies about the ways out: routers, floating IPs, forwarded ports. */
export const routers = (ids: Ids, name: string): Examples => ({
  'network.create_router': [
    {
      router: {
        name,
        admin_state_up: true,
        external_gateway_info: {
          network_id: ids['external_network_id'],
          enable_snat: true,
          external_fixed_ips: [{ subnet_id: ids['external_subnet_id'] }],
        },
      },
    },
    { router: { name } },
  ],
  'network.update_router': [
    {
      router: {
        name,
        external_gateway_info: { network_id: ids['external_network_id'] },
        routes: [{ destination: '10.98.0.0/16', nexthop: ids['address'] }],
      },
    },
    { router: { external_gateway_info: null } },
    { router: { enable_default_route_ecmp: true, enable_default_route_bfd: true } },
  ],
  'network.add_router_interface': [{ subnet_id: ids['subnet_id'] }, { port_id: ids['port_id'] }],
  'network.remove_router_interface': [{ subnet_id: ids['subnet_id'] }, { port_id: ids['port_id'] }],
  'network.add_extraroutes': [
    { router: { routes: [{ destination: '10.97.0.0/16', nexthop: ids['address'] }] } },
  ],
  'network.remove_extraroutes': [
    { router: { routes: [{ destination: '10.97.0.0/16', nexthop: ids['address'] }] } },
  ],
  'network.add_external_gateways': [
    { router: { external_gateways: [{ network_id: ids['external_network_id'] }] } },
  ],
  'network.update_external_gateways': [
    {
      router: {
        external_gateways: [
          {
            network_id: ids['external_network_id'],
            enable_snat: true,
            external_fixed_ips: [{ subnet_id: ids['external_subnet_id'] }],
          },
        ],
      },
    },
    { router: { external_gateways: [] } },
  ],
  'network.remove_external_gateways': [
    { router: { external_gateways: [{ network_id: ids['external_network_id'] }] } },
  ],
  'network.create_floatingip_port_forwarding': [
    {
      port_forwarding: {
        protocol: 'tcp',
        external_port: 8080,
        internal_port: 80,
        internal_port_id: ids['port_id'],
        internal_ip_address: ids['address'],
        description: 'd',
      },
    },
    {
      port_forwarding: {
        protocol: 'udp',
        external_port_range: '9000:9010',
        internal_port_range: '8000:8010',
        internal_port_id: ids['port_id'],
      },
    },
  ],
  'network.update_floatingip_port_forwarding': [
    { port_forwarding: { external_port: 8081, description: 'e' } },
    {
      port_forwarding: { protocol: 'udp', internal_port_range: '1:2', external_port_range: '3:4' },
    },
  ],
  'network.create_floatingip': [
    {
      floatingip: {
        floating_network_id: ids['external_network_id'],
        subnet_id: ids['external_subnet_id'],
        port_id: ids['port_id'],
        description: 'd',
      },
    },
    { floatingip: { floating_network_id: ids['external_network_id'] } },
  ],
  'network.update_floatingip': [
    { floatingip: { port_id: ids['port_id'], fixed_ip_address: ids['address'] } },
    { floatingip: { port_id: null } },
  ],
});
