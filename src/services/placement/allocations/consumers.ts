import { sql } from 'kysely';
import type { Transaction } from '../../../database/database.ts';
import { consumerGenerationConflict } from '../errors.ts';

/** Who takes: a server. */
export interface Consumer {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  /** What kind of thing it is, such as INSTANCE; absent: as it was, or never said. */
  readonly type?: string;
  /** The generation its allocations are expected at; null: it has none yet; absent: whatever it is. */
  readonly expectedGeneration?: number | null;
}

/**
 * Locks the consumers' rows in the order of their ids, making those that are new, and counts their generations;
 * allocations need the rows. No consumer may be named twice. Gives the ids of those that were there already.
 */
export async function claimConsumers(
  transaction: Transaction,
  consumers: readonly Consumer[],
): Promise<string[]> {
  const { rows } = await sql<{ id: string; generation: number; is_new: boolean }>`
    insert into placement.consumers as c (id, project_id, user_id, consumer_type)
    select * from unnest(
      ${consumers.map(({ id }) => id)}::uuid[], ${consumers.map(({ projectId }) => projectId)}::text[],
      ${consumers.map(({ userId }) => userId)}::text[],
      ${consumers.map(({ type }) => type ?? null)}::text[]) as wanted (id, project_id, user_id, type)
    order by wanted.id
    on conflict (id) do update set generation = c.generation + 1, project_id = excluded.project_id,
      user_id = excluded.user_id, consumer_type = coalesce(excluded.consumer_type, c.consumer_type)
    returning c.id, c.generation, xmax = 0 as is_new
  `.execute(transaction);
  const found = new Map(rows.map((row) => [row.id, row.is_new ? null : row.generation - 1]));
  for (const { id, expectedGeneration: expected } of consumers) {
    const live = found.get(id) ?? null;
    if (expected !== undefined && live !== expected)
      throw consumerGenerationConflict(id, expected, live);
  }
  return rows.filter((row) => !row.is_new).map(({ id }) => id);
}

/** Forgets those of the consumers that have nothing. */
export async function forgetEmptyConsumers(
  transaction: Transaction,
  ids: readonly string[],
): Promise<void> {
  await sql`
    delete from placement.consumers c where id = any(${ids}::uuid[])
      and not exists (select from placement.allocations a where a.consumer_id = c.id)
  `.execute(transaction);
}
