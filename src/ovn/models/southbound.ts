// Generated from the schema by `npm run generate`, do not edit.

/** Rows of OVN_Southbound, schema version 20.27.0. */

/** Lives by itself. */
export type AddressSetRow = {
  readonly _uuid: string;
  readonly addresses: readonly string[];
  readonly name: string;
};

/** Lives by itself. */
export type BFDRow = {
  readonly _uuid: string;
  readonly detect_mult: number;
  readonly disc: number;
  readonly dst_ip: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly logical_port: string;
  readonly min_rx: number;
  readonly min_tx: number;
  readonly options: Readonly<Record<string, string>>;
  /** 49152…65535 */
  readonly src_port: number;
  readonly status: 'down' | 'init' | 'up' | 'admin_down';
};

/** Lives by itself. */
export type ChassisRow = {
  readonly _uuid: string;
  /** `Encap` (strong) */
  readonly encaps: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly name: string;
  readonly nb_cfg: number;
  readonly other_config: Readonly<Record<string, string>>;
  readonly transport_zones: readonly string[];
  readonly vtep_logical_switches: readonly string[];
};

/** Lives by itself. */
export type ChassisPrivateRow = {
  readonly _uuid: string;
  /** `Chassis` (weak), optional */
  readonly chassis: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly name: string;
  readonly nb_cfg: number;
  readonly nb_cfg_timestamp: number;
};

/** Lives by itself. */
export type ChassisTemplateVarRow = {
  readonly _uuid: string;
  readonly chassis: string;
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
  readonly read_only: boolean;
  readonly role: string;
  readonly status: Readonly<Record<string, string>>;
  readonly target: string;
};

/** Lives by itself. */
export type ControllerEventRow = {
  readonly _uuid: string;
  /** `Chassis` (weak), optional */
  readonly chassis: readonly string[];
  readonly event_info: Readonly<Record<string, string>>;
  readonly event_type: 'empty_lb_backends';
  readonly seq_num: number;
};

/** Lives by itself. */
export type DHCPOptionsRow = {
  readonly _uuid: string;
  /** 0…254 */
  readonly code: number;
  readonly name: string;
  readonly type:
    | 'bool'
    | 'uint8'
    | 'uint16'
    | 'uint32'
    | 'ipv4'
    | 'static_routes'
    | 'str'
    | 'host_id'
    | 'domains';
};

/** Lives by itself. */
export type DHCPv6OptionsRow = {
  readonly _uuid: string;
  /** 0…254 */
  readonly code: number;
  readonly name: string;
  readonly type: 'ipv6' | 'str' | 'mac';
};

/** Lives by itself. */
export type DNSRow = {
  readonly _uuid: string;
  /** `Datapath_Binding` (strong) */
  readonly datapaths: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly records: Readonly<Record<string, string>>;
};

/** Lives by itself. */
export type DatapathBindingRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly load_balancers: readonly string[];
  /** 1…16777215 */
  readonly tunnel_key: number;
};

/** Lives as long as another row refers to it. */
export type EncapRow = {
  readonly _uuid: string;
  readonly chassis_name: string;
  readonly ip: string;
  readonly options: Readonly<Record<string, string>>;
  readonly type: 'geneve' | 'stt' | 'vxlan';
};

/** Lives by itself. */
export type FDBRow = {
  readonly _uuid: string;
  /** 1…16777215 */
  readonly dp_key: number;
  readonly mac: string;
  /** 1…16777215 */
  readonly port_key: number;
};

/** Lives as long as another row refers to it. */
export type GatewayChassisRow = {
  readonly _uuid: string;
  /** `Chassis` (weak), optional */
  readonly chassis: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  /** 0…32767 */
  readonly priority: number;
};

/** Lives as long as another row refers to it. */
export type HAChassisRow = {
  readonly _uuid: string;
  /** `Chassis` (weak), optional */
  readonly chassis: readonly string[];
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
  /** `Chassis` (weak) */
  readonly ref_chassis: readonly string[];
};

