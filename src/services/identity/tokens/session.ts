import { sql } from 'kysely';
import { getApplicationCredential } from '../application-credentials/model.ts';
import type { AccessRule, Caller } from '../caller.ts';
import type { IdentityContext, Tables } from '../context.ts';
import type { Scope, TokenPayload } from './payload.ts';
import { unpack } from './payload.ts';
import { unseal } from './fernet.ts';

export interface Named {
  readonly id: string;
  readonly name: string;
}

/** A token's payload with all that the database says about it today. */
export interface Session {
  readonly payload: TokenPayload;
  readonly user: Named & { readonly domain: Named; readonly passwordExpiresAt: Date | null };
  readonly project: (Named & { readonly domain: Named }) | undefined;
  readonly domain: Named | undefined;
  /** Implied roles included, ordered by name; empty only for an unscoped token. */
  readonly roles: readonly Named[];
  readonly applicationCredential: SessionCredential | undefined;
  readonly caller: Caller;
}

/** The application credential of a session. */
export interface SessionCredential extends Named {
  readonly unrestricted: boolean;
  readonly accessRules: readonly (AccessRule & { readonly id: string })[] | undefined;
}

/** Longest token that is looked at; ours are shorter, and no client sends longer ones. */
const LONGEST = 512;

/** What the token says, if it is one of ours and has not ended. */
export function readToken(context: IdentityContext, token: string): TokenPayload | undefined {
  if (token.length > LONGEST) return undefined;
  let bytes = unseal(token, context.keys.all());
  // Another control plane may have rotated the keys twice since we read them.
  if (bytes === undefined && token.startsWith('gAAAA') && context.keys.refresh()) {
    bytes = unseal(token, context.keys.all());
  }
  const payload = bytes && unpack(bytes);
  return payload && payload.expiresAt.getTime() > Date.now() ? payload : undefined;
}

/**
 * The session of a token; `undefined` when the token is not ours, has ended, was revoked, or its user, project or
 * domain is gone or disabled. Fast: some microseconds when the token was seen since the last change.
 */
export async function sessionOf(
  context: IdentityContext,
  token: string,
): Promise<Session | undefined> {
  if (token.length > LONGEST) return undefined;
  const session = await context.memory.get(`token ${token}`, async () => {
    const payload = readToken(context, token);
    return payload && (await loadSession(context.tables, payload));
  });
  return session && session.payload.expiresAt.getTime() > Date.now() ? session : undefined;
}

const isOver = (issuedAt: Date, ...validAfter: (Date | null)[]): boolean =>
  validAfter.some((time) => time !== null && issuedAt.getTime() <= time.getTime());

/** Looks up who and where the token is for. */
export async function loadSession(
  tables: Tables,
  payload: TokenPayload,
): Promise<Session | undefined> {
  const user = await tables
    .selectFrom('identity.users as user')
    .innerJoin('identity.projects as domain', 'domain.id', 'user.domain_id')
    .select([
      'user.id',
      'user.name',
      'user.enabled',
      'user.tokens_valid_after',
      'user.password_expires_at',
    ])
    .select([
      'domain.id as domain_id',
      'domain.name as domain_name',
      'domain.enabled as domain_enabled',
    ])
    .select('domain.tokens_valid_after as domain_valid_after')
    .where('user.id', '=', payload.userId)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('identity.revoked_tokens')
            .select('audit_id')
            .where('audit_id', '=', payload.auditIds[0]),
        ),
      ),
    )
    .executeTakeFirst();
  if (!user?.enabled || !user.domain_enabled) return undefined;
  if (isOver(payload.issuedAt, user.tokens_valid_after, user.domain_valid_after)) return undefined;

  const target = await loadTarget(tables, payload);
  if (target === 'closed') return undefined;
  const applicationCredential = await loadCredential(tables, payload);
  if (applicationCredential === 'closed') return undefined;
  const roles = await effectiveRoles(
    tables,
    payload.userId,
    payload.scope,
    applicationCredential?.id,
  );
  if (payload.scope.kind !== 'unscoped' && roles.length === 0) return undefined;

  const names = new Set(roles.map((role) => role.name));
  const { project, domain } = target;
  return {
    payload,
    user: {
      id: user.id,
      name: user.name,
      domain: { id: user.domain_id, name: user.domain_name },
      passwordExpiresAt: user.password_expires_at,
    },
    project,
    domain,
    roles,
    applicationCredential,
    caller: {
      userId: user.id,
      userName: user.name,
      userDomainId: user.domain_id,
      projectId: project?.id,
      projectName: project?.name,
      projectDomainId: project?.domain.id,
      domainId: domain?.id,
      isSystem: payload.scope.kind === 'system',
      roles: names,
      isAdmin: names.has('admin'),
      tokenExpiresAt: payload.expiresAt,
      applicationCredential,
    },
  };
}

