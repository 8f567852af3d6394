import type { Examples, Ids } from './examples.ts';

const COMPUTE_RULE = { ip_protocol: 'tcp', from_port: 1, to_port: 2, cidr: '0.0.0.0/0' };

/** The actions of servers, and those that we refuse: all of them must answer in words. */
const ACTIONS = (ids: Ids): readonly object[] => [
  { reboot: { type: 'SOFT' } },
  { 'os-stop': null },
  { 'os-start': null },
  { pause: null },
  { unpause: null },
  { suspend: null },
  { resume: null },
  { 'os-getConsoleOutput': { length: 10 } },
  { lock: null },
  { unlock: null },
  { addSecurityGroup: { name: 'default' } },
  { removeSecurityGroup: { name: 'default' } },
  { rebuild: { imageRef: ids['image_id'], name: 'r' } },
  { resize: { flavorRef: ids['flavor_id'] } },
  { confirmResize: null },
  { revertResize: null },
  { createImage: { name: 'i', metadata: {} } },
  { 'os-resetState': { state: 'error' } },
  { changePassword: { adminPass: 'x' } },
  { 'os-migrateLive': { host: null, block_migration: 'auto' } },
  { migrate: null },
  { createBackup: { name: 'b', backup_type: 'daily', rotation: 1, metadata: {} } },
  { shelve: null },
  { shelveOffload: null },
  { unshelve: null },
  { rescue: null },
  { unrescue: null },
  { evacuate: { host: 'h' } },
  { restore: null },
  { 'os-getVNCConsole': { type: 'novnc' } },
  { 'os-getSerialConsole': { type: 'serial' } },
  { addFloatingIp: { address: '172.24.4.9' } },
  { addFloatingIp: { address: '172.24.4.9', fixed_address: ids['address'] } },
  { removeFloatingIp: { address: '172.24.4.9' } },
  { addFixedIp: { networkId: ids['network_id'] } },
  { removeFixedIp: { address: ids['address'] } },
  { resetNetwork: null },
  { forceDelete: null },
];

