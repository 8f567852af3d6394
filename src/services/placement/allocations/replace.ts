import { sql } from 'kysely';
import type { Transaction } from '../../../database/database.ts';
import { loadProviders, type Provider } from '../providers/model.ts';
import { shortageOf } from '../providers/rules.ts';
import { claimConsumers, forgetEmptyConsumers, type Consumer } from './consumers.ts';

/** Amounts by resource class: `{ VCPU: 1, MEMORY_MB: 512 }`. */
export type Resources = Readonly<Record<string, number>>;

/** What a consumer shall have: provider → amounts. */
export interface Claim {
  readonly consumer: Consumer;
  readonly wanted: Readonly<Record<string, Resources>>;
}

/** What does not fit, and by how much. */
export interface Shortage {
  readonly providerId: string;
  readonly resourceClass: string;
  readonly reason: string;
  /** There is no such provider at all. */
  readonly isUnknown: boolean;
}

export type AllocationResult =
  | { readonly fits: true }
  | { readonly fits: false; readonly shortages: readonly Shortage[] };

interface Row {
  readonly consumer_id: string;
  readonly provider_id: string;
  readonly resource_class: string;
  readonly used: number;
}

const isNothing = (resources: Resources): boolean => Object.keys(resources).length === 0;

const keyOf = (providerId: string, resourceClass: string) => `${providerId} ${resourceClass}`;

/** Sums of the amounts by provider and class. */
function sums(rows: readonly Row[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const { provider_id: id, resource_class: name, used } of rows)
    all.set(keyOf(id, name), (all.get(keyOf(id, name)) ?? 0) + used);
  return all;
}

/**
 * Whether everything fits into what the providers have, when `before` is given back. An inventory that is overdrawn
 * already (it shrank) may stay so, if it is not made worse.
 */
function shortages(
  providers: ReadonlyMap<string, Provider>,
  before: readonly Row[],
  rows: readonly Row[],
): Shortage[] {
  const given = sums(before);
  const taken = sums(rows);
  const found: Shortage[] = [];
  for (const { provider_id: providerId, resource_class: resourceClass, used } of rows) {
    const provider = providers.get(providerId);
    const inventory = provider?.inventories[resourceClass];
    const key = keyOf(providerId, resourceClass);
    const [back, all] = [given.get(key) ?? 0, taken.get(key)!];
    const rest = inventory && { ...inventory, used: inventory.used - back };
    const reason =
      shortageOf(rest, used) ??
      // Several consumers of one request together.
      (rest && shortageOf({ ...rest, min_unit: 1, max_unit: all, step_size: 1 }, all));
    if (reason === undefined) continue;
    const noWorse =
      back > 0 &&
      all <= back &&
      rest !== undefined &&
      shortageOf({ ...rest, used: -Infinity }, used) === undefined;
    if (noWorse) continue;
    found.push({
      providerId,
      resourceClass,
      reason: provider ? reason : 'there is no such resource provider',
      isUnknown: !provider,
    });
  }
  return found;
}

/**
 * Each consumer's allocations become exactly what it claims, all or none, in the caller's transaction.
 *
 * Consumers, then the rows of all providers concerned, are locked in the order of their ids; only then is it read
 * what is taken. So of two transactions that want the last room one waits for the other and then sees what it took.
 * When something does not fit nothing is changed but the consumers' generations. A consumer of nothing is forgotten.
 */
export async function replaceAllocations(
  transaction: Transaction,
  claims: readonly Claim[],
): Promise<AllocationResult> {
  const consumers = claims.map(({ consumer }) => consumer.id);
  const present = await claimConsumers(
    transaction,
    claims.map(({ consumer }) => consumer),
  );
  const wantedIds = [...new Set(claims.flatMap(({ wanted }) => Object.keys(wanted)))];
  await sql`
    select id from placement.resource_providers
    where id = any(${wantedIds}::uuid[])
      or id in (select provider_id from placement.allocations where consumer_id = any(${consumers}::uuid[]))
    order by id for update
  `.execute(transaction);
  // Who is new has nothing.
  const before =
    present.length === 0
      ? []
      : (
          await sql<Row>`
            select consumer_id, provider_id, resource_class, used from placement.allocations
            where consumer_id = any(${present}::uuid[])
          `.execute(transaction)
        ).rows;
  const rows: Row[] = claims.flatMap(({ consumer, wanted }) =>
    Object.entries(wanted).flatMap(([provider_id, resources]) =>
      Object.entries(resources).map(([resource_class, used]) => ({
        consumer_id: consumer.id,
        provider_id,
        resource_class,
        used,
      })),
    ),
  );
  const providers = new Map(
    (wantedIds.length === 0 ? [] : await loadProviders(transaction, wantedIds)).map((provider) => [
      provider.id,
      provider,
    ]),
  );
  const missing = shortages(providers, before, rows);
  if (missing.length > 0) {
    await forgetEmptyConsumers(transaction, consumers);
    return { fits: false, shortages: missing };
  }
  if (before.length > 0)
    await sql`
      delete from placement.allocations where consumer_id = any(${consumers}::uuid[])
    `.execute(transaction);
  // Who read what they have given decides anew.
  const given = sql`
    update placement.resource_providers set generation = generation + 1
    where id = any(${wantedIds}::uuid[])`;
  if (rows.length > 0)
    await sql`
      with given as (${given})
      insert into placement.allocations (consumer_id, provider_id, resource_class, used)
      select * from unnest(
        ${rows.map((row) => row.consumer_id)}::uuid[], ${rows.map((row) => row.provider_id)}::uuid[],
        ${rows.map((row) => row.resource_class)}::text[], ${rows.map((row) => row.used)}::bigint[])
    `.execute(transaction);
  else await given.execute(transaction);
  if (claims.some(({ wanted }) => Object.values(wanted).every(isNothing)))
    await forgetEmptyConsumers(transaction, consumers);
  return { fits: true };
}

/** Takes back all that the consumer has, and forgets it. False when there was no such consumer. */
export async function releaseAllocations(
  transaction: Transaction,
  consumerId: string,
): Promise<boolean> {
  const { rows } = await sql`
    delete from placement.consumers where id = ${consumerId}::uuid returning id
  `.execute(transaction);
  return rows.length > 0;
}
