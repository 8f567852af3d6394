import { sql } from 'kysely';
import type { DesiredRow, DesiredState } from '../../../ovn/desired.ts';
import type { Assembly } from '../drivers/assembly.ts';
import type { MappingContext, OwnerKind } from '../drivers/extension.ts';
import type { NetworkDatabase } from '../tables.ts';

/** What is to be loaded: the kinds of objects, and what their mappings may know. */
export interface Loading extends Pick<Assembly, 'owners' | 'constants'> {
  context(): MappingContext;
}

async function loadKind(
  database: NetworkDatabase,
  { kind, query, desired }: OwnerKind,
  ids: readonly string[] | undefined,
  context: MappingContext,
  state: Map<string, readonly DesiredRow[]>,
): Promise<void> {
  const where = ids === undefined ? sql`` : sql` where o.id = any(${ids}::uuid[])`;
  const result = await sql<{ id: string }>`${query}${where}`.execute(database);
  for (const row of result.rows) state.set(`${kind}:${row.id}`, desired(row, context));
}

/** The rows these owners should have: one query for each kind of object, however many there are. */
export async function loadOwners(
  database: NetworkDatabase,
  { owners: kinds, constants, context }: Loading,
  owners: readonly string[],
): Promise<DesiredState> {
  const ids = new Map<string, string[]>();
  const state = new Map<string, readonly DesiredRow[]>();
  for (const owner of owners) {
    const constant = constants[owner];
    if (constant !== undefined) state.set(owner, constant());
    const [kind, id] = owner.split(':') as [string, string | undefined];
    if (id === undefined) continue;
    const known = ids.get(kind);
    if (known === undefined) ids.set(kind, [id]);
    else known.push(id);
  }
  const present = context();
  for (const [kind, wanted] of ids) {
    const owner = kinds.get(kind);
    if (owner !== undefined) await loadKind(database, owner, wanted, present, state);
  }
  return state;
}

/** Everything that has rows; reads ids only. */
export async function listOwners(
  database: NetworkDatabase,
  { owners, constants }: Pick<Loading, 'owners' | 'constants'>,
): Promise<string[]> {
  const found = Object.keys(constants);
  for (const { kind, query } of owners.values()) {
    const result = await sql<{ id: string }>`select id from (${query}) o`.execute(database);
    for (const { id } of result.rows) found.push(`${kind}:${id}`);
  }
  return found;
}

/** The rows of everything, of one moment. */
export function loadAll(
  database: NetworkDatabase,
  { owners, constants, context }: Loading,
): Promise<DesiredState> {
  return database
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (transaction) => {
      const state = new Map<string, readonly DesiredRow[]>(
        Object.entries(constants).map(([owner, rows]) => [owner, rows()]),
      );
      const present = context();
      for (const kind of owners.values())
        await loadKind(transaction, kind, undefined, present, state);
      return state;
    });
}
