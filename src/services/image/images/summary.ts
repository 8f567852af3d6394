import type { ContainerFormat, DiskFormat, ImageRow, ImageStatus } from '../tables.ts';

/** An image as compute needs it. */
export interface ImageSummary {
  readonly id: string;
  readonly name: string | undefined;
  readonly status: ImageStatus;
  readonly owner: string | undefined;
  /** Bytes; 0 while there is no data. */
  readonly size: number;
  /** MD5 of the data, and the stronger hash that hosts check. */
  readonly checksum: string | undefined;
  readonly osHashAlgo: string | undefined;
  readonly osHashValue: string | undefined;
  readonly containerFormat: ContainerFormat | undefined;
  readonly diskFormat: DiskFormat | undefined;
  /** GiB and MiB that a flavor must offer. */
  readonly minDisk: number;
  readonly minRam: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly updatedAt: Date;
}

export function summarize(row: ImageRow): ImageSummary {
  return {
    id: row.id,
    name: row.name ?? undefined,
    status: row.status,
    owner: row.owner ?? undefined,
    size: row.size ?? 0,
    checksum: row.checksum ?? undefined,
    osHashAlgo: row.os_hash_algo ?? undefined,
    osHashValue: row.os_hash_value ?? undefined,
    containerFormat: row.container_format ?? undefined,
    diskFormat: row.disk_format ?? undefined,
    minDisk: row.min_disk,
    minRam: row.min_ram,
    properties: row.properties,
    updatedAt: row.updated_at,
  };
}
