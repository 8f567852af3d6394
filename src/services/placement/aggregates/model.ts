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
