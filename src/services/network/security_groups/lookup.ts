import { sql } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import { securityGroupNotFound } from '../errors.ts';
import { quotaColumns, type QuotaUse } from '../quotas/reserve.ts';
import { sharedWith } from '../rbac/access.ts';
import type { NetworkDatabase } from '../tables.ts';

/** Whether a group keeps track of connections, by its id. */
export type Statefulness = ReadonlyMap<string, boolean>;

/** Fails with SecurityGroupNotFound when one of the ids is no group of the project, and none shared with it. */
export async function checkGroups(
  database: NetworkDatabase,
  projectId: string,
  ids: readonly string[],
): Promise<Statefulness> {
  if (ids.length === 0) return new Map();
  const found = await sql<{
    id: string;
    stateful: boolean;
  }>`select id, stateful from network.security_groups
    where id = any(${ids}::uuid[]) and (project_id = ${projectId} or ${sharedWith(sql`id`, projectId)})`.execute(
    database,
  );
  const missing = ids.find((id) => !found.rows.some((row) => row.id === id));
  if (missing !== undefined) throw securityGroupNotFound(missing);
  return new Map(found.rows.map(({ id, stateful }) => [id, stateful]));
}

/** A port's groups all keep track of connections, or none does: OVN would take a packet of one for one of the other. */
export function checkStatefulness(known: Statefulness, ids: readonly string[]): void {
  if (new Set(ids.map((id) => known.get(id))).size < 2) return;
  throw conflict(
    'Error Cannot apply both stateful and stateless security groups on the same port at the same time while attempting the operation.',
    'SecurityGroupConflict',
  );
}

/** A group with how many rules its project has and may have. */
export interface VisibleGroup extends QuotaUse {
  readonly id: string;
  readonly project_id: string;
}

/** Those of the groups that the caller may name in rules: its project's and those shared with it; administrators may name all. */
export async function visibleGroups(
  database: NetworkDatabase,
  caller: Caller,
  ids: readonly string[],
): Promise<ReadonlyMap<string, VisibleGroup>> {
  const { rows } = await sql<VisibleGroup>`
    select id, g.project_id, ${quotaColumns('security_group_rule', sql.ref('g.project_id'))}
    from network.security_groups g where id = any(${ids}::uuid[])
      and (${caller.isAdmin} or g.project_id = ${caller.projectId ?? ''}
        or ${sharedWith(sql`id`, caller.projectId ?? '')})`.execute(database);
  return new Map(rows.map((row) => [row.id, row]));
}

export interface FoundGroup {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly description: string;
}

/** The project's groups by id or name, in the order asked; fails when one is missing or its name is not unique. */
export async function findGroups(
  database: NetworkDatabase,
  projectId: string,
  namesOrIds: readonly string[],
): Promise<FoundGroup[]> {
  if (namesOrIds.length === 0) return [];
  const found =
    await sql<FoundGroup>`select id, name, project_id, description from network.security_groups
    where (project_id = ${projectId} and name = any(${namesOrIds}))
      or (id = any(${namesOrIds.filter(isUuid)}::uuid[])
        and (project_id = ${projectId} or ${sharedWith(sql`id`, projectId)}))`.execute(database);
  const groups = namesOrIds.map((wanted) => {
    const byId = found.rows.find(({ id }) => id === wanted);
    const byName = found.rows.filter(({ name }) => name === wanted);
    if (byId === undefined && byName.length > 1) {
      throw conflict(
        `Multiple security_groups matches found for name '${wanted}', use an ID to be more specific.`,
        'NoUniqueMatch',
      );
    }
    const group = byId ?? byName[0];
    if (group === undefined) throw securityGroupNotFound(wanted);
    return group;
  });
  return [...new Map(groups.map((group) => [group.id, group])).values()];
}
