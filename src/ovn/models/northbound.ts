// Generated from the schema by `npm run generate`, do not edit.

/** Rows of OVN_Northbound, schema version 7.0.0. */

/** Lives as long as another row refers to it. */
export type ACLRow = {
  readonly _uuid: string;
  readonly action: 'allow' | 'allow-related' | 'allow-stateless' | 'drop' | 'reject';
  readonly direction: 'from-lport' | 'to-lport';
  readonly external_ids: Readonly<Record<string, string>>;
  /** 0…4294967295 */
  readonly label: number;
  readonly log: boolean;
  readonly match: string;
  /** optional */
  readonly meter: readonly string[];
  /** optional */
  readonly name: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** 0…32767 */
  readonly priority: number;
  /** optional */
  readonly severity: readonly ('alert' | 'warning' | 'notice' | 'info' | 'debug')[];
};

/** Lives by itself. */
export type AddressSetRow = {
  readonly _uuid: string;
  readonly addresses: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly name: string;
};

/** Lives by itself. */
export type BFDRow = {
  readonly _uuid: string;
  /** 1…, optional */
  readonly detect_mult: readonly number[];
  readonly dst_ip: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly logical_port: string;
  /** optional */
  readonly min_rx: readonly number[];
  /** 1…, optional */
  readonly min_tx: readonly number[];
  readonly options: Readonly<Record<string, string>>;
  /** optional */
  readonly status: readonly ('down' | 'init' | 'up' | 'admin_down')[];
};

/** Lives by itself. */
export type ChassisTemplateVarRow = {
  readonly _uuid: string;
  readonly chassis: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
};

/** Lives as long as another row refers to it. */
export type ConnectionRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  /** optional */
  readonly inactivity_probe: readonly number[];
  readonly is_connected: boolean;
  /** 1000…, optional */
  readonly max_backoff: readonly number[];
  readonly other_config: Readonly<Record<string, string>>;
  readonly status: Readonly<Record<string, string>>;
  readonly target: string;
};

/** Lives by itself. */
export type CoppRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly meters: Readonly<Record<string, string>>;
  readonly name: string;
};

/** Lives by itself. */
export type DHCPOptionsRow = {
  readonly _uuid: string;
  readonly cidr: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
};

/** Lives by itself. */
export type DNSRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly records: Readonly<Record<string, string>>;
};

/** Lives as long as another row refers to it. */
export type ForwardingGroupRow = {
  readonly _uuid: string;
  readonly child_port: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly liveness: boolean;
  readonly name: string;
  readonly vip: string;
  readonly vmac: string;
};

/** Lives as long as another row refers to it. */
export type GatewayChassisRow = {
  readonly _uuid: string;
  readonly chassis_name: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  /** 0…32767 */
  readonly priority: number;
};

/** Lives as long as another row refers to it. */
export type HAChassisRow = {
  readonly _uuid: string;
  readonly chassis_name: string;
  readonly external_ids: Readonly<Record<string, string>>;
  /** 0…32767 */
  readonly priority: number;
};

/** Lives by itself. */
export type HAChassisGroupRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  /** `HA_Chassis` (strong) */
  readonly ha_chassis: readonly string[];
  readonly name: string;
};

/** Lives by itself. */
export type LoadBalancerRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  /** `Load_Balancer_Health_Check` (strong) */
  readonly health_check: readonly string[];
  readonly ip_port_mappings: Readonly<Record<string, string>>;
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  /** optional */
  readonly protocol: readonly ('tcp' | 'udp' | 'sctp')[];
  readonly selection_fields: readonly (
    | 'eth_src'
    | 'eth_dst'
    | 'ip_src'
    | 'ip_dst'
    | 'tp_src'
    | 'tp_dst'
  )[];
  readonly vips: Readonly<Record<string, string>>;
};

/** Lives by itself. */
export type LoadBalancerGroupRow = {
  readonly _uuid: string;
  /** `Load_Balancer` (weak) */
  readonly load_balancer: readonly string[];
  readonly name: string;
};

/** Lives as long as another row refers to it. */
export type LoadBalancerHealthCheckRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  readonly vip: string;
};

