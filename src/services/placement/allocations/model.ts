import { sql } from 'kysely';
import type { Database, Transaction } from '../../../database/database.ts';
import { consumerGenerationConflict } from '../errors.ts';
import { loadProviders } from '../providers/model.ts';
import { shortageOf } from '../providers/rules.ts';
import type { PlacementTables } from '../tables.ts';

/** Amounts by resource class: `{ VCPU: 1, MEMORY_MB: 512 }`. */
export type Resources = Readonly<Record<string, number>>;

/** Who takes: a server. */
export interface Consumer {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  /** The generation its allocations are expected at; null: it has none yet; absent: whatever it is. */
  readonly expectedGeneration?: number | null;
}

/** What does not fit, and by how much. */
export interface Shortage {
  readonly providerId: string;
  readonly resourceClass: string;
  readonly reason: string;
}

export type AllocationResult =
  | { readonly fits: true }
  | { readonly fits: false; readonly shortages: readonly Shortage[] };

/** Locks the consumer's row, making it when it is new (then true); the foreign key of allocations needs it. */
async function claimConsumer(transaction: Transaction, consumer: Consumer): Promise<boolean> {
  const tables = transaction.withTables<PlacementTables>();
  const { expectedGeneration: expected } = consumer;
  const row = await tables
    .insertInto('placement.consumers')
    .values({ id: consumer.id, project_id: consumer.projectId, user_id: consumer.userId })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((set) => ({
        generation: set('placement.consumers.generation', '+', 1),
        project_id: consumer.projectId,
        user_id: consumer.userId,
      })),
    )
    .returning(['generation', sql<boolean>`xmax = 0`.as('is_new')])
    .executeTakeFirstOrThrow();
  const before = row.is_new ? null : row.generation - 1;
  if (expected !== undefined && before !== expected)
    throw consumerGenerationConflict(consumer.id, expected, before);
  return row.is_new;
}

/**
 * The consumer's allocations become exactly `wanted` (provider → amounts), in the caller's transaction.
 *
 * The rows of all providers concerned are locked first, in the order of their ids; only then is it read what is
 * taken. So of two transactions that want the last room one waits for the other and then sees what it took.
 * When something does not fit, nothing of the consumer is changed but its generation. A consumer of nothing is forgotten.
 */
export async function replaceAllocations(
  transaction: Transaction,
  consumer: Consumer,
  wanted: Readonly<Record<string, Resources>>,
): Promise<AllocationResult> {
  const tables = transaction.withTables<PlacementTables>();
  const isNew = await claimConsumer(transaction, consumer);
  const ids = Object.keys(wanted);
  await sql`
    update placement.resource_providers p set generation = p.generation + 1
    from (
      select id from placement.resource_providers
      where id = any(${ids}::uuid[])
        or id in (select provider_id from placement.allocations where consumer_id = ${consumer.id})
      order by id for update
    ) locked where p.id = locked.id
  `.execute(transaction);
  const own = isNew
    ? []
    : await tables
        .selectFrom('placement.allocations')
        .select(['provider_id', 'resource_class', 'used'])
        .where('consumer_id', '=', consumer.id)
        .execute();
  const providers = new Map(
    (await loadProviders(transaction, ids)).map((provider) => [provider.id, provider]),
  );
  const shortages: Shortage[] = [];
  for (const [providerId, resources] of Object.entries(wanted)) {
    const provider = providers.get(providerId);
    for (const [resourceClass, amount] of Object.entries(resources)) {
      const inventory = provider?.inventories[resourceClass];
      const given = own.find(
        (row) => row.provider_id === providerId && row.resource_class === resourceClass,
      );
      const reason = provider
        ? shortageOf(
            inventory && { ...inventory, used: inventory.used - (given?.used ?? 0) },
            amount,
          )
        : 'there is no such resource provider';
      if (reason !== undefined) shortages.push({ providerId, resourceClass, reason });
    }
  }
  if (shortages.length > 0) {
    if (isNew) await forgetConsumer(transaction, consumer.id);
    return { fits: false, shortages };
  }
  if (own.length > 0)
    await tables
      .deleteFrom('placement.allocations')
      .where('consumer_id', '=', consumer.id)
      .execute();
  const rows = Object.entries(wanted).flatMap(([provider_id, resources]) =>
    Object.entries(resources).map(([resource_class, used]) => ({
      consumer_id: consumer.id,
      provider_id,
      resource_class,
      used,
    })),
  );
  if (rows.length > 0) await tables.insertInto('placement.allocations').values(rows).execute();
  else await forgetConsumer(transaction, consumer.id);
  return { fits: true };
}

/** True when there was such a consumer; its allocations go with it. */
async function forgetConsumer(transaction: Transaction, consumerId: string): Promise<boolean> {
  const gone = await transaction
    .withTables<PlacementTables>()
    .deleteFrom('placement.consumers')
    .where('id', '=', consumerId)
    .returning('id')
    .executeTakeFirst();
  return gone !== undefined;
}

/** Takes back all that the consumer has, and forgets it. False when there was no such consumer. */
export async function releaseAllocations(
  transaction: Transaction,
  consumerId: string,
): Promise<boolean> {
  await sql`
    update placement.resource_providers p set generation = p.generation + 1
    from (
      select id from placement.resource_providers
      where id in (select provider_id from placement.allocations where consumer_id = ${consumerId})
      order by id for update
    ) locked where p.id = locked.id
  `.execute(transaction);
  return forgetConsumer(transaction, consumerId);
}

export async function release(transaction: Transaction, consumerId: string): Promise<void> {
  await releaseAllocations(transaction, consumerId);
}

export interface Allocation {
  readonly consumerId: string;
  readonly consumerGeneration: number;
  readonly projectId: string;
  readonly userId: string;
  readonly providerId: string;
  readonly providerGeneration: number;
  readonly resourceClass: string;
  readonly used: number;
  readonly updatedAt: Date;
}

/** Allocations of one consumer or on one provider. */
export async function listAllocations(
  database: Database | Transaction,
  by: { consumerId: string } | { providerId: string },
): Promise<Allocation[]> {
  const query = database
    .withTables<PlacementTables>()
    .selectFrom('placement.allocations as a')
    .innerJoin('placement.consumers as c', 'c.id', 'a.consumer_id')
    .innerJoin('placement.resource_providers as p', 'p.id', 'a.provider_id')
    .select([
      'a.consumer_id as consumerId',
      'c.generation as consumerGeneration',
      'c.project_id as projectId',
      'c.user_id as userId',
      'a.provider_id as providerId',
      'p.generation as providerGeneration',
      'a.resource_class as resourceClass',
      'a.used',
      'a.updated_at as updatedAt',
    ]);
  return (
    'consumerId' in by
      ? query.where('a.consumer_id', '=', by.consumerId)
      : query.where('a.provider_id', '=', by.providerId)
  ).execute();
}

/** Sum of all that a project, or one user of it, has taken, by class. */
export async function usageOf(
  database: Database,
  projectId: string,
  userId: string | undefined,
): Promise<Record<string, number>> {
  let query = database
    .withTables<PlacementTables>()
    .selectFrom('placement.allocations as a')
    .innerJoin('placement.consumers as c', 'c.id', 'a.consumer_id')
    .select(['a.resource_class', sql<number>`sum(a.used)::bigint`.as('used')])
    .where('c.project_id', '=', projectId)
    .groupBy('a.resource_class');
  if (userId !== undefined) query = query.where('c.user_id', '=', userId);
  return Object.fromEntries((await query.execute()).map((row) => [row.resource_class, row.used]));
}