/** Lives by itself. */
export type IGMPGroupRow = {
  readonly _uuid: string;
  readonly address: string;
  /** `Chassis` (weak), optional */
  readonly chassis: readonly string[];
  /** `Datapath_Binding` (weak), optional */
  readonly datapath: readonly string[];
  /** `Port_Binding` (weak) */
  readonly ports: readonly string[];
};

/** Lives by itself. */
export type IPMulticastRow = {
  readonly _uuid: string;
  /** `Datapath_Binding` (weak) */
  readonly datapath: string;
  /** optional */
  readonly enabled: readonly boolean[];
  readonly eth_src: string;
  /** optional */
  readonly idle_timeout: readonly number[];
  readonly ip4_src: string;
  readonly ip6_src: string;
  /** optional */
  readonly querier: readonly boolean[];
  /** optional */
  readonly query_interval: readonly number[];
  /** optional */
  readonly query_max_resp: readonly number[];
  readonly seq_no: number;
  /** optional */
  readonly table_size: readonly number[];
};

/** Lives by itself. */
export type LoadBalancerRow = {
  readonly _uuid: string;
  /** `Logical_DP_Group` (strong), optional */
  readonly datapath_group: readonly string[];
  /** `Datapath_Binding` (strong) */
  readonly datapaths: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  /** optional */
  readonly protocol: readonly ('tcp' | 'udp' | 'sctp')[];
  readonly vips: Readonly<Record<string, string>>;
};

/** Lives as long as another row refers to it. */
export type LogicalDPGroupRow = {
  readonly _uuid: string;
  /** `Datapath_Binding` (weak) */
  readonly datapaths: readonly string[];
};

/** Lives by itself. */
export type LogicalFlowRow = {
  readonly _uuid: string;
  readonly actions: string;
  /** optional */
  readonly controller_meter: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  /** `Datapath_Binding` (strong), optional */
  readonly logical_datapath: readonly string[];
  /** `Logical_DP_Group` (strong), optional */
  readonly logical_dp_group: readonly string[];
  readonly match: string;
  readonly pipeline: 'ingress' | 'egress';
  /** 0…65535 */
  readonly priority: number;
  /** 0…32 */
  readonly table_id: number;
  readonly tags: Readonly<Record<string, string>>;
};

/** Lives by itself. */
export type MACBindingRow = {
  readonly _uuid: string;
  /** `Datapath_Binding` (strong) */
  readonly datapath: string;
  readonly ip: string;
  readonly logical_port: string;
  readonly mac: string;
  readonly timestamp: number;
};

/** Lives by itself. */
export type MeterRow = {
  readonly _uuid: string;
  /** `Meter_Band` (strong) */
  readonly bands: readonly string[];
  readonly name: string;
  readonly unit: 'kbps' | 'pktps';
};

