import { sql } from 'kysely';
import { transact, type Database, type Transaction } from '../../../database/database.ts';
import { generationConflict, providerNotFound } from '../errors.ts';
import { putInventories, type Inventory } from '../inventories/model.ts';
import type { PlacementTables } from '../tables.ts';
import { replaceTraits } from '../traits/model.ts';
import { normalUuid } from '../uuids.ts';

export interface Provider {
  readonly id: string;
  readonly name: string;
  readonly generation: number;
  readonly parentId: string | null;
  readonly rootId: string;
  readonly updatedAt: Date;
  /** By resource class, with what is taken. */
  readonly inventories: Readonly<Record<string, Inventory & { readonly used: number }>>;
  readonly traits: ReadonlySet<string>;
  readonly aggregates: ReadonlySet<string>;
}

/** A provider as the scheduler sees it. */
export type ProviderUsage = Provider;

/** What a host offers. */
export interface ProviderOffer {
  readonly id: string;
  readonly name: string;
  readonly inventories: Readonly<Record<string, Inventory>>;
  readonly traits: readonly string[];
}

interface ProviderRecord {
  id: string;
  name: string;
  generation: number;
  parent_id: string | null;
  root_id: string;
  updated_at: Date;
  inventories: Record<string, Inventory & { used: number }>;
  traits: string[];
  aggregates: string[];
}

const toProvider = (row: ProviderRecord): Provider => ({
  id: row.id,
  name: row.name,
  generation: row.generation,
  parentId: row.parent_id,
  rootId: row.root_id,
  updatedAt: row.updated_at,
  inventories: row.inventories,
  traits: new Set(row.traits),
  aggregates: new Set(row.aggregates),
});

/** Inventories of the provider `p`, with what is taken: one look at its allocations for all classes. */
const INVENTORIES = sql`coalesce((
        select jsonb_object_agg(i.resource_class, jsonb_build_object(
          'total', i.total, 'reserved', i.reserved, 'min_unit', i.min_unit, 'max_unit', i.max_unit,
          'step_size', i.step_size, 'allocation_ratio', i.allocation_ratio, 'used', coalesce(taken.used, 0)))
        from placement.inventories i left join (
          select a.resource_class, sum(a.used) as used from placement.allocations a
          where a.provider_id = p.id group by a.resource_class
        ) taken on taken.resource_class = i.resource_class
        where i.provider_id = p.id), '{}')`;

/**
 * Providers with all that hangs on them, in one statement; all of them unless ids are given. `withInventories` false:
 * what they offer is left out, which is most of the work.
 */
export async function loadProviders(
  database: Database | Transaction,
  ids?: readonly string[],
  withInventories = true,
): Promise<Provider[]> {
  // A condition in any case: the plans of statements with parameters are kept.
  const chosen = ids === undefined ? sql`${true}` : sql`p.id = any(${ids}::uuid[])`;
  const { rows } = await sql<ProviderRecord>`
    select p.id, p.name, p.generation, p.parent_id, p.root_id, p.updated_at,
      ${withInventories ? INVENTORIES : sql`'{}'::jsonb`} as inventories,
      array(select trait from placement.provider_traits t where t.provider_id = p.id) as traits,
      array(select aggregate_id::text from placement.provider_aggregates g where g.provider_id = p.id) as aggregates
    from placement.resource_providers p where ${chosen} order by p.created_at, p.id
  `.execute(database);
  return rows.map(toProvider);
}

/** Every provider with what it offers and what is taken. */
export const providersWithUsage = (database: Database | Transaction): Promise<ProviderUsage[]> =>
  loadProviders(database);

/** The provider, or placement's 404. */
export async function requireProvider(database: Database, id: string): Promise<Provider> {
  const uuid = normalUuid(id);
  const [provider] = uuid === undefined ? [] : await loadProviders(database, [uuid]);
  if (!provider) throw providerNotFound(id.slice(0, 255));
  return provider;
}

/**
 * Locks the provider and counts its generation up; 409 when it is not at the expected one.
 * Everything that changes a provider begins with this.
 */
