import type { Insertable, Selectable } from 'kysely';
import { violatedConstraint } from '../../../database/database.ts';
import { notAuthorized, unlessDuplicate } from '../errors.ts';
import type { Tables } from '../context.ts';
import type { RegisteredLimitRow } from '../tables.ts';

export const REGISTERED_LIMIT_COLUMNS = [
  'id',
  'service_id',
  'region_id',
  'resource_name',
  'default_limit',
  'description',
] as const;

export type StoredRegisteredLimit = Selectable<RegisteredLimitRow>;

export const getRegisteredLimit = (
  tables: Tables,
  id: string,
  lock: 'none' | 'update' = 'none',
): Promise<StoredRegisteredLimit | undefined> =>
  tables
    .selectFrom('identity.registered_limits')
    .select(REGISTERED_LIMIT_COLUMNS)
    .where('id', '=', id)
    .$if(lock === 'update', (query) => query.forUpdate())
    .executeTakeFirst();

export const insertRegisteredLimit = (
  tables: Tables,
  row: Insertable<RegisteredLimitRow>,
): Promise<StoredRegisteredLimit> =>
  tables
    .insertInto('identity.registered_limits')
    .values(row)
    .returning(REGISTERED_LIMIT_COLUMNS)
    .executeTakeFirstOrThrow();

/** The registered limit of a resource of a service, in a region or in none. */
export const findRegisteredLimit = (
  tables: Tables,
  { service_id: service, region_id: region, resource_name: resource }: ResourceOfService,
): Promise<StoredRegisteredLimit | undefined> =>
  tables
    .selectFrom('identity.registered_limits')
    .select(REGISTERED_LIMIT_COLUMNS)
    .where('service_id', '=', service)
    .where('resource_name', '=', resource)
    .where('region_id', 'is not distinct from', region ?? null)
    .forShare()
    .executeTakeFirst();

/** What a limit is of. */
export interface ResourceOfService {
  readonly service_id: string;
  readonly region_id?: string | null;
  readonly resource_name: string;
}

/** Limits of projects end with the service or the region that their registered limit names. */
export async function deleteLimitsOf(
  tables: Tables,
  column: 'service_id' | 'region_id',
  id: string,
): Promise<void> {
  await tables
    .deleteFrom('identity.limits')
    .where('registered_limit_id', 'in', (query) =>
      query.selectFrom('identity.registered_limits').select('id').where(column, '=', id),
    )
    .execute();
}

/** Runs a change; what other limits build on stays, and each resource has one registered limit. */
export const keepingLimits = async <T>(work: Promise<T>, id = ''): Promise<T> => {
  const change = unlessDuplicate(
    work,
    'registered_limits_once',
    'registered_limit',
    'service_id, region_id and resource_name.',
  );
  try {
    return await change;
  } catch (error) {
    if (violatedConstraint(error) !== 'limits_registered') throw error;
    throw inUse(id);
  }
};

export const inUse = (id: string) =>
  notAuthorized(
    `Unable to update or delete registered limit ${id} because there are project limits associated with it`,
    'Delete these first.',
  );
