import { sql } from 'kysely';
import type { Tables } from '../context.ts';

/** A limit with what it is of, and the project or domain it is for. */
export const selectLimits = (tables: Tables) =>
  tables
    .selectFrom('identity.limits as l')
    .innerJoin('identity.registered_limits as r', 'r.id', 'l.registered_limit_id')
    .innerJoin('identity.projects as p', 'p.id', 'l.project_id')
    .select(['l.id', 'l.project_id', 'l.resource_limit', 'l.description', 'l.registered_limit_id'])
    .select(['r.service_id', 'r.region_id', 'r.resource_name', 'r.default_limit'])
    .select(['p.is_domain', 'p.parent_id'])
    .select([
      sql<string | null>`case when not p.is_domain then p.id end`.as('limited_project_id'),
      sql<string | null>`case when p.is_domain then p.id end`.as('limited_domain_id'),
      sql<string>`coalesce(p.domain_id, p.id)`.as('within_domain_id'),
    ]);

export type StoredLimit = NonNullable<Awaited<ReturnType<typeof getLimit>>>;

export const getLimit = (tables: Tables, id: string) =>
  selectLimits(tables).where('l.id', '=', id).executeTakeFirst();

/** The limits of projects right below a domain, of one registered limit. */
export const limitsBelow = (tables: Tables, domainId: string, registeredLimitId: string) =>
  selectLimits(tables)
    .where('p.parent_id', '=', domainId)
    .where('l.registered_limit_id', '=', registeredLimitId)
    .execute();
