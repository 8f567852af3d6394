import type { Examples, Ids } from './examples.ts';

const RULE = { direction: 'ingress', protocol: 'tcp', port_range_min: 80, port_range_max: 90 };

/** Good bodies about what is let through, told of and mirrored. */
export const security = (ids: Ids, name: string): Examples => ({
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
  'network.create_security_groups_default_statefulness': [
    { security_groups_default_statefulness: { project_id: ids['project_id'], stateful: false } },
  ],
  'network.update_security_groups_default_statefulness': [
    { security_groups_default_statefulness: { stateful: true } },
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
});