/** Lives by itself. */
export type LogicalRouterRow = {
  readonly _uuid: string;
  /** `Copp` (weak), optional */
  readonly copp: readonly string[];
  /** optional */
  readonly enabled: readonly boolean[];
  readonly external_ids: Readonly<Record<string, string>>;
  /** `Load_Balancer` (weak) */
  readonly load_balancer: readonly string[];
  /** `Load_Balancer_Group` (strong) */
  readonly load_balancer_group: readonly string[];
  readonly name: string;
  /** `NAT` (strong) */
  readonly nat: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** `Logical_Router_Policy` (strong) */
  readonly policies: readonly string[];
  /** `Logical_Router_Port` (strong) */
  readonly ports: readonly string[];
  /** `Logical_Router_Static_Route` (strong) */
  readonly static_routes: readonly string[];
};

/** Lives as long as another row refers to it. */
export type LogicalRouterPolicyRow = {
  readonly _uuid: string;
  readonly action: 'allow' | 'drop' | 'reroute';
  readonly external_ids: Readonly<Record<string, string>>;
  readonly match: string;
  /** optional */
  readonly nexthop: readonly string[];
  readonly nexthops: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** 0…32767 */
  readonly priority: number;
};

/** Lives as long as another row refers to it. */
export type LogicalRouterPortRow = {
  readonly _uuid: string;
  /** optional */
  readonly enabled: readonly boolean[];
  readonly external_ids: Readonly<Record<string, string>>;
  /** `Gateway_Chassis` (strong) */
  readonly gateway_chassis: readonly string[];
  /** `HA_Chassis_Group` (strong), optional */
  readonly ha_chassis_group: readonly string[];
  readonly ipv6_prefix: readonly string[];
  readonly ipv6_ra_configs: Readonly<Record<string, string>>;
  readonly mac: string;
  readonly name: string;
  readonly networks: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** optional */
  readonly peer: readonly string[];
};

/** Lives as long as another row refers to it. */
export type LogicalRouterStaticRouteRow = {
  readonly _uuid: string;
  /** `BFD` (weak), optional */
  readonly bfd: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly ip_prefix: string;
  readonly nexthop: string;
  readonly options: Readonly<Record<string, string>>;
  /** optional */
  readonly output_port: readonly string[];
  /** optional */
  readonly policy: readonly ('src-ip' | 'dst-ip')[];
  readonly route_table: string;
};

/** Lives by itself. */
export type LogicalSwitchRow = {
  readonly _uuid: string;
  /** `ACL` (strong) */
  readonly acls: readonly string[];
  /** `Copp` (weak), optional */
  readonly copp: readonly string[];
  /** `DNS` (weak) */
  readonly dns_records: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  /** `Forwarding_Group` (strong) */
  readonly forwarding_groups: readonly string[];
  /** `Load_Balancer` (weak) */
  readonly load_balancer: readonly string[];
  /** `Load_Balancer_Group` (strong) */
  readonly load_balancer_group: readonly string[];
  readonly name: string;
  readonly other_config: Readonly<Record<string, string>>;
  /** `Logical_Switch_Port` (strong) */
  readonly ports: readonly string[];
  /** `QoS` (strong) */
  readonly qos_rules: readonly string[];
};

/** Lives as long as another row refers to it. */
export type LogicalSwitchPortRow = {
  readonly _uuid: string;
  readonly addresses: readonly string[];
  /** `DHCP_Options` (weak), optional */
  readonly dhcpv4_options: readonly string[];
  /** `DHCP_Options` (weak), optional */
  readonly dhcpv6_options: readonly string[];
  /** optional */
  readonly dynamic_addresses: readonly string[];
  /** optional */
  readonly enabled: readonly boolean[];
  readonly external_ids: Readonly<Record<string, string>>;
  /** `HA_Chassis_Group` (strong), optional */
  readonly ha_chassis_group: readonly string[];
  /** `Mirror` (weak) */
  readonly mirror_rules: readonly string[];
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  /** optional */
  readonly parent_name: readonly string[];
  readonly port_security: readonly string[];
  /** 1…4095, optional */
  readonly tag: readonly number[];
  /** 0…4095, optional */
  readonly tag_request: readonly number[];
  readonly type: string;
  /** optional */
  readonly up: readonly boolean[];
};

/** Lives by itself. */
export type MeterRow = {
  readonly _uuid: string;
  /** `Meter_Band` (strong) */
  readonly bands: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  /** optional */
  readonly fair: readonly boolean[];
  readonly name: string;
  readonly unit: 'kbps' | 'pktps';
};

/** Lives as long as another row refers to it. */
export type MeterBandRow = {
  readonly _uuid: string;
  readonly action: 'drop';
  /** 0…4294967295 */
  readonly burst_size: number;
  readonly external_ids: Readonly<Record<string, string>>;
  /** 1…4294967295 */
  readonly rate: number;
};

