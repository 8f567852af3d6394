import { sql } from 'kysely';
import type { Tables } from '../context.ts';
import type { Delegation, Scope } from '../tokens/payload.ts';

export interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * The roles a user has in a scope: given to the user or to one of the user's groups, on the target or inherited
 * from above it, and all that these imply. Roles of single domains are followed but not shown.
 * @param limit application credential or trust to which the roles are limited
 */
export async function effectiveRoles(
  tables: Tables,
  userId: string,
  scope: Scope,
  limit?: Delegation,
): Promise<Named[]> {
  if (scope.kind === 'unscoped') return [];
  const target = 'id' in scope ? scope.id : null;
  const { rows } = await sql<Named>`
    with recursive above(id, parent_id) as (
      select id, parent_id from identity.projects where id = ${target}
      union select p.id, p.parent_id from identity.projects p join above on p.id = above.parent_id
    ), effective(role_id) as (
      select role_id from identity.assignments
      where (user_id = ${userId}
          or group_id in (select group_id from identity.memberships where user_id = ${userId}))
        and case when inherited
          then project_id in (select id from above where id <> ${target})
          else project_id is not distinct from ${target} end
      union select implied_role_id from identity.implied_roles
        join effective on effective.role_id = prior_role_id
    ), allowed(role_id) as (
      select role_id from identity.application_credential_roles
      where application_credential_id = ${limit?.id ?? null}
      union select role_id from identity.trust_roles where trust_id = ${limit?.id ?? null}
      union select implied_role_id from identity.implied_roles
        join allowed on allowed.role_id = prior_role_id
    )
    select id, name from identity.roles
    where id in (select role_id from effective) and domain_id is null
      and (${limit === undefined} or id in (select role_id from allowed))
    order by name`.execute(tables);
  return rows;
}