/** Good bodies of Nova's operations. */
export const compute = (ids: Ids, name: string): Examples => {
  const server = {
    name,
    imageRef: ids['image_id'],
    flavorRef: ids['flavor_id'],
    networks: [{ uuid: ids['network_id'] }],
  };
  return {
    'compute.create_remote_console': [
      { remote_console: { protocol: 'serial', type: 'serial' } },
      { remote_console: { protocol: 'vnc', type: 'novnc' } },
    ],
    'compute.create_server': [
      {
        server: {
          ...server,
          metadata: { a: 'b' },
          key_name: ids['keypair_name'],
          user_data: 'aGk=',
          security_groups: [{ name: 'default' }],
          min_count: 1,
          max_count: 1,
          availability_zone: 'nova',
          config_drive: true,
          description: 'd',
          tags: ['t'],
        },
      },
      { server: { ...server, networks: 'none', hostname: 'h-1' } },
      { server: { ...server, networks: [{ port: ids['port_id'] }] } },
      { server: { ...server, networks: [{ uuid: ids['network_id'], fixed_ip: ids['address'] }] } },
      { server, 'os:scheduler_hints': { group: ids['server_group_id'] } },
      { server, 'os:scheduler_hints': { different_host: [ids['new_uuid']] } },
    ],
    'compute.update_server': [
      { server: { name, accessIPv4: '1.2.3.4', description: 'e' } },
      { server: { hostname: 'h.example' } },
    ],
    'compute.create_external_events': [
      { events: [{ name: 'network-changed', server_uuid: ids['server_id'], tag: 't' }] },
      { events: [{ name: 'power-update', server_uuid: ids['new_uuid'], status: 'completed' }] },
    ],
    'compute.server_migration_action': [{ force_complete: null }],
    'compute.attach_volume': [{ volumeAttachment: { volumeId: ids['new_uuid'], tag: 't' } }],
    'compute.update_volume_attachment': [
      { volumeAttachment: { volumeId: ids['new_uuid'], delete_on_termination: true } },
    ],
    'compute.create_assisted_volume_snapshot': [
      {
        snapshot: {
          volume_id: ids['new_uuid'],
          create_info: { snapshot_id: 's', type: 'qcow2', new_file: 'f' },
        },
      },
    ],
    'compute.server_action': ACTIONS(ids),
    'compute.merge_image_metadata': [{ metadata: { k: 'v' } }],
    'compute.replace_image_metadata': [{ metadata: { a: 'b' } }],
    'compute.update_image_metadata_item': [{ meta: { [ids['key'] ?? 'k']: 'w' } }],
    'compute.merge_server_metadata': [{ metadata: { k: 'v' } }],
    'compute.replace_server_metadata': [{ metadata: { a: 'b' } }],
    'compute.update_server_metadata_item': [{ meta: { [ids['key'] ?? 'k']: 'w' } }],
    'compute.replace_server_tags': [{ tags: ['x', 'y'] }],
    'compute.attach_interface': [
      { interfaceAttachment: { net_id: ids['network_id'] } },
      { interfaceAttachment: { port_id: ids['port_id'], tag: 't' } },
      {
        interfaceAttachment: {
          net_id: ids['network_id'],
          fixed_ips: [{ ip_address: ids['address'] }],
        },
      },
    ],
    'compute.create_aggregate': [
      { aggregate: { name } },
      { aggregate: { name, availability_zone: `zone-${name}` } },
    ],
    'compute.update_aggregate': [{ aggregate: { name: `${name}n`, availability_zone: 'z' } }],
    'compute.aggregate_action': [
      { add_host: { host: 'hostx' } },
      { remove_host: { host: 'hostx' } },
      { set_metadata: { metadata: { ssd: 'true', old: null } } },
    ],
    'compute.cache_aggregate_images': [{ cache: [{ id: ids['image_id'] }] }],
    'compute.create_server_group': [
      { server_group: { name, policies: ['affinity'] } },
      {
        server_group: { name, policy: 'anti-affinity', rules: { max_server_per_host: 2 } },
      },
    ],
    'compute.create_flavor': [
      {
        flavor: {
          name,
          ram: 64,
          vcpus: 1,
          disk: 0,
          id: 'auto',
          'OS-FLV-EXT-DATA:ephemeral': 0,
          swap: 0,
          rxtx_factor: 1,
          'os-flavor-access:is_public': true,
          description: 'd',
        },
      },
    ],
    'compute.update_flavor': [{ flavor: { description: 'e' } }],
    'compute.change_flavor_access': [
      { addTenantAccess: { tenant: ids['project_id'] } },
      { removeTenantAccess: { tenant: ids['project_id'] } },
    ],
    'compute.create_extra_specs': [{ extra_specs: { 'hw:x': '1' } }],
    'compute.update_extra_spec': [{ [ids['key'] ?? 'k']: '2' }],
    'compute.create_keypair': [
      { keypair: { name } },
      { keypair: { name, type: 'ssh', public_key: 'ssh-ed25519 AAAA', user_id: ids['user_id'] } },
    ],
    'compute.create_security_group': [{ security_group: { name, description: 'd' } }],
    'compute.create_floating_ip': [{ pool: null }, { pool: 'public' }],
    'compute.update_security_group': [{ security_group: { name, description: 'e' } }],
    'compute.create_security_group_rule': [
      { security_group_rule: { parent_group_id: ids['security_group_id'], ...COMPUTE_RULE } },
    ],
    'compute.update_quota': [{ quota_set: { instances: 5, cores: -1, ram: 100, force: true } }],
    'compute.update_quota_class': [{ quota_class_set: { instances: 10 } }],
    'compute.update_host': [{ status: 'enable' }, { maintenance_mode: 'disable' }],
    'compute.enable_service': [{ host: 'host1', binary: 'nova-compute' }],
    'compute.disable_service': [{ host: 'hostx', binary: 'nova-compute' }],
    'compute.disable_log_reason_service': [
      { host: 'hostx', binary: 'nova-compute', disabled_reason: 'r' },
    ],
    'compute.force_down_service': [{ host: 'hostx', binary: 'nova-compute', forced_down: true }],
    'compute.update_service': [{ status: 'enabled' }],
  };
};
