import { isoSeconds } from '../../../core/time.ts';
import type { Caller } from '../../identity/caller.ts';
import type { PropertyProtections } from '../properties/protections.ts';
import type { ImageRow } from '../tables.ts';

/** The image as Glance prints it to that caller: properties of users stand beside its own. */
export function viewImage(
  row: ImageRow,
  caller: Caller,
  protections: PropertyProtections,
): Record<string, unknown> {
  return {
    ...protections.readable(caller, row.properties),
    id: row.id,
    name: row.name,
    status: row.status,
    visibility: row.visibility,
    protected: row.protected,
    os_hidden: row.os_hidden,
    owner: row.owner,
    container_format: row.container_format,
    disk_format: row.disk_format,
    size: row.size,
    virtual_size: row.virtual_size,
    checksum: row.checksum,
    os_hash_algo: row.os_hash_algo,
    os_hash_value: row.os_hash_value,
    min_disk: row.min_disk,
    min_ram: row.min_ram,
    tags: row.tags,
    ...(row.stores.length > 0 ? { stores: row.stores.join(',') } : {}),
    created_at: isoSeconds(row.created_at),
    updated_at: isoSeconds(row.updated_at),
    self: `/v2/images/${row.id}`,
    file: `/v2/images/${row.id}/file`,
    schema: '/v2/schemas/image',
  };
}