/** Lives as long as another row refers to it. */
export type MeterBandRow = {
  readonly _uuid: string;
  readonly action: 'drop';
  /** 0…4294967295 */
  readonly burst_size: number;
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

/** Lives by itself. */
export type MulticastGroupRow = {
  readonly _uuid: string;
  /** `Datapath_Binding` (strong) */
  readonly datapath: string;
  readonly name: string;
  /** `Port_Binding` (weak) */
  readonly ports: readonly string[];
  /** 32768…65535 */
  readonly tunnel_key: number;
};

/** Lives by itself. */
export type PortBindingRow = {
  readonly _uuid: string;
  /** `Chassis` (weak) */
  readonly additional_chassis: readonly string[];
  /** `Encap` (weak) */
  readonly additional_encap: readonly string[];
  /** `Chassis` (weak), optional */
  readonly chassis: readonly string[];
  /** `Datapath_Binding` (strong) */
  readonly datapath: string;
  /** `Encap` (weak), optional */
  readonly encap: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  /** `Gateway_Chassis` (strong) */
  readonly gateway_chassis: readonly string[];
  /** `HA_Chassis_Group` (strong), optional */
  readonly ha_chassis_group: readonly string[];
  readonly logical_port: string;
  readonly mac: readonly string[];
  /** `Mirror` (weak) */
  readonly mirror_rules: readonly string[];
  readonly nat_addresses: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** optional */
  readonly parent_port: readonly string[];
  readonly port_security: readonly string[];
  /** `Chassis` (weak) */
  readonly requested_additional_chassis: readonly string[];
  /** `Chassis` (weak), optional */
  readonly requested_chassis: readonly string[];
  /** 1…4095, optional */
  readonly tag: readonly number[];
  /** 1…32767 */
  readonly tunnel_key: number;
  readonly type: string;
  /** optional */
  readonly up: readonly boolean[];
  /** optional */
  readonly virtual_parent: readonly string[];
};

/** Lives by itself. */
export type PortGroupRow = {
  readonly _uuid: string;
  readonly name: string;
  readonly ports: readonly string[];
};

/** Lives by itself. */
export type RBACPermissionRow = {
  readonly _uuid: string;
  readonly authorization: readonly string[];
  readonly insert_delete: boolean;
  readonly table: string;
  readonly update: readonly string[];
};

/** Lives by itself. */
export type RBACRoleRow = {
  readonly _uuid: string;
  readonly name: string;
  /** `RBAC_Permission` (weak) */
  readonly permissions: Readonly<Record<string, string>>;
};

/** Lives by itself. */
export type SBGlobalRow = {
  readonly _uuid: string;
  /** `Connection` (strong) */
  readonly connections: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly ipsec: boolean;
  readonly nb_cfg: number;
  readonly options: Readonly<Record<string, string>>;
  /** `SSL` (strong), optional */
  readonly ssl: readonly string[];
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
export type ServiceMonitorRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly ip: string;
  readonly logical_port: string;
  readonly options: Readonly<Record<string, string>>;
  /** 0…65535 */
  readonly port: number;
  /** optional */
  readonly protocol: readonly ('tcp' | 'udp')[];
  readonly src_ip: string;
  readonly src_mac: string;
  /** optional */
  readonly status: readonly ('online' | 'offline' | 'error')[];
};

/** Lives by itself. */
export type StaticMACBindingRow = {
  readonly _uuid: string;
  /** `Datapath_Binding` (strong) */
  readonly datapath: string;
  readonly ip: string;
  readonly logical_port: string;
  readonly mac: string;
  readonly override_dynamic_mac: boolean;
};

/** Tables of OVN_Southbound. */
export type Southbound = {
  readonly Address_Set: AddressSetRow;
  readonly BFD: BFDRow;
  readonly Chassis: ChassisRow;
  readonly Chassis_Private: ChassisPrivateRow;
  readonly Chassis_Template_Var: ChassisTemplateVarRow;
  readonly Connection: ConnectionRow;
  readonly Controller_Event: ControllerEventRow;
  readonly DHCP_Options: DHCPOptionsRow;
  readonly DHCPv6_Options: DHCPv6OptionsRow;
  readonly DNS: DNSRow;
  readonly Datapath_Binding: DatapathBindingRow;
  readonly Encap: EncapRow;
  readonly FDB: FDBRow;
  readonly Gateway_Chassis: GatewayChassisRow;
  readonly HA_Chassis: HAChassisRow;
  readonly HA_Chassis_Group: HAChassisGroupRow;
  readonly IGMP_Group: IGMPGroupRow;
  readonly IP_Multicast: IPMulticastRow;
  readonly Load_Balancer: LoadBalancerRow;
  readonly Logical_DP_Group: LogicalDPGroupRow;
  readonly Logical_Flow: LogicalFlowRow;
  readonly MAC_Binding: MACBindingRow;
  readonly Meter: MeterRow;
  readonly Meter_Band: MeterBandRow;
  readonly Mirror: MirrorRow;
  readonly Multicast_Group: MulticastGroupRow;
  readonly Port_Binding: PortBindingRow;
  readonly Port_Group: PortGroupRow;
  readonly RBAC_Permission: RBACPermissionRow;
  readonly RBAC_Role: RBACRoleRow;
  readonly SB_Global: SBGlobalRow;
  readonly SSL: SSLRow;
  readonly Service_Monitor: ServiceMonitorRow;
  readonly Static_MAC_Binding: StaticMACBindingRow;
};

/** What the types above were made from, to tell which columns an older server lacks. */
export const model = {
  database: 'OVN_Southbound',
  version: '20.27.0',
  columns: {
    Address_Set: ['addresses', 'name'],
    BFD: [
      'detect_mult',
      'disc',
      'dst_ip',
      'external_ids',
      'logical_port',
      'min_rx',
      'min_tx',
      'options',
      'src_port',
      'status',
    ],
    Chassis: [
      'encaps',
      'external_ids',
      'hostname',
      'name',
      'nb_cfg',
      'other_config',
      'transport_zones',
      'vtep_logical_switches',
    ],
    Chassis_Private: ['chassis', 'external_ids', 'name', 'nb_cfg', 'nb_cfg_timestamp'],
    Chassis_Template_Var: ['chassis', 'variables'],
    Connection: [
      'external_ids',
      'inactivity_probe',
      'is_connected',
      'max_backoff',
      'other_config',
      'read_only',
      'role',
      'status',
      'target',
    ],
    Controller_Event: ['chassis', 'event_info', 'event_type', 'seq_num'],
    DHCP_Options: ['code', 'name', 'type'],
    DHCPv6_Options: ['code', 'name', 'type'],
    DNS: ['datapaths', 'external_ids', 'records'],
    Datapath_Binding: ['external_ids', 'load_balancers', 'tunnel_key'],
    Encap: ['chassis_name', 'ip', 'options', 'type'],
    FDB: ['dp_key', 'mac', 'port_key'],
    Gateway_Chassis: ['chassis', 'external_ids', 'name', 'options', 'priority'],
    HA_Chassis: ['chassis', 'external_ids', 'priority'],
    HA_Chassis_Group: ['external_ids', 'ha_chassis', 'name', 'ref_chassis'],
    IGMP_Group: ['address', 'chassis', 'datapath', 'ports'],
    IP_Multicast: [
      'datapath',
      'enabled',
      'eth_src',
      'idle_timeout',
      'ip4_src',
      'ip6_src',
      'querier',
      'query_interval',
      'query_max_resp',
      'seq_no',
      'table_size',
    ],
    Load_Balancer: [
      'datapath_group',
      'datapaths',
      'external_ids',
      'name',
      'options',
      'protocol',
      'vips',
    ],
    Logical_DP_Group: ['datapaths'],
    Logical_Flow: [
      'actions',
      'controller_meter',
      'external_ids',
      'logical_datapath',
      'logical_dp_group',
      'match',
      'pipeline',
      'priority',
      'table_id',
      'tags',
    ],
    MAC_Binding: ['datapath', 'ip', 'logical_port', 'mac', 'timestamp'],
    Meter: ['bands', 'name', 'unit'],
    Meter_Band: ['action', 'burst_size', 'rate'],
    Mirror: ['external_ids', 'filter', 'index', 'name', 'sink', 'type'],
    Multicast_Group: ['datapath', 'name', 'ports', 'tunnel_key'],
    Port_Binding: [
      'additional_chassis',
      'additional_encap',
      'chassis',
      'datapath',
      'encap',
      'external_ids',
      'gateway_chassis',
      'ha_chassis_group',
      'logical_port',
      'mac',
      'mirror_rules',
      'nat_addresses',
      'options',
      'parent_port',
      'port_security',
      'requested_additional_chassis',
      'requested_chassis',
      'tag',
      'tunnel_key',
      'type',
      'up',
      'virtual_parent',
    ],
    Port_Group: ['name', 'ports'],
    RBAC_Permission: ['authorization', 'insert_delete', 'table', 'update'],
    RBAC_Role: ['name', 'permissions'],
    SB_Global: ['connections', 'external_ids', 'ipsec', 'nb_cfg', 'options', 'ssl'],
    SSL: [
      'bootstrap_ca_cert',
      'ca_cert',
      'certificate',
      'external_ids',
      'private_key',
      'ssl_ciphers',
      'ssl_protocols',
    ],
    Service_Monitor: [
      'external_ids',
      'ip',
      'logical_port',
      'options',
      'port',
      'protocol',
      'src_ip',
      'src_mac',
      'status',
    ],
    Static_MAC_Binding: ['datapath', 'ip', 'logical_port', 'mac', 'override_dynamic_mac'],
  },
} as const;
