import { sql } from 'kysely';
import type { Transaction } from '../../../database/database.ts';
import { replaceAllocations, type AllocationResult, type Resources } from './replace.ts';

/**
 * Gives a consumer more or (negative amounts) less than it has, by provider and class; what comes to nothing is given
 * back. A consumer that has nothing at all is left alone: it has been released, or it was never counted.
 */
export async function adjustAllocations(
  transaction: Transaction,
  consumerId: string,
  changes: Readonly<Record<string, Resources>>,
): Promise<AllocationResult> {
  // The consumer first, as `replaceAllocations` does: what it has stays so until the transaction ends.
  const { rows: consumers } = await sql<{ project_id: string; user_id: string }>`
    select project_id, user_id from placement.consumers where id::text = ${consumerId} for update
  `.execute(transaction);
  const [consumer] = consumers;
  if (consumer === undefined) return { fits: true };
  const { rows } = await sql<{ provider_id: string; resource_class: string; used: number }>`
    select provider_id, resource_class, used from placement.allocations where consumer_id = ${consumerId}
  `.execute(transaction);
  const wanted: Record<string, Record<string, number>> = {};
  const add = (provider: string, resourceClass: string, amount: number): void => {
    const resources = (wanted[provider] ??= {});
    resources[resourceClass] = (resources[resourceClass] ?? 0) + amount;
  };
  for (const row of rows) add(row.provider_id, row.resource_class, Number(row.used));
  for (const [provider, resources] of Object.entries(changes))
    for (const [name, amount] of Object.entries(resources)) add(provider, name, amount);
  const kept = Object.entries(wanted)
    .map(([provider, resources]) => [
      provider,
      Object.fromEntries(Object.entries(resources).filter(([, amount]) => amount > 0)),
    ])
    .filter(([, resources]) => Object.keys(resources!).length > 0);
  return replaceAllocations(transaction, [
    {
      consumer: { id: consumerId, projectId: consumer.project_id, userId: consumer.user_id },
      wanted: Object.fromEntries(kept) as Record<string, Resources>,
    },
  ]);
}
