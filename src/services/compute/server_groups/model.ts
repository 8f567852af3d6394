import { sql } from 'kysely';
import { isUuid } from '../../../core/ids.ts';
import { notFound } from '../../../core/errors.ts';
import type { Database, Transaction } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { ServerGroupRow } from '../tables.ts';

export type Policy = ServerGroupRow['policy'];

export interface ServerGroup {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string;
  readonly policy: Policy;
  /** `max_server_per_host` of anti-affinity; 1 when it is not said. */
  readonly rules: { readonly max_server_per_host?: number };
  /** Ids of its servers that are not deleted, in the order of their making. */
  readonly members: readonly string[];
}

const columns = sql`
  g.id, g.project_id as "projectId", g.user_id as "userId", g.name, g.policy, g.rules,
  array(select s.id::text from compute.servers s
    where s.server_group_id = g.id and s.deleted_at is null order by s.number) as members
`;

/** Groups of a project, or of all, in the order of their making. */
export async function listServerGroups(
  database: Database,
  projectId: string | undefined,
  page: { readonly limit: number; readonly offset: number },
): Promise<ServerGroup[]> {
  const chosen = projectId === undefined ? sql`` : sql`where g.project_id = ${projectId}`;
  const { rows } = await sql<ServerGroup>`
    select ${columns} from compute.server_groups g ${chosen}
    order by g.number limit ${page.limit} offset ${page.offset}
  `.execute(database);
  return rows;
}

/** The group, or undefined when there is none that the caller may see. `lock`: nobody else adds members meanwhile. */
export async function findServerGroup(
  database: Database | Transaction,
  caller: Pick<Caller, 'isAdmin' | 'projectId'>,
  id: string,
  options: { readonly lock?: boolean } = {},
): Promise<ServerGroup | undefined> {
  if (!isUuid(id)) return undefined;
  const own = caller.isAdmin ? sql`` : sql`and project_id = ${caller.projectId ?? ''}`;
  // Locked before its members are read: the row alone first, then what belongs to it.
  if (options.lock)
    await sql`select id from compute.server_groups where id = ${id} ${own} for update`.execute(
      database,
    );
  const { rows } = await sql<ServerGroup>`
    select ${columns} from compute.server_groups g where id = ${id} ${own}
  `.execute(database);
  return rows[0];
}

/** The same, or Nova's 404. */
export async function requireServerGroup(
  database: Database | Transaction,
  caller: Caller,
  id: string,
): Promise<ServerGroup> {
  const group = await findServerGroup(database, caller, id);
  if (!group) throw notFound(`Instance group ${id.slice(0, 255)} could not be found.`);
  return group;
}

export async function countServerGroups(
  database: Database | Transaction,
  projectId: string,
  userId?: string,
): Promise<number> {
  const ofUser = userId === undefined ? sql`` : sql`and user_id = ${userId}`;
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from compute.server_groups where project_id = ${projectId} ${ofUser}
  `.execute(database);
  return rows[0]!.count;
}

export async function insertServerGroup(
  transaction: Transaction,
  group: Omit<ServerGroup, 'members'>,
): Promise<void> {
  await sql`
    insert into compute.server_groups (id, project_id, user_id, name, policy, rules)
    values (${group.id}, ${group.projectId}, ${group.userId}, ${group.name}, ${group.policy},
      ${JSON.stringify(group.rules)})
  `.execute(transaction);
}

/** Deletes the group; its servers live on without one. */
export async function deleteServerGroup(database: Database, id: string): Promise<void> {
  await sql`delete from compute.server_groups where id = ${id}`.execute(database);
}
