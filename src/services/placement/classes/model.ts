import type { Database, Transaction } from '../../../database/database.ts';
import { badRequest } from '../../../core/errors.ts';
import type { PlacementTables } from '../tables.ts';
import { STANDARD_CLASSES } from './rules.ts';

export interface ResourceClass {
  readonly name: string;
  readonly updatedAt: Date | undefined;
}

/** All classes, the standard ones first. */
export async function listClasses(database: Database): Promise<ResourceClass[]> {
  const rows = await database
    .withTables<PlacementTables>()
    .selectFrom('placement.resource_classes')
    .selectAll()
    .orderBy('name')
    .execute();
  return [
    ...STANDARD_CLASSES.map((name) => ({ name, updatedAt: undefined })),
    ...rows.map((row) => ({ name: row.name, updatedAt: row.updated_at })),
  ];
}

export async function findClass(
  database: Database,
  name: string,
): Promise<ResourceClass | undefined> {
  return (await listClasses(database)).find((found) => found.name === name);
}

/** Makes the class; false when it was there. */
export async function addClass(database: Database, name: string): Promise<boolean> {
  const made = await database
    .withTables<PlacementTables>()
    .insertInto('placement.resource_classes')
    .values({ name })
    .onConflict((conflict) => conflict.doNothing())
    .returning('name')
    .executeTakeFirst();
  return made !== undefined;
}

/** What came of a deletion. */
export type Deletion = 'deleted' | 'missing' | 'inUse';

export async function deleteClass(database: Database, name: string): Promise<Deletion> {
  const tables = database.withTables<PlacementTables>();
  const used = await tables
    .selectFrom('placement.inventories')
    .select('provider_id')
    .where('resource_class', '=', name)
    .limit(1)
    .executeTakeFirst();
  if (used) return 'inUse';
  const gone = await tables
    .deleteFrom('placement.resource_classes')
    .where('name', '=', name)
    .returning('name')
    .executeTakeFirst();
  return gone ? 'deleted' : 'missing';
}

/** Refuses classes that do not exist, naming them. */
export async function checkClasses(
  database: Database | Transaction,
  names: readonly string[],
): Promise<void> {
  const custom = names.filter((name) => !STANDARD_CLASSES.includes(name));
  if (custom.length === 0) return;
  const rows = await database
    .withTables<PlacementTables>()
    .selectFrom('placement.resource_classes')
    .select('name')
    .where('name', 'in', custom)
    .execute();
  const missing = custom.filter((name) => !rows.some((row) => row.name === name));
  if (missing.length > 0)
    throw badRequest(
      `Unknown resource class in request: No such resource class ${missing.join(', ')}.`,
    );
}
