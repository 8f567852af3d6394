import type { Examples, Ids } from './examples.ts';

const RULE = { direction: 'ingress', protocol: 'tcp', port_range_min: 80, port_range_max: 90 };

const tags = (plural: string): Examples => ({
  [`network.update_${plural}_tags`]: [{ tags: ['a', 'b'] }],
  [`network.create_${plural}_tags`]: [{ tags: ['c'] }],
});

/** Good bodies of Neutron's operations. */
export const network = (ids: Ids, name: string): Examples => ({
  'network.create_network': [
    { network: { name, admin_state_up: true, description: 'd', mtu: 1400, shared: false } },
    { networks: [{ name }, { name }] },
    { network: { name, port_security_enabled: false, 'router:external': false } },
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
  'network.create_security_group': [{ security_group: { name, description: 'd', stateful: true } }],
  'network.update_security_group': [{ security_group: { name, description: 'e' } }],
  'network.create_security_group_rule': [
    {
      security_group_rule: {
        security_group_id: ids['security_group_id'],
        ethertype: 'IPv4',
        remote_ip_prefix: '10.0.0.0/8',
        description: 'd',
        ...RULE,
      },
    },
    {
      security_group_rule: {
        security_group_id: ids['security_group_id'],
        direction: 'egress',
        protocol: 'icmp',
        remote_group_id: ids['security_group_id'],
      },
    },
    {
      security_group_rule: {
        security_group_id: ids['security_group_id'],
        direction: 'ingress',
        ethertype: 'IPv6',
        remote_address_group_id: ids['address_group_id'],
      },
    },
    {
      security_group_rules: [1, 2].map((port) => ({
        security_group_id: ids['security_group_id'],
        direction: 'egress',
        protocol: 17,
        port_range_min: port,
        port_range_max: port,
      })),
    },
  ],
  'network.create_default_security_group_rule': [
    {
      default_security_group_rule: {
        ...RULE,
        remote_group_id: 'PARENT',
        used_in_default_sg: true,
        used_in_non_default_sg: false,
      },
    },
  ],
  'network.create_address_group': [
    { address_group: { name, description: 'd', addresses: ['10.0.0.0/8', 'fd00::1/128'] } },
  ],
  'network.update_address_group': [{ address_group: { name, description: 'e' } }],
  'network.add_addresses': [{ addresses: ['10.67.0.0/24'] }],
  'network.remove_addresses': [{ addresses: ['10.66.0.0/24'] }],
  'network.create_log': [
    {
      log: {
        name,
        resource_type: 'security_group',
        resource_id: ids['security_group_id'],
        target_id: ids['port_id'],
        event: 'DROP',
        enabled: true,
      },
    },
    { log: { resource_type: 'security_group' } },
  ],
  'network.update_log': [{ log: { name, enabled: false } }],
  'network.create_tap_mirror': [
    {
      tap_mirror: {
        name,
        port_id: ids['port_id'],
        directions: { IN: 77, OUT: 78 },
        remote_ip: '192.0.2.2',
        mirror_type: 'erspanv1',
      },
    },
  ],
  'network.update_tap_mirror': [{ tap_mirror: { name, description: 'e' } }],
  'network.create_tap_service': [
    { tap_service: { name, description: 'd', port_id: ids['port_id'] } },
  ],
  'network.update_tap_service': [{ tap_service: { name, description: 'e' } }],
  'network.create_tap_flow': [
    {
      tap_flow: {
        name,
        tap_service_id: ids['tap_service_id'],
        source_port: ids['spare_port_id'],
        direction: 'BOTH',
        vlan_filter: '9,18,27-36',
      },
    },
  ],
  'network.update_tap_flow': [{ tap_flow: { name, description: 'e' } }],
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
  'network.create_policy': [
    { policy: { name, description: 'd', is_default: true, shared: false } },
    { policies: [{ name }, { name: '' }] },
  ],
  'network.update_policy': [{ policy: { name, is_default: false, shared: true } }],
  'network.create_policy_bandwidth_limit_rule': [
    { bandwidth_limit_rule: { max_kbps: 2000, max_burst_kbps: 200, direction: 'ingress' } },
  ],
  'network.update_policy_bandwidth_limit_rule': [{ bandwidth_limit_rule: { max_kbps: 3000 } }],
  'network.update_alias_bandwidth_limit_rule': [
    { alias_bandwidth_limit_rule: { max_burst_kbps: 1 } },
  ],
  'network.create_policy_dscp_marking_rule': [{ dscp_marking_rule: { dscp_mark: 46 } }],
  'network.update_policy_dscp_marking_rule': [{ dscp_marking_rule: { dscp_mark: 8 } }],
  'network.update_alias_dscp_marking_rule': [{ alias_dscp_marking_rule: { dscp_mark: 0 } }],
  'network.create_policy_minimum_bandwidth_rule': [
    { minimum_bandwidth_rules: [{ min_kbps: 5 }, { min_kbps: 6, direction: 'ingress' }] },
  ],
  'network.update_policy_minimum_bandwidth_rule': [{ minimum_bandwidth_rule: { min_kbps: 7 } }],
  'network.update_alias_minimum_bandwidth_rule': [
    { alias_minimum_bandwidth_rule: { min_kbps: 7 } },
  ],
  'network.create_policy_packet_rate_limit_rule': [{ packet_rate_limit_rule: { max_kpps: 9 } }],
  'network.update_policy_packet_rate_limit_rule': [{ packet_rate_limit_rule: { max_kpps: 8 } }],
  'network.create_policy_minimum_packet_rate_rule': [
    { minimum_packet_rate_rule: { min_kpps: 1, direction: 'any' } },
  ],
  'network.update_policy_minimum_packet_rate_rule': [{ minimum_packet_rate_rule: { min_kpps: 2 } }],
  'network.update_alias_minimum_packet_rate_rule': [
    { alias_minimum_packet_rate_rule: { min_kpps: 2 } },
  ],
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
