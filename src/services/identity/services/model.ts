import type { Selectable } from 'kysely';
import type { Tables } from '../context.ts';
import type { ServiceRow } from '../tables.ts';

export const SERVICE_COLUMNS = ['id', 'type', 'name', 'description', 'enabled', 'extra'] as const;

export type StoredService = Selectable<ServiceRow>;

/** A service of the catalog. */
export const getService = (tables: Tables, id: string): Promise<StoredService | undefined> =>
  tables
    .selectFrom('identity.services')
    .select(SERVICE_COLUMNS)
    .where('id', '=', id)
    .executeTakeFirst();
