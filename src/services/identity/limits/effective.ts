import { sql } from 'kysely';
import type { IdentityContext } from '../context.ts';

/**
 * How much of a resource a project may have of a service, as unified limits say: the project's own limit, else the
 * registered default, those of the region before those of none. Undefined when nobody registered it; -1: any amount.
 */
export async function effectiveLimit(
  context: IdentityContext,
  serviceType: string,
  resource: string,
  projectId: string,
  region: string,
): Promise<number | undefined> {
  const { rows } = await sql<{ amount: number }>`
    select coalesce(l.resource_limit, r.default_limit)::float8 as amount
    from identity.registered_limits r
    join identity.services s on s.id = r.service_id and s.type = ${serviceType}
    left join identity.limits l on l.registered_limit_id = r.id and l.project_id = ${projectId}
    where r.resource_name = ${resource} and (r.region_id = ${region} or r.region_id is null)
    order by r.region_id nulls last limit 1`.execute(context.tables);
  return rows[0]?.amount;
}
