// Generated from the schema by `npm run generate`, do not edit.

/** Rows of Open_vSwitch, schema version 8.3.1. */

/** Lives as long as another row refers to it. */
export type AutoAttachRow = {
  readonly _uuid: string;
  /** 0…16777215, 0…4095 */
  readonly mappings: Readonly<Record<string, number>>;
  readonly system_description: string;
  readonly system_name: string;
};

/** Lives as long as another row refers to it. */
export type BridgeRow = {
  readonly _uuid: string;
  /** `AutoAttach` (strong), optional */
  readonly auto_attach: readonly string[];
  /** `Controller` (strong) */
  readonly controller: readonly string[];
  /** optional */
  readonly datapath_id: readonly string[];
  readonly datapath_type: string;
  readonly datapath_version: string;
  readonly external_ids: Readonly<Record<string, string>>;
  /** optional */
  readonly fail_mode: readonly ('standalone' | 'secure')[];
  /** 0…4095, at most 4096 */
  readonly flood_vlans: readonly number[];
  /** 0…254, `Flow_Table` (strong) */
  readonly flow_tables: Readonly<Record<string, string>>;
  /** `IPFIX` (strong), optional */
  readonly ipfix: readonly string[];
  readonly mcast_snooping_enable: boolean;
  /** `Mirror` (strong) */
  readonly mirrors: readonly string[];
  readonly name: string;
  /** `NetFlow` (strong), optional */
  readonly netflow: readonly string[];
  readonly other_config: Readonly<Record<string, string>>;
  /** `Port` (strong) */
  readonly ports: readonly string[];
  readonly protocols: readonly (
    | 'OpenFlow10'
    | 'OpenFlow11'
    | 'OpenFlow12'
    | 'OpenFlow13'
    | 'OpenFlow14'
    | 'OpenFlow15'
  )[];
  readonly rstp_enable: boolean;
  readonly rstp_status: Readonly<Record<string, string>>;
  /** `sFlow` (strong), optional */
  readonly sflow: readonly string[];
  readonly status: Readonly<Record<string, string>>;
  readonly stp_enable: boolean;
};

/** Lives as long as another row refers to it. */
export type CTTimeoutPolicyRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  /** 0…4294967295 */
  readonly timeouts: Readonly<
    Partial<
      Record<
        | 'tcp_syn_sent'
        | 'tcp_syn_recv'
        | 'tcp_established'
        | 'tcp_fin_wait'
        | 'tcp_close_wait'
        | 'tcp_last_ack'
        | 'tcp_time_wait'
        | 'tcp_close'
        | 'tcp_syn_sent2'
        | 'tcp_retransmit'
        | 'tcp_unack'
        | 'udp_first'
        | 'udp_single'
        | 'udp_multiple'
        | 'icmp_first'
        | 'icmp_reply',
        number
      >
    >
  >;
};

/** Lives as long as another row refers to it. */
export type CTZoneRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  /** `CT_Timeout_Policy` (strong), optional */
  readonly timeout_policy: readonly string[];
};

/** Lives as long as another row refers to it. */
export type ControllerRow = {
  readonly _uuid: string;
  /** optional */
  readonly connection_mode: readonly ('in-band' | 'out-of-band')[];
  /** 25…, optional */
  readonly controller_burst_limit: readonly number[];
  /** 1…512, optional */
  readonly controller_queue_size: readonly number[];
  /** 100…, optional */
  readonly controller_rate_limit: readonly number[];
  /** optional */
  readonly enable_async_messages: readonly boolean[];
  readonly external_ids: Readonly<Record<string, string>>;
  /** optional */
  readonly inactivity_probe: readonly number[];
  readonly is_connected: boolean;
  /** optional */
  readonly local_gateway: readonly string[];
  /** optional */
  readonly local_ip: readonly string[];
  /** optional */
  readonly local_netmask: readonly string[];
  /** 1000…, optional */
  readonly max_backoff: readonly number[];
  readonly other_config: Readonly<Record<string, string>>;
  /** optional */
  readonly role: readonly ('other' | 'master' | 'slave')[];
  readonly status: Readonly<Record<string, string>>;
  readonly target: string;
  /** optional */
  readonly type: readonly ('primary' | 'service')[];
};

/** Lives as long as another row refers to it. */
export type DatapathRow = {
  readonly _uuid: string;
  readonly capabilities: Readonly<Record<string, string>>;
  /** 0…65535, `CT_Zone` (strong) */
  readonly ct_zones: Readonly<Record<string, string>>;
  readonly datapath_version: string;
  readonly external_ids: Readonly<Record<string, string>>;
};

