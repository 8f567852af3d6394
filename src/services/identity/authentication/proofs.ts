import { findForAuthentication } from '../application-credentials/model.ts';
import type { IdentityContext } from '../context.ts';
import { unauthorized } from '../errors.ts';
import type { Delegation, Method, Scope } from '../tokens/payload.ts';
import { verifyPassword } from '../users/password.ts';
import { badRequest } from '../../../core/errors.ts';
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

type PasswordUser = NonNullable<AuthenticationRequest['identity']['password']>['user'];

/** Proves a user by name (with its domain) or id and password. */
export async function provePassword(
  context: IdentityContext,
  given: PasswordUser,
  serviceUrl: string,
): Promise<Proof> {
  requireName(given, 'user', true);
  const user = await context.tables
    .selectFrom('identity.users as user')
    .innerJoin('identity.projects as domain', 'domain.id', 'user.domain_id')
    .select(['user.id', 'user.enabled', 'user.password_hash', 'user.password_expires_at'])
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
  const open = user?.enabled && user.domain_enabled;
  const key = user?.id ?? JSON.stringify([given.id, given.name, given.domain]);
  const fits = await context.attempts.guard(`user ${key}`, serviceUrl, () =>
    verifyPassword(given.password, open ? user.password_hash : undefined),
  );
  if (!open || !fits) throw unauthorized(serviceUrl);
  if (user.password_expires_at !== null && user.password_expires_at.getTime() <= Date.now()) {
    throw unauthorized(
      serviceUrl,
      `The password is expired and needs to be changed for user: ${user.id}.`,
    );
  }
  return {
    userId: user.id,
    methods: ['password'],
    lastsUntil: Infinity,
    chain: undefined,
    bound: undefined,
  };
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
