import { sql } from 'kysely';
import type { Transaction } from '../../../database/database.ts';

/** The provider is in exactly these aggregates; they need not be known from anywhere. */
export async function replaceAggregates(
  transaction: Transaction,
  providerId: string,
  ids: readonly string[],
): Promise<void> {
  await sql`delete from placement.provider_aggregates where provider_id = ${providerId}`.execute(
    transaction,
  );
  await sql`
    insert into placement.provider_aggregates (provider_id, aggregate_id)
    select ${providerId}::uuid, id from unnest(${[...new Set(ids)]}::uuid[]) id
  `.execute(transaction);
}

/** The provider joins an aggregate or leaves it; its generation goes up when that changes something. */
export async function changeMembership(
  transaction: Transaction,
  providerId: string,
  aggregateId: string,
  isMember: boolean,
): Promise<void> {
  const changed = await (
    isMember
      ? sql`
          insert into placement.provider_aggregates (provider_id, aggregate_id)
          select id, ${aggregateId}::uuid from placement.resource_providers where id = ${providerId}
          on conflict do nothing returning provider_id
        `
      : sql`
          delete from placement.provider_aggregates
          where provider_id = ${providerId} and aggregate_id = ${aggregateId} returning provider_id
        `
  ).execute(transaction);
  if (changed.rows.length === 0) return;
  await sql`
    update placement.resource_providers set generation = generation + 1, updated_at = now()
    where id = ${providerId}
  `.execute(transaction);
}