/** Lives by itself. */
export type FlowSampleCollectorSetRow = {
  readonly _uuid: string;
  /** `Bridge` (strong) */
  readonly bridge: string;
  readonly external_ids: Readonly<Record<string, string>>;
  /** 0…4294967295 */
  readonly id: number;
  /** `IPFIX` (strong), optional */
  readonly ipfix: readonly string[];
};

/** Lives as long as another row refers to it. */
export type FlowTableRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  /** 0…, optional */
  readonly flow_limit: readonly number[];
  readonly groups: readonly string[];
  /** optional */
  readonly name: readonly string[];
  /** optional */
  readonly overflow_policy: readonly ('refuse' | 'evict')[];
  /** at most 3 */
  readonly prefixes: readonly string[];
};

/** Lives as long as another row refers to it. */
export type IPFIXRow = {
  readonly _uuid: string;
  /** 0…4200, optional */
  readonly cache_active_timeout: readonly number[];
  /** 0…4294967295, optional */
  readonly cache_max_flows: readonly number[];
  readonly external_ids: Readonly<Record<string, string>>;
  /** 0…4294967295, optional */
  readonly obs_domain_id: readonly number[];
  /** 0…4294967295, optional */
  readonly obs_point_id: readonly number[];
  readonly other_config: Readonly<Record<string, string>>;
  /** 1…4294967295, optional */
  readonly sampling: readonly number[];
  readonly targets: readonly string[];
};

/** Lives as long as another row refers to it. */
export type InterfaceRow = {
  readonly _uuid: string;
  /** optional */
  readonly admin_state: readonly ('up' | 'down')[];
  readonly bfd: Readonly<Record<string, string>>;
  readonly bfd_status: Readonly<Record<string, string>>;
  /** optional */
  readonly cfm_fault: readonly boolean[];
  readonly cfm_fault_status: readonly string[];
  /** optional */
  readonly cfm_flap_count: readonly number[];
  /** 0…100, optional */
  readonly cfm_health: readonly number[];
  /** optional */
  readonly cfm_mpid: readonly number[];
  readonly cfm_remote_mpids: readonly number[];
  /** optional */
  readonly cfm_remote_opstate: readonly ('up' | 'down')[];
  /** optional */
  readonly duplex: readonly ('half' | 'full')[];
  /** optional */
  readonly error: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  /** 0…4294967295, optional */
  readonly ifindex: readonly number[];
  /** 0… */
  readonly ingress_policing_burst: number;
  /** 0… */
  readonly ingress_policing_kpkts_burst: number;
  /** 0… */
  readonly ingress_policing_kpkts_rate: number;
  /** 0… */
  readonly ingress_policing_rate: number;
  /** optional */
  readonly lacp_current: readonly boolean[];
  /** optional */
  readonly link_resets: readonly number[];
  /** optional */
  readonly link_speed: readonly number[];
  /** optional */
  readonly link_state: readonly ('up' | 'down')[];
  readonly lldp: Readonly<Record<string, string>>;
  /** optional */
  readonly mac: readonly string[];
  /** optional */
  readonly mac_in_use: readonly string[];
  /** optional */
  readonly mtu: readonly number[];
  /** 1…, optional */
  readonly mtu_request: readonly number[];
  readonly name: string;
  /** optional */
  readonly ofport: readonly number[];
  /** 1…65279, optional */
  readonly ofport_request: readonly number[];
  readonly options: Readonly<Record<string, string>>;
  readonly other_config: Readonly<Record<string, string>>;
  readonly statistics: Readonly<Record<string, number>>;
  readonly status: Readonly<Record<string, string>>;
  readonly type: string;
};

/** Lives as long as another row refers to it. */
export type ManagerRow = {
  readonly _uuid: string;
  /** optional */
  readonly connection_mode: readonly ('in-band' | 'out-of-band')[];
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

/** Lives as long as another row refers to it. */
export type MirrorRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly name: string;
  /** `Port` (weak), optional */
  readonly output_port: readonly string[];
  /** 1…4095, optional */
  readonly output_vlan: readonly number[];
  readonly select_all: boolean;
  /** `Port` (weak) */
  readonly select_dst_port: readonly string[];
  /** `Port` (weak) */
  readonly select_src_port: readonly string[];
  /** 0…4095, at most 4096 */
  readonly select_vlan: readonly number[];
  /** 14…65535, optional */
  readonly snaplen: readonly number[];
  readonly statistics: Readonly<Record<string, number>>;
};

