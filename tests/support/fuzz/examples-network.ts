import { qos } from './examples-qos.ts';
import { routers } from './examples-routers.ts';
import { security } from './examples-security.ts';
import type { Examples, Ids } from './examples.ts';

const tags = (plural: string): Examples => ({
  [`network.update_${plural}_tags`]: [{ tags: ['a', 'b'] }],
  [`network.create_${plural}_tags`]: [{ tags: ['c'] }],
});

/** Good bodies of Neutron's operations. */
export const network = (ids: Ids, name: string): Examples => ({
  'network.create_network': [
    { network: { name, admin_state_up: true, description: 'd', mtu: 1400, shared: false } },
    { networks: [{ name }, { name }] },
    {
      network: {
        name,
        port_security_enabled: false,
        'router:external': false,
        vlan_transparent: true,
      },
    },
  ],
  'network.update_network': [
    { network: { name, description: 'e', mtu: 1300, admin_state_up: true } },
  ],
  'network.create_subnet': [
    {
      subnet: {
        name,
        network_id: ids['network_id'],
        ip_version: 4,
        cidr: ids['cidr'],
        enable_dhcp: true,
        dns_nameservers: ['9.9.9.9'],
        host_routes: [{ destination: '10.99.0.0/16', nexthop: ids['address'] }],
      },
    },
    {
      subnet: {
        network_id: ids['network_id'],
        ip_version: 6,
        cidr: ids['cidr6'],
        ipv6_ra_mode: 'slaac',
        ipv6_address_mode: 'slaac',
      },
    },
    {
      subnet: {
        network_id: ids['network_id'],
        ip_version: 4,
        cidr: '10.77.0.0/24',
        gateway_ip: null,
        allocation_pools: [{ start: '10.77.0.10', end: '10.77.0.20' }],
      },
    },
  ],
  'network.update_subnet': [
    {
      subnet: {
        name,
        dns_nameservers: ['1.1.1.1'],
        enable_dhcp: false,
        host_routes: [],
        allocation_pools: [],
      },
    },
  ],
  'network.create_port': [
    {
      port: {
        name,
        network_id: ids['network_id'],
        admin_state_up: true,
        fixed_ips: [{ subnet_id: ids['subnet_id'] }],
        security_groups: [ids['security_group_id']],
        allowed_address_pairs: [{ ip_address: '10.1.1.1' }],
        device_id: 'x',
        tags: ['a', 'b'],
        extra_dhcp_opts: [
          { opt_name: 'mtu', opt_value: '1400' },
          { opt_name: 'bootfile-name', opt_value: 'a', ip_version: 6 },
        ],
        dns_name: 'web',
        dns_domain: 'own.example.',
        numa_affinity_policy: 'preferred',
        device_profile: 'gpu',
        'binding:vnic_type': 'direct',
        'binding:profile': {},
        'binding:host_id': 'h',
        mac_address: 'fa:16:3e:00:00:01',
      },
    },
    { ports: [{ network_id: ids['network_id'] }, { network_id: ids['network_id'], name }] },
    { port: { network_id: ids['network_id'] } },
  ],
  'network.update_port': [
    {
      port: {
        name,
        fixed_ips: [{ subnet_id: ids['subnet_id'], ip_address: ids['address'] }],
        security_groups: [],
        allowed_address_pairs: [],
        port_security_enabled: false,
      },
    },
    {
      port: {
        device_id: 'd',
        device_owner: 'o:x',
        extra_dhcp_opts: [{ opt_name: 'mtu', opt_value: null }],
      },
    },
  ],
  ...routers(ids, name),
  ...security(ids, name),
  'network.create_segment': [
    { segment: { network_id: ids['network_id'], network_type: 'local', name } },
    {
      segment: {
        network_id: ids['network_id'],
        network_type: 'vlan',
        physical_network: 'public',
        segmentation_id: 7,
        description: 'd',
      },
    },
  ],
  'network.update_segment': [{ segment: { name, description: 'e' } }],
  'network.create_network_segment_range': [
    {
      network_segment_range: {
        name,
        shared: false,
        project_id: ids['project_id'],
        network_type: 'vlan',
        physical_network: 'public',
        minimum: 100,
        maximum: 110,
      },
    },
    { network_segment_range: { network_type: 'geneve', minimum: 9, maximum: 12 } },
  ],
  'network.update_network_segment_range': [
    { network_segment_range: { name, minimum: 90, maximum: 120 } },
  ],
  'network.create_address_scope': [{ address_scope: { name, ip_version: 4, shared: false } }],
  'network.update_address_scope': [{ address_scope: { name, description: 'e' } }],
  'network.create_subnetpool': [
    {
      subnetpool: {
        name,
        prefixes: ['10.50.0.0/16'],
        default_prefixlen: 24,
        min_prefixlen: 20,
        max_prefixlen: 28,
        default_quota: 4096,
      },
    },
  ],
  'network.update_subnetpool': [{ subnetpool: { name, prefixes: ['10.50.0.0/15'] } }],
  'network.add_prefixes': [{ prefixes: ['10.52.0.0/16', '10.53.0.0/16'] }],
  'network.remove_prefixes': [{ prefixes: ['10.53.0.0/17'] }],
  'network.onboard_network_subnets': [{ network_id: ids['network_id'] }],
  'network.create_trunk': [
    {
      trunk: {
        name,
        port_id: ids['port_id'],
        admin_state_up: true,
        sub_ports: [
          { port_id: ids['spare_port_id'], segmentation_type: 'vlan', segmentation_id: 9 },
        ],
      },
    },
  ],
  'network.update_trunk': [{ trunk: { name, description: 'e', admin_state_up: true } }],
  'network.add_subports': [
    {
      sub_ports: [
        { port_id: ids['spare_port_id'], segmentation_type: 'vlan', segmentation_id: 11 },
      ],
    },
    { sub_ports: [{ port_id: ids['spare_port_id'], segmentation_type: 'inherit' }] },
  ],
  'network.remove_subports': [{ sub_ports: [{ port_id: ids['spare_port_id'] }] }],
  'network.create_port_binding': [
    { binding: { host: 'h2', vnic_type: 'normal', profile: { migrating_to: 'h3' } } },
  ],
  'network.update_port_binding': [{ binding: { profile: {}, vnic_type: 'normal' } }],
  ...qos(name),
  'network.create_rbac_policy': [
    {
      rbac_policy: {
        object_type: 'security_group',
        object_id: ids['security_group_id'],
        target_tenant: ids['new_uuid'],
        action: 'access_as_shared',
      },
    },
    {
      rbac_policy: {
        object_type: 'network',
        object_id: ids['network_id'],
        target_tenant: '*',
        action: 'access_as_external',
      },
    },
  ],
  'network.update_rbac_policy': [{ rbac_policy: { target_tenant: ids['new_uuid'] } }],
  'network.update_quota': [{ quota: { network: 10, port: -1, subnet: 5, check_limit: true } }],
  ...[
    'networks',
    'subnets',
    'ports',
    'routers',
    'floatingips',
    'security_groups',
    'security_group_rules',
    'segments',
    'trunks',
    'policies',
  ]
    .map(tags)
    .reduce((all, one) => ({ ...all, ...one }), {}),
});
