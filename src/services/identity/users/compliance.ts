import { sql } from 'kysely';
import { badRequest } from '../../../core/errors.ts';
import type { IdentityContext, Tables } from '../context.ts';
import type { IdentityOptions } from '../options.ts';
import type { StoredUserOptions } from './options.ts';
import { verifyPassword } from './password.ts';

/*
 * What keystone.conf's section security_compliance demands of passwords:
 * https://docs.openstack.org/keystone/latest/admin/configuration.html#security-compliance-and-pci-dss
 */

const DAY = 24 * 60 * 60 * 1000;

type Compliance = IdentityOptions['security_compliance'];

/** Fails when a new password does not match `password_regex`. */
export function checkPassword(compliance: Compliance, password: string): void {
  const { password_regex: pattern, password_regex_description: words } = compliance;
  if (pattern === '' || new RegExp(`^(?:${pattern})`, 'u').test(password)) return;
  throw badRequest(
    `The password does not match the requirements: ${words === '' ? `it must match ${pattern}` : words}.`,
  );
}

/** When a password that is set now expires; null for never. */
export function passwordExpiry(
  compliance: Compliance,
  options: StoredUserOptions,
  byItself: boolean,
  now = Date.now(),
): Date | null {
  const { change_password_upon_first_use: first, password_expires_days: days } = compliance;
  if (!byItself && first && !options.ignore_change_password_upon_first_use) return new Date(now);
  if (days === 0 || options.ignore_password_expiry) return null;
  return new Date(Math.floor((now + days * DAY) / 1000) * 1000);
}

/** The user as far as changing the own password is concerned. */
export interface OwnPassword {
  readonly id: string;
  readonly password_hash: string | null;
  readonly password_created_at: Date;
  readonly password_self_service: boolean;
  readonly options: StoredUserOptions;
}

/** Fails when the user may not set this password now: locked, changed too recently, used before. */
export async function checkOwnChange(
  { options, tables }: IdentityContext,
  user: OwnPassword,
  password: string,
): Promise<void> {
  const { minimum_password_age: days, unique_last_password_count: count } =
    options.security_compliance;
  if (user.options.lock_password) {
    throw badRequest(
      'You cannot change your password at this time due to password policy disallowing password changes. Please contact your administrator to reset your password.',
    );
  }
  const left = user.password_created_at.getTime() + days * DAY - Date.now();
  if (days > 0 && user.password_self_service && left > 0) {
    throw badRequest(
      `You cannot change your password at this time due to the minimum password age: a password you set stays for ${days} day(s). Try again in ${Math.ceil(left / DAY)} day(s), or let an administrator reset it.`,
    );
  }
  if (count === 0) return;
  const rows = await tables
    .selectFrom('identity.passwords')
    .select('hash')
    .where('user_id', '=', user.id)
    .orderBy('serial', 'desc')
    .limit(count)
    .execute();
  const hashes = new Set([user.password_hash, ...rows.map((row) => row.hash)]);
  for (const hash of [...hashes].slice(0, count)) {
    if (hash === null || !(await verifyPassword(password, hash))) continue;
    throw badRequest(
      `The new password cannot be identical to a previous password. The total number which includes the new password must be unique is ${count}.`,
    );
  }
}

/** Keeps the hash of a password that was just set among the last ones, if they are kept. */
export async function rememberPassword(
  tables: Tables,
  compliance: Compliance,
  userId: string,
  hash: string | null,
): Promise<void> {
  const count = compliance.unique_last_password_count;
  if (count > 0 && hash !== null) {
    await tables.insertInto('identity.passwords').values({ user_id: userId, hash }).execute();
  }
  await sql`delete from identity.passwords where user_id = ${userId} and serial not in (
    select serial from identity.passwords where user_id = ${userId} order by serial desc limit ${count}
  )`.execute(tables);
}

/** Whether the user is locked out after wrong passwords. */
export function isLockedOut(
  compliance: Compliance,
  user: {
    readonly failed_attempts: number;
    readonly failed_at: Date | null;
    readonly options: StoredUserOptions;
  },
): boolean {
  const { lockout_failure_attempts: most, lockout_duration: seconds } = compliance;
  if (most === 0 || user.options.ignore_lockout_failure_attempts) return false;
  if (user.failed_attempts < most || user.failed_at === null) return false;
  return user.failed_at.getTime() + seconds * 1000 > Date.now();
}

/** Counts a wrong password. A row of them that is older than a lock-out begins anew. */
export async function countFailure(
  { tables, options }: IdentityContext,
  userId: string,
): Promise<void> {
  const { lockout_failure_attempts: most, lockout_duration: seconds } = options.security_compliance;
  if (most === 0) return;
  await sql`update identity.users set failed_at = now(), failed_attempts = case
      when failed_attempts >= ${most} and failed_at < now() - make_interval(secs => ${seconds}) then 1
      else failed_attempts + 1 end
    where id = ${userId}`.execute(tables);
}

/** Ends a row of wrong passwords, and notes that the user is still there. */
export async function countSuccess(
  { tables, options }: IdentityContext,
  user: { readonly id: string; readonly failed_attempts: number },
): Promise<void> {
  if (user.failed_attempts > 0) {
    await tables
      .updateTable('identity.users')
      .set({ failed_attempts: 0, failed_at: null })
      .where('id', '=', user.id)
      .execute();
  }
  if (options.security_compliance.disable_user_account_days_inactive === 0) return;
  await sql`update identity.users set last_active_at = now() where id = ${user.id}
    and coalesce(last_active_at, created_at) < now() - interval '1 hour'`.execute(tables);
}

/** Disables who has not logged in for as many days as `disable_user_account_days_inactive` says; their tokens end. */
export async function disableInactive(context: IdentityContext, userId?: string): Promise<void> {
  const days = context.options.security_compliance.disable_user_account_days_inactive;
  if (days === 0) return;
  const inactive = sql<boolean>`enabled
    and coalesce(last_active_at, created_at) < now() - make_interval(days => ${days})
    and not coalesce((options ->> 'ignore_user_inactivity')::boolean, false)
    and ${userId === undefined ? sql`true` : sql`id = ${userId}`}`;
  const some = await context.tables
    .selectFrom('identity.users')
    .select('id')
    .where(inactive)
    .limit(1)
    .executeTakeFirst();
  if (some === undefined) return;
  await context.change((tables) =>
    tables
      .updateTable('identity.users')
      .set({ enabled: false, tokens_valid_after: new Date() })
      .where(inactive)
      .execute(),
  );
}
