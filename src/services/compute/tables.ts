import type { ColumnType, Generated } from 'kysely';
import type { Database } from '../../database/database.ts';
import type { Transaction } from '../../database/database.ts';

/** Time that PostgreSQL fills in unless it is given. */
type Timestamp = ColumnType<Date, Date | undefined, Date>;
/** JSON that is written as text and read back parsed. */
type Json<T> = ColumnType<T, string, string>;

export interface FlavorRow {
  /** Nova's `flavorid`: any text that was chosen, else a UUID. */
  id: string;
  /** Order of making, for instance-type ids and stable lists. */
  number: Generated<number>;
  name: string;
  vcpus: number;
  memory_mb: number;
  root_gb: number;
  ephemeral_gb: number;
  swap_mb: number;
  rxtx_factor: number;
  is_public: boolean;
  description: string | null;
  extra_specs: Json<Record<string, string>>;
  created_at: Timestamp;
  updated_at: Date | null;
}

export interface FlavorAccessRow {
  flavor_id: string;
  project_id: string;
}

export interface KeypairRow {
  number: Generated<number>;
  user_id: string;
  name: string;
  type: string;
  public_key: string;
  fingerprint: string;
  created_at: Timestamp;
}

/** A limit that differs from the default; of one project. */
export interface QuotaRow {
  project_id: string;
  resource: string;
  hard_limit: number;
}

/** A limit of one user in a project, beside the project's. */
export interface UserQuotaRow extends QuotaRow {
  user_id: string;
}

/** Defaults that an operator changed (`os-quota-class-sets/default`). */
export interface QuotaClassRow {
  class: string;
  resource: string;
  hard_limit: number;
}

