import { sql } from 'kysely';
import { badRequest } from '../../core/errors.ts';
import type { Database, Transaction } from '../../database/database.ts';

/** Resource classes and traits: names that are standard, and names that operators made. */
export interface NameKind {
  /** The table of those that operators made. */
  readonly table: 'resource_classes' | 'traits';
  readonly standard: readonly string[];
  /** Which table and column tell that a name is used. */
  readonly usedIn: { readonly table: string; readonly column: string };
}

export interface Named {
  readonly name: string;
  /** Undefined of standard ones. */
  readonly updatedAt: Date | undefined;
}

/** What came of a deletion. */
export type Deletion = 'deleted' | 'missing' | 'inUse';

const tableOf = ({ table }: NameKind) => sql.table(`placement.${table}`);

/** All names, the standard ones first. */
export async function listNames(database: Database, kind: NameKind): Promise<Named[]> {
  const { rows } = await sql<{ name: string; updated_at: Date }>`
    select name, updated_at from ${tableOf(kind)} order by name
  `.execute(database);
  return [
    ...kind.standard.map((name) => ({ name, updatedAt: undefined })),
    ...rows.map((row) => ({ name: row.name, updatedAt: row.updated_at })),
  ];
}

export async function findName(
  database: Database,
  kind: NameKind,
  name: string,
): Promise<Named | undefined> {
  if (kind.standard.includes(name)) return { name, updatedAt: undefined };
  const { rows } = await sql<{ name: string; updated_at: Date }>`
    select name, updated_at from ${tableOf(kind)} where name = ${name}
  `.execute(database);
  return rows[0] && { name, updatedAt: rows[0].updated_at };
}

/** Makes the name; false when it was there. */
export async function addName(database: Database, kind: NameKind, name: string): Promise<boolean> {
  const { rows } = await sql`
    insert into ${tableOf(kind)} (name) values (${name}) on conflict do nothing returning name
  `.execute(database);
  return rows.length > 0;
}

/**
 * Deletes a name that nobody uses. Its row is locked before it is looked whether somebody does, and who begins to use
 * one (`requireNames`) locks it too: so a name in use is never deleted.
 */
export async function deleteName(
  transaction: Transaction,
  kind: NameKind,
  name: string,
): Promise<Deletion> {
  const found =
    await sql`select name from ${tableOf(kind)} where name = ${name} for update`.execute(
      transaction,
    );
  if (found.rows.length === 0) return 'missing';
  const { rows } = await sql`
    select 1 from ${sql.table(`placement.${kind.usedIn.table}`)}
    where ${sql.ref(kind.usedIn.column)} = ${name} limit 1
  `.execute(transaction);
  if (rows.length > 0) return 'inUse';
  await sql`delete from ${tableOf(kind)} where name = ${name}`.execute(transaction);
  return 'deleted';
}

/** Refuses names that do not exist: 400, `say` makes the sentence. In a transaction they stay until it ends. */
export async function requireNames(
  database: Database | Transaction,
  kind: NameKind,
  names: readonly string[],
  say: (missing: string) => string,
): Promise<void> {
  const custom = [...new Set(names)].filter((name) => !kind.standard.includes(name)).toSorted();
  if (custom.length === 0) return;
  const { rows } = await sql<{ name: string }>`
    select name from ${tableOf(kind)} where name = any(${custom}::text[]) order by name for share
  `.execute(database);
  const missing = custom.filter((name) => !rows.some((row) => row.name === name));
  if (missing.length > 0) throw badRequest(say(missing.join(', ').slice(0, 2000)));
}
