import { effectiveRoles, type Named } from '../assignments/effective.ts';
import { getApplicationCredential } from '../application-credentials/model.ts';
import type { AccessRule, Caller } from '../caller.ts';
import type { IdentityContext, Tables } from '../context.ts';
import { getTrust, firstTrustor } from '../trusts/model.ts';
import type { Delegation, TokenPayload } from './payload.ts';
import { unpack } from './payload.ts';
import { unseal } from './fernet.ts';

/** A token's payload with all that the database says about it today. */
export interface Session {
  readonly payload: TokenPayload;
  /** Of a trust that impersonates: its trustor. */
  readonly user: Person;
  readonly project: (Named & { readonly domain: Named }) | undefined;
  readonly domain: Named | undefined;
  /** Implied roles included, ordered by name; empty only for an unscoped token. */
  readonly roles: readonly Named[];
  readonly applicationCredential: SessionCredential | undefined;
  readonly trust: SessionTrust | undefined;
  readonly caller: Caller;
}

type Person = Named & { readonly domain: Named; readonly passwordExpiresAt: Date | null };

/** The trust of a session. */
export type SessionTrust = NonNullable<Caller['trust']>;

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
    if (payload === undefined || (await isRevoked(context.tables, payload))) return undefined;
    return loadSession(context, payload);
  });
  return session && session.payload.expiresAt.getTime() > Date.now() ? session : undefined;
}

const isOver = (issuedAt: Date, ...validAfter: (Date | null)[]): boolean =>
  validAfter.some((time) => time !== null && issuedAt.getTime() <= time.getTime());

const isRevoked = async (tables: Tables, { auditIds }: TokenPayload): Promise<boolean> => {
  const row = await tables
    .selectFrom('identity.revoked_tokens')
    .select('audit_id')
    .where('audit_id', '=', auditIds[0])
    .executeTakeFirst();
  return row !== undefined;
};

/** Looks up who and where the token is for; whether it was revoked is not asked. */
export async function loadSession(
  context: IdentityContext,
  payload: TokenPayload,
): Promise<Session | undefined> {
  const { tables } = context;
  const bearer = await loadPerson(context, payload.userId, payload);
  if (bearer === undefined) return undefined;
  const target = await loadTarget(context, payload);
  if (target === 'closed') return undefined;
  const applicationCredential = await loadCredential(tables, payload);
  if (applicationCredential === 'closed') return undefined;
  const trusted = await loadTrust(context, payload);
  if (trusted === 'closed') return undefined;
  const holder = trusted?.rolesOf ?? payload.userId;
  const key = `roles ${JSON.stringify([holder, payload.scope, payload.delegation])}`;
  const roles = await context.memory.get(key, () =>
    effectiveRoles(tables, holder, payload.scope, payload.delegation),
  );
  // What the trustor has no more, the trust gives no more: then nothing of it is left.
  if (trusted?.roles.some(({ id }) => !roles.some((role) => role.id === id))) return undefined;
  if (payload.scope.kind !== 'unscoped' && roles.length === 0) return undefined;

  const names = new Set(roles.map((role) => role.name));
  const { project, domain } = target;
  const user = trusted?.impersonated ?? bearer;
  const trust = trusted?.trust;
  return {
    payload,
    user,
    project,
    domain,
    roles,
    applicationCredential,
    trust,
    caller: {
      userId: user.id,
      userName: user.name,
      userDomainId: user.domain.id,
      projectId: project?.id,
      projectName: project?.name,
      projectDomainId: project?.domain.id,
      domainId: domain?.id,
      isSystem: payload.scope.kind === 'system',
      roles: names,
      isAdmin: names.has('admin'),
      tokenExpiresAt: payload.expiresAt,
      applicationCredential,
      byEc2Key: payload.methods.includes('ec2credential'),
      trust,
    },
  };
}

/** By what the caller's roles are limited beside its own assignments. */
export function delegationOf({ applicationCredential, trust }: Caller): Delegation | undefined {
  if (trust !== undefined) return { kind: 'trust', id: trust.id };
  if (applicationCredential === undefined) return undefined;
  return { kind: 'application_credential', id: applicationCredential.id };
}

/** The user, if the token is good as far as the user is concerned. */
async function loadPerson(
  context: IdentityContext,
  id: string,
  { issuedAt }: Pick<TokenPayload, 'issuedAt'>,
): Promise<Person | undefined> {
  const user = await context.memory.get(`person ${id}`, () => selectPerson(context.tables, id));
  if (!user?.enabled || !user.domain_enabled) return undefined;
  if (isOver(issuedAt, user.tokens_valid_after, user.domain_valid_after)) return undefined;
  return {
    id: user.id,
    name: user.name,
    domain: { id: user.domain_id, name: user.domain_name },
    passwordExpiresAt: user.password_expires_at,
  };
}

const selectPerson = (tables: Tables, id: string) =>
  tables
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
    .where('user.id', '=', id)
    .executeTakeFirst();

interface Trusted {
  readonly trust: SessionTrust;
  /** The trustor, if the trust impersonates. */
  readonly impersonated: Person | undefined;
  /** Whose roles the trust gives: the first trustor's. */
  readonly rolesOf: string;
  readonly roles: readonly Named[];
}

/** The trust that the token was made with, as it is now; it limits the token while it lasts. */
async function loadTrust(
  context: IdentityContext,
  payload: TokenPayload,
): Promise<Trusted | undefined | 'closed'> {
  const { tables } = context;
  const { delegation, userId, scope } = payload;
  if (delegation?.kind !== 'trust') return undefined;
  const row = await getTrust(tables, delegation.id);
  const fits =
    row?.trustee_user_id === userId &&
    (row.project_id === null
      ? scope.kind === 'unscoped'
      : scope.kind === 'project' && scope.id === row.project_id);
  if (!fits || (row.expires_at !== null && row.expires_at.getTime() <= Date.now())) return 'closed';
  const first = (await firstTrustor(tables, row.id)) ?? row.trustor_user_id;
  const trustor = await loadPerson(context, row.trustor_user_id, payload);
  const giver = first === row.trustor_user_id ? trustor : await loadPerson(context, first, payload);
  if (trustor === undefined || giver === undefined) return 'closed';
  return {
    trust: {
      id: row.id,
      trustorUserId: row.trustor_user_id,
      trusteeUserId: row.trustee_user_id,
      impersonation: row.impersonation,
    },
    impersonated: row.impersonation ? trustor : undefined,
    rolesOf: first,
    roles: row.roles,
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

async function loadTarget(
  context: IdentityContext,
  { scope, issuedAt }: TokenPayload,
): Promise<Target | 'closed'> {
  if (!('id' in scope)) return { project: undefined, domain: undefined };
  const found = await context.memory.get(`target ${scope.id}`, () =>
    selectTarget(context.tables, scope.id),
  );
  if (!found?.enabled || found.domain_enabled === false) return 'closed';
  if (found.is_domain !== (scope.kind === 'domain')) return 'closed';
  if (isOver(issuedAt, found.tokens_valid_after, found.domain_valid_after)) return 'closed';
  const itself = { id: found.id, name: found.name };
  if (found.domain_id === null) return { project: undefined, domain: itself };
  return {
    project: { ...itself, domain: { id: found.domain_id, name: found.domain_name ?? '' } },
    domain: undefined,
  };
}

/** A project or a domain, with the domain it is in. */
const selectTarget = (tables: Tables, id: string) =>
  tables
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
    .where('target.id', '=', id)
    .executeTakeFirst();
