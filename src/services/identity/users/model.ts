import type { Insertable, Selectable, Updateable } from 'kysely';
import type { Tables } from '../context.ts';
import type { IdentityOptions } from '../options.ts';
import type { UserRow } from '../tables.ts';
import { passwordExpiry, rememberPassword, type OwnPassword } from './compliance.ts';
import type { StoredUserOptions } from './options.ts';

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

/** Changes a user. A new password, and disabling, end all tokens of the user; enabling ends what locked it out. */
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
      ...(changes.enabled === true
        ? { failed_attempts: 0, failed_at: null, last_active_at: new Date() }
        : {}),
    })
    .where('id', '=', id)
    .returning(USER_COLUMNS)
    .executeTakeFirstOrThrow();

/**
 * Sets a password, or none; all tokens of the user end.
 * @param byItself whether the user does it, and no administrator
 */
export async function setPassword(
  tables: Tables,
  compliance: IdentityOptions['security_compliance'],
  user: { readonly id: string; readonly options: StoredUserOptions },
  hash: string | null,
  byItself: boolean,
): Promise<StoredUser> {
  const row = await updateUser(tables, user.id, {
    password_hash: hash,
    password_expires_at: hash === null ? null : passwordExpiry(compliance, user.options, byItself),
    password_created_at: new Date(),
    password_self_service: byItself,
  });
  await rememberPassword(tables, compliance, user.id, hash);
  return row;
}

/** A user that may authenticate, with its password; `undefined` when there is no such user or it is disabled. */
export const getOwnPassword = (
  tables: Tables,
  id: string,
): Promise<
  (OwnPassword & Pick<Selectable<UserRow>, 'failed_attempts' | 'failed_at'>) | undefined
> =>
  tables
    .selectFrom('identity.users as user')
    .innerJoin('identity.projects as domain', 'domain.id', 'user.domain_id')
    .select(['user.id', 'user.password_hash', 'user.password_created_at', 'user.options'])
    .select(['user.password_self_service', 'user.failed_attempts', 'user.failed_at'])
    .where('user.id', '=', id)
    .where('user.enabled', '=', true)
    .where('domain.enabled', '=', true)
    .executeTakeFirst();
