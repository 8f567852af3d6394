import type { Selectable } from 'kysely';
import type { Tables } from '../context.ts';
import type { RoleRow } from '../tables.ts';

export const ROLE_COLUMNS = ['id', 'name', 'domain_id', 'description', 'options', 'extra'] as const;

export type StoredRole = Selectable<RoleRow>;

export const getRole = (
  tables: Tables,
  id: string,
  lock: 'none' | 'update' | 'share' = 'none',
): Promise<StoredRole | undefined> =>
  tables
    .selectFrom('identity.roles')
    .select(ROLE_COLUMNS)
    .where('id', '=', id)
    .$if(lock === 'update', (query) => query.forUpdate())
    .$if(lock === 'share', (query) => query.forShare())
    .executeTakeFirst();
