import { sql } from 'kysely';
import { notFound, type Fault } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { sharedWith } from '../rbac/access.ts';
import type { NetworkDatabase } from '../tables.ts';

export const addressGroupNotFound = (id: string): Fault =>
  notFound(`Address group ${id} could not be found.`, 'AddressGroupNotFound');

/** Those of the address groups that the caller may name in rules. */
export async function visibleAddressGroups(
  database: NetworkDatabase,
  caller: Caller,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`select id from network.address_groups
    where id = any(${ids}::uuid[])
      and (${caller.isAdmin} or project_id = ${caller.projectId ?? ''}
        or ${sharedWith(sql`id`, caller.projectId ?? '')})`.execute(database);
  return new Set(rows.map(({ id }) => id));
}
