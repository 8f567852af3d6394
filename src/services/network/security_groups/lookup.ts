import { sql } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import { securityGroupNotFound } from '../errors.ts';
import type { NetworkDatabase } from '../tables.ts';

/** Fails with SecurityGroupNotFound when one of the ids is no group of the project. */
export async function checkGroups(
  database: NetworkDatabase,
  projectId: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  const found = await sql<{ id: string }>`select id from network.security_groups
    where id = any(${ids}::uuid[]) and project_id = ${projectId}`.execute(database);
  const missing = ids.find((id) => !found.rows.some((row) => row.id === id));
  if (missing !== undefined) throw securityGroupNotFound(missing);
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
    where project_id = ${projectId}
      and (name = any(${namesOrIds}) or id = any(${namesOrIds.filter(isUuid)}::uuid[]))`.execute(
      database,
    );
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