/** The credential that the token was made with, as it is now; it limits the token while it lasts. */
async function loadCredential(
  tables: Tables,
  { delegation, userId, scope }: TokenPayload,
): Promise<SessionCredential | undefined | 'closed'> {
  if (delegation?.kind !== 'application_credential') return undefined;
  const row = await getApplicationCredential(tables, delegation.id);
  const fits = row?.user_id === userId && scope.kind === 'project' && scope.id === row.project_id;
  if (!fits || (row.expires_at !== null && row.expires_at.getTime() <= Date.now())) return 'closed';
  const { id, name, unrestricted, access_rules: rules } = row;
  return { id, name, unrestricted, accessRules: rules.length === 0 ? undefined : rules };
}

type Target = Pick<Session, 'project' | 'domain'>;

async function loadTarget(tables: Tables, payload: TokenPayload): Promise<Target | 'closed'> {
  const { scope } = payload;
  if (!('id' in scope)) return { project: undefined, domain: undefined };
  const found = await tables
    .selectFrom('identity.projects as target')
    .leftJoin('identity.projects as domain', 'domain.id', 'target.domain_id')
    .select([
      'target.id',
      'target.name',
      'target.is_domain',
      'target.enabled',
      'target.tokens_valid_after',
    ])
    .select([
      'domain.id as domain_id',
      'domain.name as domain_name',
      'domain.enabled as domain_enabled',
    ])
    .select('domain.tokens_valid_after as domain_valid_after')
    .where('target.id', '=', scope.id)
    .executeTakeFirst();
  if (!found?.enabled || found.domain_enabled === false) return 'closed';
  if (found.is_domain !== (scope.kind === 'domain')) return 'closed';
  if (isOver(payload.issuedAt, found.tokens_valid_after, found.domain_valid_after)) return 'closed';
  const itself = { id: found.id, name: found.name };
  if (found.domain_id === null) return { project: undefined, domain: itself };
  return {
    project: { ...itself, domain: { id: found.domain_id, name: found.domain_name ?? '' } },
    domain: undefined,
  };
}

/**
 * The roles a user has in a scope: given to the user or to one of the user's groups, on the target or inherited
 * from above it, and all that these imply. Roles of single domains are followed but not shown.
 * @param credential application credential to which the roles are limited
 */
export async function effectiveRoles(
  tables: Tables,
  userId: string,
  scope: Scope,
  credential?: string,
): Promise<Named[]> {
  if (scope.kind === 'unscoped') return [];
  const target = 'id' in scope ? scope.id : null;
  const { rows } = await sql<Named>`
    with recursive above(id, parent_id) as (
      select id, parent_id from identity.projects where id = ${target}
      union select p.id, p.parent_id from identity.projects p join above on p.id = above.parent_id
    ), effective(role_id) as (
      select role_id from identity.assignments
      where (user_id = ${userId}
          or group_id in (select group_id from identity.memberships where user_id = ${userId}))
        and case when inherited
          then project_id in (select id from above where id <> ${target})
          else project_id is not distinct from ${target} end
      union select implied_role_id from identity.implied_roles
        join effective on effective.role_id = prior_role_id
    ), allowed(role_id) as (
      select role_id from identity.application_credential_roles
      where application_credential_id = ${credential ?? null}
      union select implied_role_id from identity.implied_roles
        join allowed on allowed.role_id = prior_role_id
    )
    select id, name from identity.roles
    where id in (select role_id from effective) and domain_id is null
      and (${credential === undefined} or id in (select role_id from allowed))
    order by name`.execute(tables);
  return rows;
}
