import { sql, type RawBuilder } from 'kysely';
import type { Tables } from '../context.ts';
import type { AssignmentRow } from '../tables.ts';

/** Who has a role, where. */
export interface Grant {
  readonly user_id: string | null;
  readonly group_id: string | null;
  /** Null for the system. */
  readonly project_id: string | null;
  readonly inherited: boolean;
}

const matches = (grant: Grant): RawBuilder<boolean> => sql<boolean>`
  user_id is not distinct from ${grant.user_id} and group_id is not distinct from ${grant.group_id}
  and project_id is not distinct from ${grant.project_id} and inherited = ${grant.inherited}`;

export const grantedRoles = (tables: Tables, grant: Grant) =>
  tables.selectFrom('identity.assignments').select('role_id').where(matches(grant));

export async function hasGrant(tables: Tables, role: string, grant: Grant): Promise<boolean> {
  const row = await grantedRoles(tables, grant).where('role_id', '=', role).executeTakeFirst();
  return row !== undefined;
}

export async function insertGrant(tables: Tables, role: string, grant: Grant): Promise<void> {
  const row: AssignmentRow = { role_id: role, ...grant };
  await tables
    .insertInto('identity.assignments')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Says whether there was such a grant. */
export async function deleteGrant(tables: Tables, role: string, grant: Grant): Promise<boolean> {
  const removed = await tables
    .deleteFrom('identity.assignments')
    .where('role_id', '=', role)
    .where(matches(grant))
    .executeTakeFirst();
  return Number(removed.numDeletedRows) > 0;
}

/** A row of `/v3/role_assignments` with the names of what it points to. */
export interface Assignment extends Grant {
  readonly role_id: string;
  readonly role_name: string;
  readonly role_domain_id: string | null;
  readonly user_name: string | null;
  readonly user_domain_id: string | null;
  readonly user_domain_name: string | null;
  readonly group_name: string | null;
  readonly group_domain_id: string | null;
  readonly group_domain_name: string | null;
  readonly project_name: string | null;
  readonly is_domain: boolean | null;
  readonly project_domain_id: string | null;
  readonly project_domain_name: string | null;
  /** Effective assignments: the group through which the user has it. */
  readonly through_group_id: string | null;
  /** Effective assignments: the project or domain from which it was inherited. */
  readonly inherited_from_id: string | null;
}

export interface AssignmentFilter {
  readonly userId?: string | undefined;
  readonly groupId?: string | undefined;
  readonly roleId?: string | undefined;
  readonly projectId?: string | undefined;
  readonly domainId?: string | undefined;
  readonly system?: boolean | undefined;
  readonly inherited?: boolean | undefined;
  /** Also what stands on projects below `projectId`. */
  readonly subtree?: boolean | undefined;
  /** Groups as their members, inherited roles where they hold, implied roles too. */
  readonly effective?: boolean | undefined;
  /** Only on this domain, on its projects. */
  readonly withinDomain?: string | undefined;
}

const PLAIN = sql`source as (
  select role_id, user_id, group_id, project_id, inherited,
    null::text as through_group_id, null::text as inherited_from_id
  from identity.assignments
)`;

const EFFECTIVE = sql`person as (
  select a.role_id, coalesce(a.user_id, m.user_id) as user_id, a.group_id, a.project_id, a.inherited
  from identity.assignments a left join identity.memberships m on m.group_id = a.group_id
  where coalesce(a.user_id, m.user_id) is not null
), below(root, id) as (
  select p.parent_id, p.id from identity.projects p
    where p.parent_id in (select project_id from person where inherited)
  union select b.root, p.id from identity.projects p join below b on p.parent_id = b.id
), placed as (
  select role_id, user_id, group_id, project_id, null::text as origin from person where not inherited
  union select role_id, user_id, group_id, b.id, b.root from person join below b on b.root = project_id
    where inherited
), implied as (
  select * from placed
  union select i.implied_role_id, d.user_id, d.group_id, d.project_id, d.origin
    from implied d join identity.implied_roles i on i.prior_role_id = d.role_id
), source as (
  select role_id, user_id, null::text as group_id, project_id, false as inherited,
    group_id as through_group_id, origin as inherited_from_id
  from implied
)`;

/** Lists assignments, as they were made or in effect, in a steady order. */
export async function listAssignments(
  tables: Tables,
  filter: AssignmentFilter,
): Promise<Assignment[]> {
  const conditions: RawBuilder<unknown>[] = [];
  const only = (column: string, value: string | undefined) => {
    if (value !== undefined) conditions.push(sql`${sql.ref(column)} = ${value}`);
  };
  only('s.user_id', filter.userId);
  only('s.group_id', filter.groupId);
  only('s.role_id', filter.roleId);
  if (filter.projectId !== undefined) {
    conditions.push(
      filter.subtree
        ? sql`s.project_id in (select id from tree)`
        : sql`s.project_id = ${filter.projectId}`,
      sql`not p.is_domain`,
    );
  }
  if (filter.domainId !== undefined) {
    conditions.push(sql`s.project_id = ${filter.domainId} and p.is_domain`);
  }
  if (filter.system) conditions.push(sql`s.project_id is null`);
  if (filter.inherited !== undefined) conditions.push(sql`s.inherited = ${filter.inherited}`);
  if (filter.withinDomain !== undefined) {
    conditions.push(sql`coalesce(p.domain_id, p.id) = ${filter.withinDomain}`);
  }
  // In effect, a role of one domain is only what it implies.
  if (filter.effective) conditions.push(sql`r.domain_id is null`);
  const { rows } = await sql<Assignment>`
    with recursive tree(id) as (
      select id from identity.projects where id = ${filter.projectId ?? null}
      union select c.id from identity.projects c join tree on c.parent_id = tree.id
    ), ${filter.effective ? EFFECTIVE : PLAIN}
    select s.*, r.name as role_name, r.domain_id as role_domain_id,
      u.name as user_name, u.domain_id as user_domain_id, ud.name as user_domain_name,
      g.name as group_name, g.domain_id as group_domain_id, gd.name as group_domain_name,
      p.name as project_name, p.is_domain, p.domain_id as project_domain_id,
      pd.name as project_domain_name
    from source s join identity.roles r on r.id = s.role_id
      left join identity.users u on u.id = s.user_id
      left join identity.projects ud on ud.id = u.domain_id
      left join identity.groups g on g.id = s.group_id
      left join identity.projects gd on gd.id = g.domain_id
      left join identity.projects p on p.id = s.project_id
      left join identity.projects pd on pd.id = p.domain_id
    ${conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`}
    order by r.name, s.user_id, s.group_id, s.project_id, s.inherited, s.through_group_id,
      s.inherited_from_id`.execute(tables);
  return rows;
}