export async function claimGeneration(
  transaction: Transaction,
  id: string,
  expected?: number,
): Promise<number> {
  // No generation is that large, and PostgreSQL's numbers are not either.
  if (expected !== undefined && !Number.isSafeInteger(expected)) throw generationConflict(id);
  let update = transaction
    .withTables<PlacementTables>()
    .updateTable('placement.resource_providers')
    .set((row) => ({ generation: row('generation', '+', 1), updated_at: sql<Date>`now()` }))
    .where('id', '=', id);
  if (expected !== undefined) update = update.where('generation', '=', expected);
  const row = await update.returning('generation').executeTakeFirst();
  if (!row) throw generationConflict(id);
  return row.generation;
}

/** Makes the provider and its inventories be as given; classes that others added stay. Writes only differences. */
export async function ensureProvider(database: Database, offer: ProviderOffer): Promise<void> {
  const [live] = await loadProviders(database, [offer.id]);
  if (live && live.name === offer.name && sameOffer(live, offer)) return;
  await transact(database, async (transaction) => {
    await transaction
      .withTables<PlacementTables>()
      .insertInto('placement.resource_providers')
      .values({ id: offer.id, name: offer.name, parent_id: null, root_id: offer.id })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ name: offer.name }))
      .execute();
    await claimGeneration(transaction, offer.id);
    await putInventories(transaction, offer.id, offer.inventories);
    const custom = [...(live?.traits ?? [])].filter((trait) => trait.startsWith('CUSTOM_'));
    await replaceTraits(transaction, offer.id, [...offer.traits, ...custom]);
  });
}

const sameOffer = (live: Provider, offer: ProviderOffer): boolean =>
  offer.traits.every((trait) => live.traits.has(trait)) &&
  [...live.traits].every((trait) => trait.startsWith('CUSTOM_') || offer.traits.includes(trait)) &&
  Object.entries(offer.inventories).every(([name, wanted]) => {
    const have = live.inventories[name];
    return (
      have && (Object.keys(wanted) as (keyof Inventory)[]).every((key) => have[key] === wanted[key])
    );
  });

/** Makes a provider; the violated constraint tells of a name or id that is taken. */
export async function insertProvider(
  transaction: Transaction,
  provider: { id: string; name: string; parentId: string | null; rootId: string },
): Promise<void> {
  await transaction
    .withTables<PlacementTables>()
    .insertInto('placement.resource_providers')
    .values({
      id: provider.id,
      name: provider.name,
      parent_id: provider.parentId,
      root_id: provider.rootId,
    })
    .execute();
}

/**
 * Locks the whole trees that these providers are in, in the order of their ids, and gives them by id: nobody else
 * moves anything there until the transaction ends. Ids of which there is no provider are left out.
 */
export async function lockTrees(
  transaction: Transaction,
  ids: readonly string[],
): Promise<Map<string, Pick<Provider, 'id' | 'parentId' | 'rootId'>>> {
  const { rows } = await sql<{ id: string; parent_id: string | null; root_id: string }>`
    select id, parent_id, root_id from placement.resource_providers
    where root_id in (select root_id from placement.resource_providers where id = any(${ids}::uuid[]))
    order by id for update
  `.execute(transaction);
  return new Map(
    rows.map((row) => [row.id, { id: row.id, parentId: row.parent_id, rootId: row.root_id }]),
  );
}

/** Renames the provider and puts it, with all that is below it, where it belongs. The caller has locked the trees. */
export async function updateProvider(
  transaction: Transaction,
  id: string,
  values: { name: string; parentId: string | null; rootId: string },
): Promise<void> {
  await sql`
    update placement.resource_providers
    set name = ${values.name}, parent_id = ${values.parentId}::uuid, updated_at = now()
    where id = ${id}::uuid
  `.execute(transaction);
  await sql`
    with recursive below(id) as (
      select ${id}::uuid
      union select p.id from placement.resource_providers p join below b on p.parent_id = b.id
    )
    update placement.resource_providers p set root_id = ${values.rootId}::uuid
    from below b where p.id = b.id and p.root_id <> ${values.rootId}::uuid
  `.execute(transaction);
}

export async function deleteProvider(transaction: Transaction, id: string): Promise<void> {
  await transaction
    .withTables<PlacementTables>()
    .deleteFrom('placement.resource_providers')
    .where('id', '=', id)
    .execute();
}

/** Forgets a host: its provider with all that is below it. The violated constraint tells that something is taken there. */
export async function removeTree(transaction: Transaction, rootId: string): Promise<void> {
  await sql`
    delete from placement.resource_providers where root_id = ${rootId}::uuid
  `.execute(transaction);
}
