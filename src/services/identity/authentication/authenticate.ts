import { newAuditId, pack, type Method, type Scope, type TokenPayload } from '../tokens/payload.ts';
import type { IdentityContext } from '../context.ts';
import { unauthorized } from '../errors.ts';
import { seal } from '../tokens/fernet.ts';
import { effectiveRoles, loadSession, sessionOf, type Session } from '../tokens/session.ts';
import { proveApplicationCredential, provePassword, type Proof } from './proofs.ts';
import {
  requestedScope,
  type AuthenticationRequest,
  type Named,
  type RequestedScope,
} from './rules.ts';

/** Issues a token for credentials that fit; every other case is the same 401, whatever was wrong. */
export async function authenticate(
  context: IdentityContext,
  request: AuthenticationRequest,
  serviceUrl: string,
): Promise<{ readonly token: string; readonly session: Session }> {
  const wanted = requestedScope(request);
  const proof = await prove(context, request, serviceUrl);
  const scope = await scopeOf(context, proof, wanted);
  if (scope === undefined) throw unauthorized(serviceUrl);
  const audit = newAuditId();
  const issuedAt = new Date();
  const payload: TokenPayload = {
    userId: proof.userId,
    methods: proof.methods,
    scope,
    delegation: proof.bound?.delegation,
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
  const { methods, password, token, application_credential: credential } = request.identity;
  const proofs: Proof[] = [];
  for (const method of new Set(methods)) {
    if (method === 'password' && password) {
      proofs.push(await provePassword(context, password.user, serviceUrl));
    } else if (method === 'token' && token) {
      proofs.push(await proveToken(context, token.id, serviceUrl));
    } else if (method === 'application_credential' && credential) {
      if (request.scope !== undefined) {
        throw unauthorized(
          serviceUrl,
          'Error authenticating with application credential: Application credentials cannot request a scope.',
        );
      }
      proofs.push(await proveApplicationCredential(context, credential, serviceUrl));
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
    bound: proofs.find((proof) => proof.bound !== undefined)?.bound,
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
    bound: payload.delegation && { scope: payload.scope, delegation: payload.delegation },
  };
}

/** The scope of the new token; a bound proof is good for its own only. */
async function scopeOf(
  context: IdentityContext,
  { userId, bound }: Proof,
  wanted: RequestedScope,
): Promise<Scope | undefined> {
  if (bound === undefined) return resolveScope(context, userId, wanted);
  if (wanted.kind === 'default') return bound.scope;
  const scope = await resolveScope(context, userId, wanted);
  const same =
    scope?.kind === bound.scope.kind &&
    ('id' in scope ? 'id' in bound.scope && scope.id === bound.scope.id : true);
  return same ? bound.scope : undefined;
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