/** Lives as long as another row refers to it. */
export type NetFlowRow = {
  readonly _uuid: string;
  /** -1… */
  readonly active_timeout: number;
  readonly add_id_to_interface: boolean;
  /** 0…255, optional */
  readonly engine_id: readonly number[];
  /** 0…255, optional */
  readonly engine_type: readonly number[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly targets: readonly string[];
};

/** Lives by itself. */
export type OpenvSwitchRow = {
  readonly _uuid: string;
  /** `Bridge` (strong) */
  readonly bridges: readonly string[];
  readonly cur_cfg: number;
  readonly datapath_types: readonly string[];
  /** `Datapath` (strong) */
  readonly datapaths: Readonly<Record<string, string>>;
  /** optional */
  readonly db_version: readonly string[];
  readonly dpdk_initialized: boolean;
  /** optional */
  readonly dpdk_version: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly iface_types: readonly string[];
  /** `Manager` (strong) */
  readonly manager_options: readonly string[];
  readonly next_cfg: number;
  readonly other_config: Readonly<Record<string, string>>;
  /** optional */
  readonly ovs_version: readonly string[];
  /** `SSL` (strong), optional */
  readonly ssl: readonly string[];
  readonly statistics: Readonly<Record<string, string>>;
  /** optional */
  readonly system_type: readonly string[];
  /** optional */
  readonly system_version: readonly string[];
};

/** Lives as long as another row refers to it. */
export type PortRow = {
  readonly _uuid: string;
  /** optional */
  readonly bond_active_slave: readonly string[];
  readonly bond_downdelay: number;
  readonly bond_fake_iface: boolean;
  /** optional */
  readonly bond_mode: readonly ('balance-tcp' | 'balance-slb' | 'active-backup')[];
  readonly bond_updelay: number;
  /** 0…4095, at most 4096 */
  readonly cvlans: readonly number[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly fake_bridge: boolean;
  /** `Interface` (strong) */
  readonly interfaces: readonly string[];
  /** optional */
  readonly lacp: readonly ('active' | 'passive' | 'off')[];
  /** optional */
  readonly mac: readonly string[];
  readonly name: string;
  readonly other_config: Readonly<Record<string, string>>;
  readonly protected: boolean;
  /** `QoS` (strong), optional */
  readonly qos: readonly string[];
  readonly rstp_statistics: Readonly<Record<string, number>>;
  readonly rstp_status: Readonly<Record<string, string>>;
  readonly statistics: Readonly<Record<string, number>>;
  readonly status: Readonly<Record<string, string>>;
  /** 0…4095, optional */
  readonly tag: readonly number[];
  /** 0…4095, at most 4096 */
  readonly trunks: readonly number[];
  /** optional */
  readonly vlan_mode: readonly (
    | 'trunk'
    | 'access'
    | 'native-tagged'
    | 'native-untagged'
    | 'dot1q-tunnel'
  )[];
};

/** Lives by itself. */
export type QoSRow = {
  readonly _uuid: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly other_config: Readonly<Record<string, string>>;
  /** 0…4294967295, `Queue` (strong) */
  readonly queues: Readonly<Record<string, string>>;
  readonly type: string;
};

/** Lives by itself. */
export type QueueRow = {
  readonly _uuid: string;
  /** 0…63, optional */
  readonly dscp: readonly number[];
  readonly external_ids: Readonly<Record<string, string>>;
  readonly other_config: Readonly<Record<string, string>>;
};

/** Lives as long as another row refers to it. */
export type SSLRow = {
  readonly _uuid: string;
  readonly bootstrap_ca_cert: boolean;
  readonly ca_cert: string;
  readonly certificate: string;
  readonly external_ids: Readonly<Record<string, string>>;
  readonly private_key: string;
};

/** Lives as long as another row refers to it. */
export type sFlowRow = {
  readonly _uuid: string;
  /** optional */
  readonly agent: readonly string[];
  readonly external_ids: Readonly<Record<string, string>>;
  /** optional */
  readonly header: readonly number[];
  /** optional */
  readonly polling: readonly number[];
  /** optional */
  readonly sampling: readonly number[];
  readonly targets: readonly string[];
};

/** Tables of Open_vSwitch. */
export type OpenVSwitch = {
  readonly AutoAttach: AutoAttachRow;
  readonly Bridge: BridgeRow;
  readonly CT_Timeout_Policy: CTTimeoutPolicyRow;
  readonly CT_Zone: CTZoneRow;
  readonly Controller: ControllerRow;
  readonly Datapath: DatapathRow;
  readonly Flow_Sample_Collector_Set: FlowSampleCollectorSetRow;
  readonly Flow_Table: FlowTableRow;
  readonly IPFIX: IPFIXRow;
  readonly Interface: InterfaceRow;
  readonly Manager: ManagerRow;
  readonly Mirror: MirrorRow;
  readonly NetFlow: NetFlowRow;
  readonly Open_vSwitch: OpenvSwitchRow;
  readonly Port: PortRow;
  readonly QoS: QoSRow;
  readonly Queue: QueueRow;
  readonly SSL: SSLRow;
  readonly sFlow: sFlowRow;
};

/** What the types above were made from, to tell which columns an older server lacks. */
export const model = {
  database: 'Open_vSwitch',
  version: '8.3.1',
  columns: {
    AutoAttach: ['mappings', 'system_description', 'system_name'],
    Bridge: [
      'auto_attach',
      'controller',
      'datapath_id',
      'datapath_type',
      'datapath_version',
      'external_ids',
      'fail_mode',
      'flood_vlans',
      'flow_tables',
      'ipfix',
      'mcast_snooping_enable',
      'mirrors',
      'name',
      'netflow',
      'other_config',
      'ports',
      'protocols',
      'rstp_enable',
      'rstp_status',
      'sflow',
      'status',
      'stp_enable',
    ],
    CT_Timeout_Policy: ['external_ids', 'timeouts'],
    CT_Zone: ['external_ids', 'timeout_policy'],
    Controller: [
      'connection_mode',
      'controller_burst_limit',
      'controller_queue_size',
      'controller_rate_limit',
      'enable_async_messages',
      'external_ids',
      'inactivity_probe',
      'is_connected',
      'local_gateway',
      'local_ip',
      'local_netmask',
      'max_backoff',
      'other_config',
      'role',
      'status',
      'target',
      'type',
    ],
    Datapath: ['capabilities', 'ct_zones', 'datapath_version', 'external_ids'],
    Flow_Sample_Collector_Set: ['bridge', 'external_ids', 'id', 'ipfix'],
    Flow_Table: ['external_ids', 'flow_limit', 'groups', 'name', 'overflow_policy', 'prefixes'],
    IPFIX: [
      'cache_active_timeout',
      'cache_max_flows',
      'external_ids',
      'obs_domain_id',
      'obs_point_id',
      'other_config',
      'sampling',
      'targets',
    ],
    Interface: [
      'admin_state',
      'bfd',
      'bfd_status',
      'cfm_fault',
      'cfm_fault_status',
      'cfm_flap_count',
      'cfm_health',
      'cfm_mpid',
      'cfm_remote_mpids',
      'cfm_remote_opstate',
      'duplex',
      'error',
      'external_ids',
      'ifindex',
      'ingress_policing_burst',
      'ingress_policing_kpkts_burst',
      'ingress_policing_kpkts_rate',
      'ingress_policing_rate',
      'lacp_current',
      'link_resets',
      'link_speed',
      'link_state',
      'lldp',
      'mac',
      'mac_in_use',
      'mtu',
      'mtu_request',
      'name',
      'ofport',
      'ofport_request',
      'options',
      'other_config',
      'statistics',
      'status',
      'type',
    ],
    Manager: [
      'connection_mode',
      'external_ids',
      'inactivity_probe',
      'is_connected',
      'max_backoff',
      'other_config',
      'status',
      'target',
    ],
    Mirror: [
      'external_ids',
      'name',
      'output_port',
      'output_vlan',
      'select_all',
      'select_dst_port',
      'select_src_port',
      'select_vlan',
      'snaplen',
      'statistics',
    ],
    NetFlow: [
      'active_timeout',
      'add_id_to_interface',
      'engine_id',
      'engine_type',
      'external_ids',
      'targets',
    ],
    Open_vSwitch: [
      'bridges',
      'cur_cfg',
      'datapath_types',
      'datapaths',
      'db_version',
      'dpdk_initialized',
      'dpdk_version',
      'external_ids',
      'iface_types',
      'manager_options',
      'next_cfg',
      'other_config',
      'ovs_version',
      'ssl',
      'statistics',
      'system_type',
      'system_version',
    ],
    Port: [
      'bond_active_slave',
      'bond_downdelay',
      'bond_fake_iface',
      'bond_mode',
      'bond_updelay',
      'cvlans',
      'external_ids',
      'fake_bridge',
      'interfaces',
      'lacp',
      'mac',
      'name',
      'other_config',
      'protected',
      'qos',
      'rstp_statistics',
      'rstp_status',
      'statistics',
      'status',
      'tag',
      'trunks',
      'vlan_mode',
    ],
    QoS: ['external_ids', 'other_config', 'queues', 'type'],
    Queue: ['dscp', 'external_ids', 'other_config'],
    SSL: ['bootstrap_ca_cert', 'ca_cert', 'certificate', 'external_ids', 'private_key'],
    sFlow: ['agent', 'external_ids', 'header', 'polling', 'sampling', 'targets'],
  },
} as const;
