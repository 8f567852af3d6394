import type { ColumnType, Generated, Selectable } from 'kysely';

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
export const STATUSES = ['queued', 'saving', 'active', 'deactivated'] as const;
export const MEMBER_STATUSES = ['pending', 'accepted', 'rejected'] as const;

export type ContainerFormat = (typeof CONTAINER_FORMATS)[number];
export type DiskFormat = (typeof DISK_FORMATS)[number];
export type Visibility = (typeof VISIBILITIES)[number];
export type ImageStatus = (typeof STATUSES)[number];
export type MemberStatus = (typeof MEMBER_STATUSES)[number];

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
  /** Bytes; null while there is no data. */
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

export type ImageTables = {
  'image.images': ImagesTable;
  'image.members': MembersTable;
};