/** Lives by itself. */
export type MirrorRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly filter: 'from-lport' | 'to-lport';
  readonly index: number;
  readonly name: string;
  readonly sink: string;
  readonly type: 'gre' | 'erspan';
};

/** Lives as long as another row refers to it. */
export type NATRow = {
  readonly _uuid: string;
  /** `Address_Set` (strong), optional */
  readonly allowed_ext_ips: readonly string[];
  /** `Address_Set` (strong), optional */
  readonly exempted_ext_ips: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly external_ip: string;
  /** optional */
  readonly external_mac: readonly string[];
  readonly external_port_range: string;
  /** `Logical_Router_Port` (weak), optional */
  readonly gateway_port: readonly string[];
  readonly logical_ip: string;
  /** optional */
  readonly logical_port: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly type: 'dnat' | 'snat' | 'dnat_and_snat';
};

/** Lives by itself. */
export type NBGlobalRow = {
  readonly _uuid: string;
  /** `Connection` (strong) */
  readonly connections: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly hv_cfg: number;
  readonly hv_cfg_timestamp: number;
  readonly ipsec: boolean;
  readonly name: string;
  readonly nb_cfg: number;
  readonly nb_cfg_timestamp: number;
  readonly options: Readonly<Record<string, string>>;
  readonly sb_cfg: number;
  readonly sb_cfg_timestamp: number;
  /** `SSL` (strong), optional */
  readonly ssl: readonly string[];
};

/** Lives by itself. */
export type PortGroupRow = {
  readonly _uuid: string;
  /** `ACL` (strong) */
  readonly acls: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly name: string;
  /** `Logical_Switch_Port` (weak) */
  readonly ports: readonly string[];
};

/** Lives as long as another row refers to it. */
export type QoSRow = {
  readonly _uuid: string;
  /** 0…63 */
  readonly action: Readonly<Partial<Record<'dscp', number>>>;
  /** 1…4294967295 */
  readonly bandwidth: Readonly<Partial<Record<'rate' | 'burst', number>>>;
  readonly direction: 'from-lport' | 'to-lport';
  readonly external_ids: Readonly<Record<string, string>>;
  readonly match: string;
  /** 0…32767 */
  readonly priority: number;
};

/** Lives as long as another row refers to it. */
export type SSLRow = {
  readonly _uuid: string;
  readonly bootstrap_ca_cert: boolean;
  readonly ca_cert: string;
  readonly certificate: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly private_key: string;
  readonly ssl_ciphers: string;
  readonly ssl_protocols: string;
};

/** Lives by itself. */
export type StaticMACBindingRow = {
  readonly _uuid: string;
  readonly ip: string;
  readonly logical_port: string;
  readonly mac: string;
  readonly override_dynamic_mac: boolean;
};

/** Tables of OVN_Northbound. */
export type Northbound = {
  readonly ACL: ACLRow;
  readonly Address_Set: AddressSetRow;
  readonly BFD: BFDRow;
  readonly Chassis_Template_Var: ChassisTemplateVarRow;
  readonly Connection: ConnectionRow;
  readonly Copp: CoppRow;
  readonly DHCP_Options: DHCPOptionsRow;
  readonly DNS: DNSRow;
  readonly Forwarding_Group: ForwardingGroupRow;
  readonly Gateway_Chassis: GatewayChassisRow;
  readonly HA_Chassis: HAChassisRow;
  readonly HA_Chassis_Group: HAChassisGroupRow;
  readonly Load_Balancer: LoadBalancerRow;
  readonly Load_Balancer_Group: LoadBalancerGroupRow;
  readonly Load_Balancer_Health_Check: LoadBalancerHealthCheckRow;
  readonly Logical_Router: LogicalRouterRow;
  readonly Logical_Router_Policy: LogicalRouterPolicyRow;
  readonly Logical_Router_Port: LogicalRouterPortRow;
  readonly Logical_Router_Static_Route: LogicalRouterStaticRouteRow;
  readonly Logical_Switch: LogicalSwitchRow;
  readonly Logical_Switch_Port: LogicalSwitchPortRow;
  readonly Meter: MeterRow;
  readonly Meter_Band: MeterBandRow;
  readonly Mirror: MirrorRow;
  readonly NAT: NATRow;
  readonly NB_Global: NBGlobalRow;
  readonly Port_Group: PortGroupRow;
  readonly QoS: QoSRow;
  readonly SSL: SSLRow;
  readonly Static_MAC_Binding: StaticMACBindingRow;
};

