import type { ColumnType, Generated, Insertable, Selectable } from 'kysely';
import type { MetadefTables } from './metadefs/tables.ts';

export const CONTAINER_FORMATS = [
  'ami',
  'ari',
  'aki',
  'bare',
  'ovf',
  'ova',
  'docker',
  'compressed',
] as const;
export const DISK_FORMATS = [
  'ami',
  'ari',
  'aki',
  'vhd',
  'vhdx',
  'vmdk',
  'raw',
  'qcow2',
  'vdi',
  'ploop',
  'iso',
] as const;
export const VISIBILITIES = ['public', 'community', 'shared', 'private'] as const;
/** `killed` is of the past: an upload that fails leaves its image queued. */
export const STATUSES = [
  'queued',
  'saving',
  'uploading',
  'importing',
  'active',
  'deactivated',
  'killed',
] as const;
/** Images whose data is there. */
export const WITH_DATA: readonly ImageStatus[] = ['active', 'deactivated'];
export const TASK_STATUSES = ['pending', 'processing', 'success', 'failure'] as const;
export const MEMBER_STATUSES = ['pending', 'accepted', 'rejected'] as const;

export type ContainerFormat = (typeof CONTAINER_FORMATS)[number];
export type DiskFormat = (typeof DISK_FORMATS)[number];
export type Visibility = (typeof VISIBILITIES)[number];
export type ImageStatus = (typeof STATUSES)[number];
export type MemberStatus = (typeof MEMBER_STATUSES)[number];
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** `image.images`: what Glance knows of an image beside its bytes. */
export interface ImagesTable {
  id: string;
  name: string | null;
  status: ImageStatus;
  visibility: Visibility;
  protected: boolean;
  os_hidden: boolean;
  /** Project. */
  owner: string | null;
  container_format: ContainerFormat | null;
  disk_format: DiskFormat | null;
  /** Bytes of the data, or of what is staged; null while there is none. */
  size: number | null;
  virtual_size: number | null;
  /** MD5. */
  checksum: string | null;
  os_hash_algo: string | null;
  os_hash_value: string | null;
  min_disk: Generated<number>;
  min_ram: Generated<number>;
  tags: ColumnType<string[], string[] | undefined, string[]>;
  /** The properties that users add, text to text. */
  properties: ColumnType<Record<string, string>, string | undefined, string>;
  /** Stores that have the data. */
  stores: ColumnType<string[], string[] | undefined, string[]>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

/** An image as it is read. */
export type ImageRow = Selectable<ImagesTable>;

/** `image.members`: projects that a shared image is shared with. */
export interface MembersTable {
  image_id: string;
  /** Project. */
  member: string;
  status: MemberStatus;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

/** A sharing as it is read. */
export type MemberRow = Selectable<MembersTable>;

/** What an import was asked to do. */
export interface TaskInput {
  readonly image_id: string;
  /** The request's body. */
  readonly import_req: {
    readonly method: { readonly name: string; readonly uri?: string };
    readonly all_stores_must_succeed?: boolean;
    readonly [more: string]: unknown;
  };
  /** Stores to write to. */
  readonly backend: readonly string[];
}

/** `image.tasks`: imports, asked for and done. */
export interface TasksTable {
  id: string;
  image_id: string;
  type: string;
  status: TaskStatus;
  /** Project. */
  owner: string | null;
  user_id: string;
  request_id: string;
  input: ColumnType<TaskInput, string, string>;
  message: Generated<string>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  /** When it is forgotten; null while it is not finished. */
  expires_at: Date | null;
}

export type TaskRow = Selectable<TasksTable>;
export type NewTask = Insertable<TasksTable>;

export type ImageTables = MetadefTables & {
  'image.tasks': TasksTable;
  'image.images': ImagesTable;
  'image.members': MembersTable;
};