/** A host as Nova's `os-services` knows it; what it is and can do stands in the `Ovenbird` database. */
export interface HostRow {
  name: string;
  /** Id of service and hypervisor before 2.53. */
  number: Generated<number>;
  /** Of the hypervisor and the resource provider. */
  id: string;
  service_id: string;
  disabled: Generated<boolean>;
  disabled_reason: string | null;
  forced_down: Generated<boolean>;
  /** OVN's chassis that its servers are plugged into, as it told last; null: it has never told one. */
  chassis: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export type VmState =
  | 'building'
  | 'active'
  | 'paused'
  | 'stopped'
  | 'error'
  | 'deleted'
  | 'suspended'
  | 'rescued'
  | 'resized'
  | 'shelved'
  | 'shelved_offloaded'
  | 'soft-delete';

export type Power = 'running' | 'paused' | 'suspended' | 'stopped' | 'deleted';

export interface SnapshotRow {
  image_id: string;
  server_id: string;
  host: string;
  /** What for: `image` and `backup` are made while the server goes on, the others once it has stopped. */
  purpose: Generated<SnapshotPurpose>;
  /** Of backups: how many of their kind are kept. */
  rotation: number | null;
  created_at: Timestamp;
}

export type SnapshotPurpose = 'image' | 'backup' | 'shelve' | 'migrate';

export type PortProviders = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A server on its way to another flavor or host: Nova's migration. */
export interface MoveRow {
  /** Nova's number of it. */
  id: Generated<number>;
  /** Consumer of what the server had before, in placement, until it is over. */
  uuid: string;
  server_id: string;
  project_id: string;
  user_id: string;
  type: 'resize' | 'migration' | 'evacuation';
  /** Nova's: `migrating`, `finished` (waits for a decision), `reverting`; over: `confirmed`, `reverted`, `done`, `error`. */
  status: string;
  source_host: string;
  dest_host: string;
  old_flavor: Json<ServerFlavor>;
  old_flavor_id: string;
  new_flavor_id: string;
  /** Port → request group → the provider that serves it, where the server goes, and where it was. */
  allocations: Json<PortProviders>;
  old_allocations: Json<PortProviders>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** The flavor as it was when the server was made: later changes of the flavor do not change servers. */
export interface ServerFlavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMb: number;
  readonly rootGb: number;
  readonly ephemeralGb: number;
  readonly swapMb: number;
  readonly extraSpecs: Readonly<Record<string, string>>;
}

/** What a host must know of the image; see `Server.image` in `src/host/ovenbird.md`. */
export interface ServerImage {
  readonly containerFormat: string;
  readonly diskFormat: string;
  readonly size: number;
  readonly checksum: string | undefined;
  readonly hashAlgorithm: string | undefined;
  readonly hashValue: string | undefined;
  /** `os_command_line`: replaces the image's command. */
  readonly command: string | undefined;
  /** Those properties that say how containers run: `settings.ts`. Absent in servers of before, as the next. */
  readonly properties?: Readonly<Record<string, string>>;
  /** `os_admin_user`: whose password and keys are meant; root when absent. */
  readonly administrator?: string | undefined;
  /** `hypervisor_type`, in small letters: only hosts of this kind will do. Absent in servers of before. */
  readonly hypervisorType?: string | undefined;
}

export interface MadeFrom {
  readonly id: string;
  readonly image: ServerImage;
}

/** What a rescued server runs from. */
export interface RescueFrom extends MadeFrom {
  /** Of its root meanwhile. */
  readonly passwordHash: string;
  /** The server's when it was ordered: no two rescues have the same. */
  readonly generation: number;
}

export interface ServerFault {
  readonly code: number;
  readonly message: string;
  readonly details: string | undefined;
  readonly created: string;
  /** `host`: its agent said so; it passes when the agent says otherwise. */
  /** `exit`: its main process ended by itself, with a code that is not 0. */
  readonly source: 'scheduler' | 'host' | 'network' | 'operator' | 'exit';
}

export interface ServerRow {
  id: string;
  /** For names like `instance-0000002a` and EC2 ids. */
  number: Generated<number>;
  project_id: string;
  user_id: string;
  name: string;
  description: string | null;
  hostname: string;
  vm_state: VmState;
  task_state: string | null;
  /** Desired; what is observed stands in the `Ovenbird` database. */
  power: Power;
  /** Nova's number of the last observed power: 0 none, 1 running, 3 paused, 4 shut down. */
  power_state: Generated<number>;
  /** Counted up with every order to start or reboot. */
  generation: Generated<number>;
  reboot_kind: Generated<'soft' | 'hard'>;
  /** Counted up with every order to make it anew from an image. */
  build: Generated<number>;
  /** Counted up with every change of state: guards reactions against writing over each other. */
  revision: Generated<number>;
  host: string | null;
  availability_zone: string | null;
  /** The zone that was asked for, which it stays in whatever moves it. */
  pinned_zone: string | null;
  flavor: Json<ServerFlavor>;
  /** The same as `flavor.id`, for filters. */
  flavor_id: string;
  image_id: string;
  image: Json<ServerImage>;
  key_name: string | null;
  key_type: string | null;
  key_data: string | null;
  user_data: string | null;
  metadata: Json<Record<string, string>>;
  tags: ColumnType<string[], string[], string[]>;
  /** `owner` or `admin` when locked. */
  locked_by: string | null;
  locked_reason: string | null;
  access_ip_v4: string | null;
  access_ip_v6: string | null;
  disk_config: string;
  reservation_id: string;
  /** Entropy for the server, from `meta_data.json`. */
  random_seed: Generated<string>;
  launch_index: number;
  fault: ColumnType<ServerFault | null, string | null, string | null>;
  created_at: Timestamp;
  updated_at: Timestamp;
  launched_at: Date | null;
  terminated_at: Date | null;
  deleted_at: Date | null;
  /** The image that the host makes it from, where that is not `image_id` any more: it was shelved or moved. */
  made_from: ColumnType<MadeFrom | null, string | null | undefined, string | null>;
  /** The image that was made of it to be shelved or moved; removed when it is not needed any more. */
  kept_image_id: ColumnType<string | null, string | null | undefined, string | null>;
  /** It is to leave its host: for this one, or for none (''). Null: it stays. */
  leaving_for: ColumnType<string | null, string | null | undefined, string | null>;
  /** It has a drive with its metadata. */
  config_drive: Generated<boolean>;
  /** Of the password that was chosen for it, as `/etc/shadow` has it. */
  password_hash: ColumnType<string | null, string | null | undefined, string | null>;
  /** Null: it runs from its own disk. */
  rescue: ColumnType<RescueFrom | null, string | null | undefined, string | null>;
  /** The server group that it was made in, until that is deleted. */
  server_group_id: string | null;
}

/** A host aggregate; its zone is `metadata.availability_zone`. */
export interface AggregateRow {
  id: Generated<number>;
  /** Its id in placement, and from 2.41 on shown. */
  uuid: string;
  name: string;
  metadata: Json<Record<string, string>>;
  created_at: Timestamp;
  updated_at: Date | null;
}

export interface AggregateHostRow {
  aggregate_id: number;
  host: string;
  /** Order of joining. */
  number: Generated<number>;
}

export interface ServerGroupRow {
  id: string;
  number: Generated<number>;
  project_id: string;
  user_id: string;
  name: string;
  policy: 'affinity' | 'anti-affinity' | 'soft-affinity' | 'soft-anti-affinity';
  rules: Json<{ readonly max_server_per_host?: number }>;
  created_at: Timestamp;
}

/** The ports of a server, in the order of its interfaces. */
export interface ServerPortRow {
  server_id: string;
  port_id: string;
  network_id: string;
  position: number;
  /** Made by Nova, hence deleted with the server. */
  owned: boolean;
  tag: string | null;
}

export interface InstanceActionRow {
  server_id: string;
  request_id: string;
  action: string;
  project_id: string;
  user_id: string;
  message: string | null;
  started_at: Timestamp;
  updated_at: Timestamp;
}

/** What Nova calls an event of an action; each of our actions has one. */
export interface InstanceEventRow {
  server_id: string;
  request_id: string;
  event: string;
  host: string | null;
  started_at: Timestamp;
  finished_at: Date | null;
  result: string | null;
  details: string | null;
}

/** A token that opens a console, by its SHA-256. */
export interface ConsoleTokenRow {
  digest: Buffer;
  server_id: string;
  user_id: string;
  type: 'novnc' | 'serial';
  created_at: Timestamp;
  expires_at: Date;
  used_at: Date | null;
}

/** A type and not an interface: Kysely asks for an index signature. */
export type ComputeTables = {
  'compute.flavors': FlavorRow;
  'compute.flavor_access': FlavorAccessRow;
  'compute.keypairs': KeypairRow;
  'compute.quotas': QuotaRow;
  'compute.user_quotas': UserQuotaRow;
  'compute.quota_classes': QuotaClassRow;
  'compute.hosts': HostRow;
  'compute.aggregates': AggregateRow;
  'compute.aggregate_hosts': AggregateHostRow;
  'compute.server_groups': ServerGroupRow;
  'compute.servers': ServerRow;
  'compute.server_ports': ServerPortRow;
  'compute.snapshots': SnapshotRow;
  'compute.moves': MoveRow;
  'compute.instance_actions': InstanceActionRow;
  'compute.instance_events': InstanceEventRow;
  'compute.console_tokens': ConsoleTokenRow;
};

/** The service's view of a database or transaction. */
export const tablesOf = (database: Database | Transaction) => database.withTables<ComputeTables>();
