import type { Caller } from './caller.ts';
import type { IdentityContext } from './context.ts';
import type { Delegation } from './tokens/payload.ts';
import { delegationOf, loadSession } from './tokens/session.ts';

/** What somebody may do in a project, kept for work that is done when their token is long gone. Plain JSON. */
export interface Rights {
  /** Who proves to be there: of a trust its trustee. */
  readonly userId: string;
  readonly projectId: string;
  /** Names of the roles that the caller had. */
  readonly roles: readonly string[];
  /** What limited the caller beside its own roles; it goes on limiting. */
  readonly delegation?: Delegation | undefined;
}

/** The rights of a caller whose token is scoped to a project. */
export const rightsOf = (caller: Caller & { readonly projectId: string }): Rights => ({
  userId: caller.trust?.trusteeUserId ?? caller.userId,
  projectId: caller.projectId,
  roles: [...caller.roles].toSorted(),
  delegation: delegationOf(caller),
});

/** How long a caller without a token is good for; asked again it is made anew. */
const LIFETIME = 3_600_000;

/**
 * Somebody as their rights say, as they are today. As with a trust, nothing is left of it once one of the roles is
 * taken away, or the user, the project, the application credential or the trust is gone or disabled: undefined.
 */
export async function actFor(
  context: IdentityContext,
  rights: Rights,
): Promise<Caller | undefined> {
  const session = await loadSession(context, {
    userId: rights.userId,
    methods: [],
    scope: { kind: 'project', id: rights.projectId },
    delegation: rights.delegation,
    auditIds: [''],
    issuedAt: new Date(Date.now() + 1000),
    expiresAt: new Date(Date.now() + LIFETIME),
  });
  if (session === undefined) return undefined;
  return rights.roles.every((role) => session.caller.roles.has(role)) ? session.caller : undefined;
}
