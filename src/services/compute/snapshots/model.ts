import type { Database, Transaction } from '../../../database/database.ts';
import { tablesOf, type SnapshotPurpose } from '../tables.ts';

/** An image that is being made of a server's disk. */
export interface Snapshot {
  readonly imageId: string;
  readonly serverId: string;
  readonly host: string;
  readonly purpose: SnapshotPurpose;
  /** Of backups: how many of their kind are kept. */
  readonly rotation: number | undefined;
  /** What the server is about. */
  readonly taskState: string | null;
  /** The server has been deleted meanwhile. */
  readonly isOrphan: boolean;
}

/** Written with the order: from here on it is carried out, whoever dies. */
export async function insertSnapshot(
  transaction: Transaction,
  snapshot: Pick<Snapshot, 'imageId' | 'serverId' | 'host'> &
    Partial<Pick<Snapshot, 'purpose' | 'rotation'>>,
): Promise<void> {
  await tablesOf(transaction)
    .insertInto('compute.snapshots')
    .values({
      image_id: snapshot.imageId,
      server_id: snapshot.serverId,
      host: snapshot.host,
      purpose: snapshot.purpose ?? 'image',
      rotation: snapshot.rotation ?? null,
    })
    .execute();
}

export async function listSnapshots(database: Database): Promise<Snapshot[]> {
  const rows = await tablesOf(database)
    .selectFrom('compute.snapshots as s')
    .leftJoin('compute.servers as v', 'v.id', 's.server_id')
    .select([
      's.image_id',
      's.server_id',
      's.host',
      's.purpose',
      's.rotation',
      'v.id as known',
      'v.task_state',
      'v.deleted_at',
    ])
    .execute();
  return rows.map((row) => ({
    imageId: row.image_id,
    serverId: row.server_id,
    host: row.host,
    purpose: row.purpose,
    rotation: row.rotation ?? undefined,
    taskState: row.task_state,
    isOrphan: row.known === null || row.deleted_at !== null,
  }));
}

/** False when somebody else has finished it already. */
export async function deleteSnapshot(transaction: Transaction, imageId: string): Promise<boolean> {
  const result = await tablesOf(transaction)
    .deleteFrom('compute.snapshots')
    .where('image_id', '=', imageId)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}
