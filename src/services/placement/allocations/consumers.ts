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

/** Locks the consumer's row, making it when it is new, and counts its generation; allocations need the row. */
export async function claimConsumer(transaction: Transaction, consumer: Consumer): Promise<void> {
  const { id, expectedGeneration: expected } = consumer;
  const { rows } = await sql<{ generation: number; is_new: boolean }>`
    insert into placement.consumers as c (id, project_id, user_id, consumer_type)
    values (${id}, ${consumer.projectId}, ${consumer.userId}, ${consumer.type ?? null})
    on conflict (id) do update set generation = c.generation + 1, project_id = excluded.project_id,
      user_id = excluded.user_id, consumer_type = coalesce(excluded.consumer_type, c.consumer_type)
    returning c.generation, xmax = 0 as is_new
  `.execute(transaction);
  const row = rows[0]!;
  const live = row.is_new ? null : row.generation - 1;
  if (expected !== undefined && live !== expected)
    throw consumerGenerationConflict(id, expected, live);
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
