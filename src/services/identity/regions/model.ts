import type { Selectable } from 'kysely';
import type { Tables } from '../context.ts';
import type { RegionRow } from '../tables.ts';

export const REGION_COLUMNS = ['id', 'parent_region_id', 'description', 'extra'] as const;

export type StoredRegion = Selectable<RegionRow>;

export const getRegion = (tables: Tables, id: string): Promise<StoredRegion | undefined> =>
  tables
    .selectFrom('identity.regions')
    .select(REGION_COLUMNS)
    .where('id', '=', id)
    .executeTakeFirst();
