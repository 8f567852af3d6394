import type { Insertable, Selectable, Updateable } from 'kysely';
import type { Tables } from '../context.ts';
import type { UserRow } from '../tables.ts';

/** Columns that a document shows; the hash of the password is never among them. */
export const USER_COLUMNS = [
  'id',
  'name',
  'domain_id',
  'enabled',
  'default_project_id',
  'password_expires_at',
  'options',
  'extra',
] as const;

export type StoredUser = Pick<Selectable<UserRow>, (typeof USER_COLUMNS)[number]>;

export const getUser = (
  tables: Tables,
  id: string,
  lock: 'none' | 'update' = 'none',
): Promise<StoredUser | undefined> =>
  tables
    .selectFrom('identity.users')
    .select(USER_COLUMNS)
    .where('id', '=', id)
    .$if(lock === 'update', (query) => query.forUpdate())
    .executeTakeFirst();

export const insertUser = (tables: Tables, row: Insertable<UserRow>): Promise<StoredUser> =>
  tables.insertInto('identity.users').values(row).returning(USER_COLUMNS).executeTakeFirstOrThrow();

/** Changes a user. A new password, and disabling, end all tokens of the user. */
export const updateUser = (
  tables: Tables,
  id: string,
  changes: Updateable<UserRow>,
): Promise<StoredUser> =>
  tables
    .updateTable('identity.users')
    .set({
      id,
      ...changes,
      ...(changes.password_hash !== undefined || changes.enabled === false
        ? { tokens_valid_after: new Date() }
        : {}),
    })
    .where('id', '=', id)
    .returning(USER_COLUMNS)
    .executeTakeFirstOrThrow();

/** The user's password as it is stored; `undefined` when there is no such user or it is disabled. */
export async function passwordOf(tables: Tables, id: string): Promise<string | null | undefined> {
  const row = await tables
    .selectFrom('identity.users as user')
    .innerJoin('identity.projects as domain', 'domain.id', 'user.domain_id')
    .select('user.password_hash')
    .where('user.id', '=', id)
    .where('user.enabled', '=', true)
    .where('domain.enabled', '=', true)
    .executeTakeFirst();
  return row?.password_hash;
}
