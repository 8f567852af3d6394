import type { Selectable } from 'kysely';
import type { Tables } from '../context.ts';
import type { GroupRow } from '../tables.ts';

export const GROUP_COLUMNS = ['id', 'name', 'domain_id', 'description', 'extra'] as const;

export type StoredGroup = Selectable<GroupRow>;

export const getGroup = (
  tables: Tables,
  id: string,
  lock: 'none' | 'update' | 'share' = 'none',
): Promise<StoredGroup | undefined> =>
  tables
    .selectFrom('identity.groups')
    .select(GROUP_COLUMNS)
    .where('id', '=', id)
    .$if(lock === 'update', (query) => query.forUpdate())
    .$if(lock === 'share', (query) => query.forShare())
    .executeTakeFirst();

export async function isMember(tables: Tables, group: string, user: string): Promise<boolean> {
  const row = await tables
    .selectFrom('identity.memberships')
    .select('user_id')
    .where('group_id', '=', group)
    .where('user_id', '=', user)
    .executeTakeFirst();
  return row !== undefined;
}
