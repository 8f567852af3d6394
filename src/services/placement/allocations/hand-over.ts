import { sql } from 'kysely';
import type { Transaction } from '../../../database/database.ts';
import { claimConsumers, forgetEmptyConsumers, type Consumer } from './consumers.ts';

/**
 * Gives all that one consumer has to another, in place of what that had, in the caller's transaction. Nothing is taken
 * anew, so it always fits; the former consumer is forgotten.
 */
export async function handOver(
  transaction: Transaction,
  fromId: string,
  to: Consumer,
): Promise<void> {
  await claimConsumers(transaction, [to]);
  await sql`delete from placement.allocations where consumer_id = ${to.id}`.execute(transaction);
  await sql`
    update placement.allocations set consumer_id = ${to.id} where consumer_id = ${fromId}
  `.execute(transaction);
  await forgetEmptyConsumers(transaction, [fromId, to.id]);
}