/** What the types above were made from, to tell which columns an older server lacks. */
export const model = {
  database: 'OVN_Northbound',
  version: '7.0.0',
  columns: {
    ACL: [
      'action',
      'direction',
      'external_ids',
      'label',
      'log',
      'match',
      'meter',
      'name',
      'options',
      'priority',
      'severity',
    ],
    Address_Set: ['addresses', 'external_ids', 'name'],
    BFD: [
      'detect_mult',
      'dst_ip',
      'external_ids',
      'logical_port',
      'min_rx',
      'min_tx',
      'options',
      'status',
    ],
    Chassis_Template_Var: ['chassis', 'external_ids', 'variables'],
    Connection: [
      'external_ids',
      'inactivity_probe',
      'is_connected',
      'max_backoff',
      'other_config',
      'status',
      'target',
    ],
    Copp: ['external_ids', 'meters', 'name'],
    DHCP_Options: ['cidr', 'external_ids', 'options'],
    DNS: ['external_ids', 'records'],
    Forwarding_Group: ['child_port', 'external_ids', 'liveness', 'name', 'vip', 'vmac'],
    Gateway_Chassis: ['chassis_name', 'external_ids', 'name', 'options', 'priority'],
    HA_Chassis: ['chassis_name', 'external_ids', 'priority'],
    HA_Chassis_Group: ['external_ids', 'ha_chassis', 'name'],
    Load_Balancer: [
      'external_ids',
      'health_check',
      'ip_port_mappings',
      'name',
      'options',
      'protocol',
      'selection_fields',
      'vips',
    ],
    Load_Balancer_Group: ['load_balancer', 'name'],
    Load_Balancer_Health_Check: ['external_ids', 'options', 'vip'],
    Logical_Router: [
      'copp',
      'enabled',
      'external_ids',
      'load_balancer',
      'load_balancer_group',
      'name',
      'nat',
      'options',
      'policies',
      'ports',
      'static_routes',
    ],
    Logical_Router_Policy: [
      'action',
      'external_ids',
      'match',
      'nexthop',
      'nexthops',
      'options',
      'priority',
    ],
    Logical_Router_Port: [
      'enabled',
      'external_ids',
      'gateway_chassis',
      'ha_chassis_group',
      'ipv6_prefix',
      'ipv6_ra_configs',
      'mac',
      'name',
      'networks',
      'options',
      'peer',
    ],
    Logical_Router_Static_Route: [
      'bfd',
      'external_ids',
      'ip_prefix',
      'nexthop',
      'options',
      'output_port',
      'policy',
      'route_table',
    ],
    Logical_Switch: [
      'acls',
      'copp',
      'dns_records',
      'external_ids',
      'forwarding_groups',
      'load_balancer',
      'load_balancer_group',
      'name',
      'other_config',
      'ports',
      'qos_rules',
    ],
    Logical_Switch_Port: [
      'addresses',
      'dhcpv4_options',
      'dhcpv6_options',
      'dynamic_addresses',
      'enabled',
      'external_ids',
      'ha_chassis_group',
      'mirror_rules',
      'name',
      'options',
      'parent_name',
      'port_security',
      'tag',
      'tag_request',
      'type',
      'up',
    ],
    Meter: ['bands', 'external_ids', 'fair', 'name', 'unit'],
    Meter_Band: ['action', 'burst_size', 'external_ids', 'rate'],
    Mirror: ['external_ids', 'filter', 'index', 'name', 'sink', 'type'],
    NAT: [
      'allowed_ext_ips',
      'exempted_ext_ips',
      'external_ids',
      'external_ip',
      'external_mac',
      'external_port_range',
      'gateway_port',
      'logical_ip',
      'logical_port',
      'options',
      'type',
    ],
    NB_Global: [
      'connections',
      'external_ids',
      'hv_cfg',
      'hv_cfg_timestamp',
      'ipsec',
      'name',
      'nb_cfg',
      'nb_cfg_timestamp',
      'options',
      'sb_cfg',
      'sb_cfg_timestamp',
      'ssl',
    ],
    Port_Group: ['acls', 'external_ids', 'name', 'ports'],
    QoS: ['action', 'bandwidth', 'direction', 'external_ids', 'match', 'priority'],
    SSL: [
      'bootstrap_ca_cert',
      'ca_cert',
      'certificate',
      'external_ids',
      'private_key',
      'ssl_ciphers',
      'ssl_protocols',
    ],
    Static_MAC_Binding: ['ip', 'logical_port', 'mac', 'override_dynamic_mac'],
  },
} as const;
