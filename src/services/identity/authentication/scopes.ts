import type { IdentityContext } from '../context.ts';
import { notAuthorized, unauthorized } from '../errors.ts';
import type { Delegation, Scope } from '../tokens/payload.ts';
import { effectiveRoles } from '../assignments/effective.ts';
import { getTrust } from '../trusts/model.ts';
import type { Proof } from './proofs.ts';
import type { Named, RequestedScope } from './rules.ts';

/** What a new token is good for, by what, and until when in milliseconds. */
interface Found {
  readonly scope: Scope;
  readonly delegation: Delegation | undefined;
  readonly lastsUntil: number;
}

/** The scope of the new token; a bound proof is good for its own only. */
export async function scopeOf(
  context: IdentityContext,
  { userId, bound, lastsUntil }: Proof,
  wanted: RequestedScope,
  serviceUrl: string,
): Promise<Found> {
  if (wanted.kind === 'trust') {
    if (bound !== undefined) throw unauthorized(serviceUrl);
    const trust = await trustScope(context, userId, wanted.id, serviceUrl);
    return { ...trust, lastsUntil: Math.min(lastsUntil, trust.lastsUntil) };
  }
  if (bound !== undefined && wanted.kind === 'default') return { ...bound, lastsUntil };
  const scope = await resolveScope(context, userId, wanted);
  if (scope === undefined) throw unauthorized(serviceUrl);
  if (bound === undefined) return { scope, delegation: undefined, lastsUntil };
  const same =
    scope.kind === bound.scope.kind &&
    ('id' in scope ? 'id' in bound.scope && scope.id === bound.scope.id : true);
  if (!same) throw unauthorized(serviceUrl);
  return { ...bound, lastsUntil };
}

/** The project of a trust, for its trustee; a trust that ended is as one that never was. */
async function trustScope(
  context: IdentityContext,
  userId: string,
  id: string,
  serviceUrl: string,
): Promise<Found> {
  const trust = await getTrust(context.tables, id);
  const end = trust?.expires_at?.getTime() ?? Infinity;
  if (trust === undefined || end <= Date.now()) throw unauthorized(serviceUrl);
  if (trust.trustee_user_id !== userId) {
    throw notAuthorized('authenticate with a trust', 'User is not a trustee.');
  }
  return {
    scope:
      trust.project_id === null ? { kind: 'unscoped' } : { kind: 'project', id: trust.project_id },
    delegation: { kind: 'trust', id },
    lastsUntil: end,
  };
}

/** The scope's ids; `undefined` when there is no such project or domain. Roles are looked at later. */
async function resolveScope(
  context: IdentityContext,
  userId: string,
  wanted: Exclude<RequestedScope, { kind: 'trust' }>,
): Promise<Scope | undefined> {
  switch (wanted.kind) {
    case 'unscoped':
    case 'system':
      return { kind: wanted.kind };
    case 'project':
    case 'domain': {
      const { kind, named } = wanted;
      const key = `named ${JSON.stringify([kind, named])}`;
      const id = await context.memory.get(key, () => findTarget(context, kind, named));
      return id === undefined ? undefined : { kind, id };
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
