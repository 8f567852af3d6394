import { sql } from 'kysely';
import { transact, type Database, type Transaction } from '../../../database/database.ts';
import { putInventories, type Inventory } from '../inventories/model.ts';
import { addName } from '../names.ts';
import { replaceTraits, TRAITS } from '../traits/model.ts';
import { claimGeneration, loadProviders, type Provider, type ProviderOffer } from './model.ts';

/** What a part of a host offers by parts of its own: Neutron's agent with a provider for each bridge. */
export interface NestedOffer {
  readonly id: string;
  readonly name: string;
  readonly traits: readonly string[];
  readonly children: readonly ProviderOffer[];
}

/**
 * Makes a branch below a root be as given: the branch's provider, its children, their inventories and traits, all
 * exactly. Children that are not named go; of those from which something is taken nothing more is given. A branch
 * without children is not there. Nothing happens when there is no such root; writes only differences. True when all is as
 * given, false when something in use was in the way: call it again later.
 */
export async function ensureBranch(
  database: Database,
  rootId: string,
  branch: NestedOffer,
): Promise<boolean> {
  const before = await loadTree(database, rootId);
  if (isAsOffered(before, rootId, branch)) return isWhole(before, branch);
  return transact(database, async (transaction) => {
    const tree = await loadTree(transaction, rootId, 'lock');
    if (!tree.some(({ id }) => id === rootId)) return false;
    const live = new Map(tree.map((provider) => [provider.id, provider]));
    const ids = branch.children.map(({ id }) => id);
    const gone = tree.filter(({ id, parentId }) => parentId === branch.id && !ids.includes(id));
    for (const child of gone) await retire(transaction, child);
    if (branch.children.length > 0) {
      const place = { rootId, parentId: rootId };
      await ensure(transaction, { ...branch, inventories: {} }, place, live.get(branch.id));
    }
    for (const child of branch.children)
      await ensure(transaction, child, { rootId, parentId: branch.id }, live.get(child.id));
    if (branch.children.length === 0)
      await sql`
        delete from placement.resource_providers p where p.id = ${branch.id}
          and not exists (select from placement.resource_providers c where c.parent_id = p.id)
      `.execute(transaction);
    return isWhole(await loadTree(transaction, rootId), branch);
  });
}

/** Whether there is nothing beside what is offered. */
const isWhole = (tree: readonly Provider[], branch: NestedOffer): boolean =>
  tree.every(
    (provider) =>
      provider.parentId !== branch.id ||
      branch.children.some(
        ({ id, inventories }) =>
          id === provider.id &&
          Object.keys(provider.inventories).every((name) => inventories[name] !== undefined),
      ),
  );

/** All providers of a tree; with `lock` nobody else changes them until the transaction ends. */
export async function loadTree(
  database: Database | Transaction,
  rootId: string,
  lock?: 'lock',
): Promise<Provider[]> {
  const { rows } = await sql<{ id: string }>`
    select id from placement.resource_providers where root_id = ${rootId}
    order by id ${lock ? sql`for update` : sql``}
  `.execute(database);
  const ids = rows.map(({ id }) => id);
  return ids.length === 0 ? [] : loadProviders(database, ids);
}

function isAsOffered(tree: readonly Provider[], rootId: string, branch: NestedOffer): boolean {
  const live = tree.find(({ id }) => id === branch.id);
  const children = tree.filter(({ parentId }) => parentId === branch.id);
  if (branch.children.length === 0)
    return live === undefined || (children.length > 0 && children.every(isRetired));
  return (
    live !== undefined &&
    live.parentId === rootId &&
    isSame(live, { ...branch, inventories: {} }) &&
    children.every(
      (child) => branch.children.some(({ id }) => id === child.id) || isRetired(child),
    ) &&
    branch.children.every((offer) => {
      const child = children.find(({ id }) => id === offer.id);
      return child !== undefined && isSame(child, offer);
    })
  );
}

function isSame(live: Provider, offer: ProviderOffer): boolean {
  const [have, want] = [Object.keys(live.inventories), Object.keys(offer.inventories)];
  return (
    live.name === offer.name &&
    live.traits.size === new Set(offer.traits).size &&
    offer.traits.every((trait) => live.traits.has(trait)) &&
    want.every((name) => {
      const [present, wanted] = [live.inventories[name], offer.inventories[name]!];
      return (
        present !== undefined &&
        (Object.keys(wanted) as (keyof Inventory)[]).every((key) => present[key] === wanted[key])
      );
    }) &&
    have.every((name) => want.includes(name) || isClosed(live, name))
  );
}

/** Whether all of a class is kept back, because somebody has some of it still. */
function isClosed({ inventories }: Provider, name: string): boolean {
  const { total, reserved, used } = inventories[name]!;
  return used > 0 && reserved === total;
}

const isRetired = (provider: Provider): boolean =>
  provider.traits.size === 0 &&
  Object.keys(provider.inventories).length > 0 &&
  Object.keys(provider.inventories).every((name) => isClosed(provider, name));

/** Takes back classes: those that nobody has any of are removed, of the others nothing more is given. */
async function close(
  transaction: Transaction,
  provider: Provider,
  names: readonly string[],
): Promise<void> {
  const inUse = (name: string) => provider.inventories[name]!.used > 0;
  await sql`
    delete from placement.inventories where provider_id = ${provider.id}
      and resource_class = any(${names.filter((name) => !inUse(name))}::text[])
  `.execute(transaction);
  await sql`
    update placement.inventories set reserved = total, updated_at = now()
    where provider_id = ${provider.id} and resource_class = any(${names.filter(inUse)}::text[])
  `.execute(transaction);
}

async function retire(transaction: Transaction, provider: Provider): Promise<void> {
  const names = Object.keys(provider.inventories);
  if (names.some((name) => provider.inventories[name]!.used > 0)) {
    await claimGeneration(transaction, provider.id);
    await close(transaction, provider, names);
    return replaceTraits(transaction, provider.id, []);
  }
  await sql`delete from placement.resource_providers where id = ${provider.id}`.execute(
    transaction,
  );
}

async function ensure(
  transaction: Transaction,
  offer: ProviderOffer,
  place: { readonly rootId: string; readonly parentId: string },
  live: Provider | undefined,
): Promise<void> {
  if (live !== undefined && live.parentId === place.parentId && isSame(live, offer)) return;
  await sql`
    insert into placement.resource_providers (id, name, parent_id, root_id)
    values (${offer.id}, ${offer.name}, ${place.parentId}, ${place.rootId})
    on conflict (id) do update set name = excluded.name, parent_id = excluded.parent_id, root_id = excluded.root_id
  `.execute(transaction);
  await claimGeneration(transaction, offer.id);
  if (live !== undefined) {
    const names = Object.keys(live.inventories);
    const surplus = names.filter((name) => offer.inventories[name] === undefined);
    if (surplus.length > 0) await close(transaction, live, surplus);
  }
  if (Object.keys(offer.inventories).length > 0)
    await putInventories(transaction, offer.id, offer.inventories);
  for (const trait of offer.traits)
    if (!TRAITS.standard.includes(trait)) await addName(transaction, TRAITS, trait);
  await replaceTraits(transaction, offer.id, offer.traits);
}
