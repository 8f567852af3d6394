import type { Database, Transaction } from '../../../database/database.ts';
import { tablesOf } from '../tables.ts';

/** An image that is being made of a server's disk. */
export interface Snapshot {
  readonly imageId: string;
  readonly serverId: string;
  readonly host: string;
  /** The server has been deleted meanwhile. */
  readonly isOrphan: boolean;
}

/** Written with the order: from here on it is carried out, whoever dies. */
export async function insertSnapshot(
  transaction: Transaction,
  snapshot: Pick<Snapshot, 'imageId' | 'serverId' | 'host'>,
): Promise<void> {
  await tablesOf(transaction)
    .insertInto('compute.snapshots')
    .values({
      image_id: snapshot.imageId,
      server_id: snapshot.serverId,
      host: snapshot.host,
    })
    .execute();
}

export async function listSnapshots(database: Database): Promise<Snapshot[]> {
  const rows = await tablesOf(database)
    .selectFrom('compute.snapshots as s')
    .leftJoin('compute.servers as v', 'v.id', 's.server_id')
    .select(['s.image_id', 's.server_id', 's.host', 'v.id as known', 'v.deleted_at'])
    .execute();
  return rows.map((row) => ({
    imageId: row.image_id,
    serverId: row.server_id,
    host: row.host,
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
