import { newAuditId, pack, type Method, type Scope, type TokenPayload } from '../tokens/payload.ts';
import type { IdentityContext } from '../context.ts';
import { unauthorized } from '../errors.ts';
import { seal } from '../tokens/fernet.ts';
import { effectiveRoles, loadSession, sessionOf, type Session } from '../tokens/session.ts';
import { verifyPassword } from '../users/password.ts';
import {
  requestedScope,
  requireName,
  type AuthenticationRequest,
  type Named,
  type RequestedScope,
} from './rules.ts';

/** Who proved to be who, and until when the proof lasts. */
interface Proof {
  readonly userId: string;
  readonly methods: readonly Method[];
  /** In milliseconds; of a password: without end, so the token's own lifetime counts. */
  readonly lastsUntil: number;
  /** Audit id of the first token of the chain. */
  readonly chain: string | undefined;
}

/** Issues a token for credentials that fit; every other case is the same 401, whatever was wrong. */
export async function authenticate(
  context: IdentityContext,
  request: AuthenticationRequest,
  serviceUrl: string,
): Promise<{ readonly token: string; readonly session: Session }> {
  const wanted = requestedScope(request);
  const proof = await prove(context, request, serviceUrl);
  const scope = await resolveScope(context, proof.userId, wanted);
  if (scope === undefined) throw unauthorized(serviceUrl);
  const audit = newAuditId();
  const issuedAt = new Date();
  const payload: TokenPayload = {
    userId: proof.userId,
    methods: proof.methods,
    scope,
    auditIds: proof.chain === undefined ? [audit] : [audit, proof.chain],
    issuedAt,
    expiresAt: new Date(Math.min(issuedAt.getTime() + context.tokenLifetime, proof.lastsUntil)),
  };
  const session = await loadSession(context.tables, payload);
  if (session === undefined) throw unauthorized(serviceUrl);
  return { token: seal(pack(payload), context.keys.primary(), payload.issuedAt), session };
}

async function prove(
  context: IdentityContext,
  request: AuthenticationRequest,
  serviceUrl: string,
): Promise<Proof> {
  const { methods, password, token } = request.identity;
  const proofs: Proof[] = [];
  for (const method of new Set(methods)) {
    if (method === 'password' && password) {
      proofs.push(await provePassword(context, password.user, serviceUrl));
    } else if (method === 'token' && token) {
      proofs.push(await proveToken(context, token.id, serviceUrl));
    } else {
      throw unauthorized(serviceUrl, 'Attempted to authenticate with an unsupported method.');
    }
  }
  const [first] = proofs;
  if (first === undefined || proofs.some((proof) => proof.userId !== first.userId)) {
    throw unauthorized(serviceUrl);
  }
  return {
    userId: first.userId,
    methods: [...new Set(proofs.flatMap((proof) => proof.methods))],
    lastsUntil: Math.min(...proofs.map((proof) => proof.lastsUntil)),
    chain: proofs.find((proof) => proof.chain !== undefined)?.chain,
  };
}

type PasswordUser = NonNullable<AuthenticationRequest['identity']['password']>['user'];

async function provePassword(
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
  const fits = await verifyPassword(given.password, open ? user.password_hash : undefined);
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
  };
}

async function proveToken(
  context: IdentityContext,
  token: string,
  serviceUrl: string,
): Promise<Proof> {
  const session = await sessionOf(context, token);
  if (session === undefined) throw unauthorized(serviceUrl);
  const { payload } = session;
  return {
    userId: payload.userId,
    methods: [...new Set<Method>([...payload.methods, 'token'])],
    lastsUntil: payload.expiresAt.getTime(), // a token never outlives the proof it was made from
    chain: payload.auditIds.at(-1),
  };
}

/** The scope's ids; `undefined` when there is no such project or domain. Roles are looked at later. */
async function resolveScope(
  context: IdentityContext,
  userId: string,
  wanted: RequestedScope,
): Promise<Scope | undefined> {
  switch (wanted.kind) {
    case 'unscoped':
    case 'system':
      return { kind: wanted.kind };
    case 'project':
    case 'domain': {
      const id = await findTarget(context, wanted.kind, wanted.named);
      return id === undefined ? undefined : { kind: wanted.kind, id };
    }
    case 'default': {
      const user = await context.tables
        .selectFrom('identity.users as user')
        .innerJoin('identity.projects as project', 'project.id', 'user.default_project_id')
        .select('project.id')
        .where('user.id', '=', userId)
        .where('project.enabled', '=', true)
        .where('project.is_domain', '=', false)
        .executeTakeFirst();
      if (user === undefined) return { kind: 'unscoped' };
      const scope: Scope = { kind: 'project', id: user.id };
      const roles = await effectiveRoles(context.tables, userId, scope);
      return roles.length > 0 ? scope : { kind: 'unscoped' };
    }
  }
}

async function findTarget(
  context: IdentityContext,
  kind: 'project' | 'domain',
  named: Named,
): Promise<string | undefined> {
  let query = context.tables
    .selectFrom('identity.projects as target')
    .select('target.id')
    .where('target.is_domain', '=', kind === 'domain');
  if (named.id !== undefined) query = query.where('target.id', '=', named.id);
  else {
    query = query.where('target.name', '=', named.name ?? '');
    if (kind === 'project') {
      const column = named.domain?.id === undefined ? 'domain.name' : 'domain.id';
      query = query
        .innerJoin('identity.projects as domain', 'domain.id', 'target.domain_id')
        .where(column, '=', named.domain?.id ?? named.domain?.name ?? '');
    }
  }
  return (await query.executeTakeFirst())?.id;
}
