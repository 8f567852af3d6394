// Generated from the schema by `npm run generate`, do not edit.

/** Rows of Ovenbird, schema version 1.7.0. */

/** Lives by itself. */
export type CloudRow = {
  readonly _uuid: string;
  readonly api: string;
  readonly id: string;
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
};

/** Lives by itself. */
export type HostRow = {
  readonly _uuid: string;
  readonly addresses: Readonly<Record<string, string>>;
  readonly architecture: string;
  readonly capabilities: Readonly<Record<string, boolean>>;
  /** optional */
  readonly chassis: readonly string[];
  readonly datapath: 'ovn' | 'none';
  /** 0… */
  readonly disk_gb: number;
  readonly driver: 'docker' | 'qemu' | 'fake';
  readonly heartbeat: number;
  readonly hypervisor_version: string;
  /** 0… */
  readonly memory_mb: number;
  /** optional */
  readonly message: readonly string[];
  readonly name: string;
  readonly started_at: number;
  readonly usage: Readonly<Record<string, number>>;
  /** 0… */
  readonly vcpus: number;
};

/** Lives as long as another row refers to it. */
export type InterfaceRow = {
  readonly _uuid: string;
  readonly addresses: Readonly<Record<string, string>>;
  readonly device: string;
  readonly host: string;
  readonly mac: string;
  /** 68…65535 */
  readonly mtu: number;
  readonly network_id: string;
  readonly port_id: string;
  /** 0… */
  readonly position: number;
  readonly routes: Readonly<Record<string, string>>;
};

/** Lives by itself. */
export type MetadataPortRow = {
  readonly _uuid: string;
  readonly addresses: readonly string[];
  readonly host: string;
  readonly mac: string;
  /** optional */
  readonly message: readonly string[];
  /** 68…65535 */
  readonly mtu: number;
  readonly network_id: string;
  readonly port_id: string;
  /** optional */
  readonly state: readonly ('ready' | 'error')[];
};

/** Lives by itself. */
export type ServerRow = {
  readonly _uuid: string;
  readonly authorized_keys: readonly string[];
  /** optional */
  readonly command: readonly string[];
  /** optional */
  readonly container_id: readonly string[];
  /** 0… */
  readonly disk_gb: number;
  readonly dns: Readonly<Record<string, string>>;
  readonly dns_search: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** optional */
  readonly exit_code: readonly number[];
  /** optional */
  readonly finished_at: readonly number[];
  /** 0… */
  readonly generation: number;
  readonly host: string;
  readonly hostname: string;
  readonly id: string;
  readonly image: Readonly<Record<string, string>>;
  /** `Interface` (strong) */
  readonly interfaces: readonly string[];
  /** 0… */
  readonly memory_mb: number;
  /** optional */
  readonly message: readonly string[];
  readonly name: string;
  readonly observed_generation: number;
  readonly options: Readonly<Record<string, string>>;
  readonly plugged: readonly string[];
  readonly power: 'running' | 'paused' | 'suspended' | 'stopped' | 'deleted';
  readonly project_id: string;
  readonly reboot_kind: 'soft' | 'hard';
  /** optional */
  readonly started_at: readonly number[];
  /** optional */
  readonly state: readonly (
    | 'preparing'
    | 'running'
    | 'paused'
    | 'suspended'
    | 'stopped'
    | 'error'
    | 'deleted'
  )[];
  /** optional */
  readonly user_data: readonly string[];
  /** 0… */
  readonly vcpus: number;
};

/** Lives by itself. */
export type TapFlowRow = {
  readonly _uuid: string;
  readonly direction: 'IN' | 'OUT' | 'BOTH';
  readonly host: string;
  readonly id: string;
  /** optional */
  readonly message: readonly string[];
  readonly source_port: string;
  /** optional */
  readonly state: readonly ('active' | 'waiting' | 'error')[];
  readonly tap_port: string;
  /** 0…4095, at most 4096 */
  readonly vlans: readonly number[];
};

/** Lives by itself. */
export type TaskRow = {
  readonly _uuid: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly created_at: number;
  readonly host: string;
  readonly id: string;
  readonly kind:
    | 'console'
    | 'snapshot'
    | 'diagnostics'
    | 'image'
    | 'password'
    | 'software'
    | 'session';
  /** optional */
  readonly message: readonly string[];
  readonly reply_to: string;
  readonly server_id: string;
  /** optional */
  readonly status: readonly ('done' | 'failed')[];
};

/** Tables of Ovenbird. */
export type Ovenbird = {
  readonly Cloud: CloudRow;
  readonly Host: HostRow;
  readonly Interface: InterfaceRow;
  readonly Metadata_Port: MetadataPortRow;
  readonly Server: ServerRow;
  readonly Tap_Flow: TapFlowRow;
  readonly Task: TaskRow;
};

/** What the types above were made from, to tell which columns an older server lacks. */
export const model = {
  database: 'Ovenbird',
  version: '1.7.0',
  columns: {
    Cloud: ['api', 'id', 'name', 'options'],
    Host: [
      'addresses',
      'architecture',
      'capabilities',
      'chassis',
      'datapath',
      'disk_gb',
      'driver',
      'heartbeat',
      'hypervisor_version',
      'memory_mb',
      'message',
      'name',
      'started_at',
      'usage',
      'vcpus',
    ],
    Interface: [
      'addresses',
      'device',
      'host',
      'mac',
      'mtu',
      'network_id',
      'port_id',
      'position',
      'routes',
    ],
    Metadata_Port: ['addresses', 'host', 'mac', 'message', 'mtu', 'network_id', 'port_id', 'state'],
    Server: [
      'authorized_keys',
      'command',
      'container_id',
      'disk_gb',
      'dns',
      'dns_search',
      'environment',
      'exit_code',
      'finished_at',
      'generation',
      'host',
      'hostname',
      'id',
      'image',
      'interfaces',
      'memory_mb',
      'message',
      'name',
      'observed_generation',
      'options',
      'plugged',
      'power',
      'project_id',
      'reboot_kind',
      'started_at',
      'state',
      'user_data',
      'vcpus',
    ],
    Tap_Flow: ['direction', 'host', 'id', 'message', 'source_port', 'state', 'tap_port', 'vlans'],
    Task: [
      'arguments',
      'created_at',
      'host',
      'id',
      'kind',
      'message',
      'reply_to',
      'server_id',
      'status',
    ],
  },
} as const;
