import { findForAuthentication } from '../application-credentials/model.ts';
import type { IdentityContext } from '../context.ts';
import { unauthorized } from '../errors.ts';
import type { Delegation, Method, Scope } from '../tokens/payload.ts';
import { openBlob, selectCredentials } from '../credentials/model.ts';
import { countFailure, countSuccess, disableInactive, isLockedOut } from '../users/compliance.ts';
import type { StoredUserOptions } from '../users/options.ts';
import { hashPassword, isOutdated, verifyPassword } from '../users/password.ts';
import { badRequest } from '../../../core/errors.ts';
import { passcodeFits } from './totp.ts';
import { requireName, type AuthenticationRequest } from './rules.ts';

/** Who proved to be who, and until when the proof lasts. */
export interface Proof {
  readonly userId: string;
  readonly methods: readonly Method[];
  /** In milliseconds; of a password: without end, so the token's own lifetime counts. */
  readonly lastsUntil: number;
  /** Audit id of the first token of the chain. */
  readonly chain: string | undefined;
  /** The only scope that the proof is good for, and by what it is so. */
  readonly bound: { readonly scope: Scope; readonly delegation: Delegation } | undefined;
}

interface GivenUser {
  readonly id?: string;
  readonly name?: string;
  readonly domain?: { readonly id?: string; readonly name?: string };
}

/** The user that is named, by id or by name with its domain, disabled or not. */
const findUser = (context: IdentityContext, given: GivenUser) =>
  context.tables
    .selectFrom('identity.users as user')
    .innerJoin('identity.projects as domain', 'domain.id', 'user.domain_id')
    .select(['user.id', 'user.enabled', 'user.password_hash', 'user.password_expires_at'])
    .select(['user.options', 'user.failed_attempts', 'user.failed_at'])
    .select('domain.enabled as domain_enabled')
    .where((where) =>
      given.id === undefined
        ? where.and([
            where('user.name', '=', given.name ?? ''),
            given.domain?.id === undefined
              ? where('domain.name', '=', given.domain?.name ?? '')
              : where('domain.id', '=', given.domain.id),
          ])
        : where('user.id', '=', given.id),
    )
    .executeTakeFirst();

/** Runs a check, slowed down after wrong ones unless the user's options say that it is never locked out. */
function guarded(
  context: IdentityContext,
  kind: string,
  user: { readonly id: string; readonly options: StoredUserOptions } | undefined,
  given: GivenUser,
  serviceUrl: string,
  check: () => Promise<boolean>,
): Promise<boolean> {
  if (user?.options.ignore_lockout_failure_attempts) return check();
  const key = user?.id ?? JSON.stringify([given.id, given.name, given.domain]);
  return context.attempts.guard(`${kind} ${key}`, serviceUrl, check);
}

type PasswordUser = NonNullable<AuthenticationRequest['identity']['password']>['user'];

/** Proves a user by name (with its domain) or id and password. */
export async function provePassword(
  context: IdentityContext,
  given: PasswordUser,
  serviceUrl: string,
): Promise<Proof> {
  requireName(given, 'user', true);
  const user = await findUser(context, given);
  if (user !== undefined) await disableInactive(context, user.id);
  const locked = user !== undefined && isLockedOut(context.options.security_compliance, user);
  const open = user?.enabled && user.domain_enabled && !locked;
  const fits = await guarded(context, 'user', user, given, serviceUrl, () =>
    verifyPassword(given.password, open ? user.password_hash : undefined),
  );
  if (!open || !fits) {
    if (open) await countFailure(context, user.id);
    throw unauthorized(serviceUrl);
  }
  if (user.password_expires_at !== null && user.password_expires_at.getTime() <= Date.now()) {
    throw unauthorized(
      serviceUrl,
      `The password is expired and needs to be changed for user: ${user.id}.`,
    );
  }
  await countSuccess(context, user);
  await renewHash(context, user.id, given.password, user.password_hash);
  return { ...UNBOUND, userId: user.id, methods: ['password'] };
}

const UNBOUND = { lastsUntil: Infinity, chain: undefined, bound: undefined } as const;

/** Replaces a hash of a Keystone, or of another cost; the password stays and so do the user's tokens. */
async function renewHash(
  context: IdentityContext,
  userId: string,
  password: string,
  old: string | null,
): Promise<void> {
  if (old === null || !isOutdated(old)) return;
  const hash = await hashPassword(password);
  await context.tables
    .updateTable('identity.users')
    .set({ password_hash: hash })
    .where('id', '=', userId)
    .where('password_hash', '=', old)
    .execute();
}

type TotpUser = NonNullable<AuthenticationRequest['identity']['totp']>['user'];

/** Proves a user by a one-time password of one of its credentials of type totp. */
export async function proveTotp(
  context: IdentityContext,
  given: TotpUser,
  serviceUrl: string,
): Promise<Proof> {
  requireName(given, 'user', true);
  const user = await findUser(context, given);
  const open = user?.enabled && user.domain_enabled;
  const fits = await guarded(context, 'totp', user, given, serviceUrl, async () => {
    if (!open) return false;
    const rows = await selectCredentials(context.tables)
      .where('user_id', '=', user.id)
      .where('type', '=', 'totp')
      .execute();
    const { included_previous_windows: windows } = context.options.totp;
    return rows
      .map((row) => passcodeFits(given.passcode, openBlob(context, row), windows))
      .includes(true);
  });
  if (!open || !fits) throw unauthorized(serviceUrl);
  return { ...UNBOUND, userId: user.id, methods: ['totp'] };
}

type GivenCredential = NonNullable<AuthenticationRequest['identity']['application_credential']>;

/** Proves a user by an application credential: its id, or its name and the user, and its secret. */
export async function proveApplicationCredential(
  context: IdentityContext,
  given: GivenCredential,
  serviceUrl: string,
): Promise<Proof> {
  if (given.id === undefined) {
    if (given.name === undefined || given.user === undefined) {
      throw badRequest(
        'Expecting to find id, or name and user, in application_credential: names are unique to a user only.',
      );
    }
    requireName(given.user, 'user', true);
  }
  const row = await findForAuthentication(context.tables, given);
  const open = row?.enabled && row.domain_enabled;
  const key = row?.id ?? JSON.stringify([given.id, given.name, given.user]);
  const fits = await context.attempts.guard(`application credential ${key}`, serviceUrl, () =>
    verifyPassword(given.secret, open ? row.secret_hash : undefined),
  );
  if (!open || !fits) throw unauthorized(serviceUrl);
  const lastsUntil = row.expires_at?.getTime() ?? Infinity;
  if (lastsUntil <= Date.now()) throw unauthorized(serviceUrl);
  return {
    userId: row.user_id,
    methods: ['application_credential'],
    lastsUntil,
    chain: undefined,
    bound: {
      scope: { kind: 'project', id: row.project_id },
      delegation: { kind: 'application_credential', id: row.id },
    },
  };
}
