import { sql } from 'kysely';
import type { Database, Transaction } from '../../../database/database.ts';
import { requireNames, type NameKind } from '../names.ts';
import { STANDARD_CLASSES } from './rules.ts';

export const RESOURCE_CLASSES: NameKind = {
  table: 'resource_classes',
  standard: STANDARD_CLASSES,
  usedIn: { table: 'inventories', column: 'resource_class' },
};

/** Renames a class, also where it is used; false when there is none. The constraint tells that the new name is taken. */
export async function renameClass(
  transaction: Transaction,
  old: string,
  name: string,
): Promise<boolean> {
  const { rows } = await sql`
    update placement.resource_classes set name = ${name}, updated_at = now() where name = ${old} returning name
  `.execute(transaction);
  if (rows.length === 0) return false;
  // Allocations follow by their foreign key.
  await sql`
    update placement.inventories set resource_class = ${name} where resource_class = ${old}
  `.execute(transaction);
  return true;
}

/** Refuses classes that do not exist, naming them and the place they were named in. */
export const checkClasses = (
  database: Database | Transaction,
  names: readonly string[],
  place = 'Unknown resource class in request',
): Promise<void> =>
  requireNames(
    database,
    RESOURCE_CLASSES,
    names,
    (missing) => `${place}: No such resource class ${missing}.`,
  );
