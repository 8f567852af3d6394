import type { Database, Transaction } from '../../../database/database.ts';
import { badRequest } from '../../../core/errors.ts';
import type { Deletion } from '../classes/model.ts';
import type { PlacementTables } from '../tables.ts';
import { STANDARD_TRAITS } from './rules.ts';

export interface Trait {
  readonly name: string;
  readonly updatedAt: Date | undefined;
}

/** All traits, the standard ones first. */
export async function listTraits(database: Database): Promise<Trait[]> {
  const rows = await database
    .withTables<PlacementTables>()
    .selectFrom('placement.traits')
    .selectAll()
    .orderBy('name')
    .execute();
  return [
    ...STANDARD_TRAITS.map((name) => ({ name, updatedAt: undefined })),
    ...rows.map((row) => ({ name: row.name, updatedAt: row.updated_at })),
  ];
}

/** Names of the traits that some provider has. */
export async function associatedTraits(database: Database): Promise<Set<string>> {
  const rows = await database
    .withTables<PlacementTables>()
    .selectFrom('placement.provider_traits')
    .select('trait')
    .distinct()
    .execute();
  return new Set(rows.map((row) => row.trait));
}

/** Makes the trait; false when it was there. */
export async function addTrait(database: Database, name: string): Promise<boolean> {
  const made = await database
    .withTables<PlacementTables>()
    .insertInto('placement.traits')
    .values({ name })
    .onConflict((conflict) => conflict.doNothing())
    .returning('name')
    .executeTakeFirst();
  return made !== undefined;
}

export async function deleteTrait(database: Database, name: string): Promise<Deletion> {
  if ((await associatedTraits(database)).has(name)) return 'inUse';
  const gone = await database
    .withTables<PlacementTables>()
    .deleteFrom('placement.traits')
    .where('name', '=', name)
    .returning('name')
    .executeTakeFirst();
  return gone ? 'deleted' : 'missing';
}

/** Refuses traits that do not exist, naming them. */
export async function checkTraits(database: Database, names: readonly string[]): Promise<void> {
  const known = new Set((await listTraits(database)).map((trait) => trait.name));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0) throw badRequest(`No such trait ${missing.join(', ')}.`);
}

/** The provider's traits become exactly these. */
export async function replaceTraits(
  transaction: Transaction,
  providerId: string,
  names: readonly string[],
): Promise<void> {
  const tables = transaction.withTables<PlacementTables>();
  await tables
    .deleteFrom('placement.provider_traits')
    .where('provider_id', '=', providerId)
    .execute();
  if (names.length > 0)
    await tables
      .insertInto('placement.provider_traits')
      .values([...new Set(names)].map((trait) => ({ provider_id: providerId, trait })))
      .execute();
}
