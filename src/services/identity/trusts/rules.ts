import { badRequest, forbidden } from '../../../core/errors.ts';
import { couldNotFind } from '../errors.ts';
import type { Named } from '../assignments/effective.ts';
import type { StoredTrust } from './model.ts';

/** What a request to make a trust says about passing it on. */
export interface WantedRedelegation {
  readonly allow_redelegation?: boolean | null;
  readonly redelegation_count?: number | null;
  readonly remaining_uses?: number | null;
}

/**
 * How often the new trust may be passed on: 0 for not at all.
 * @param passedOn the trust of the token with which the new one is made
 * @param most option `trust.max_redelegation_count`
 */
export function redelegationCount(
  wanted: WantedRedelegation,
  passedOn: Pick<StoredTrust, 'redelegation_count'> | undefined,
  most: number,
): number {
  const asked = wanted.redelegation_count ?? undefined;
  const allowed = wanted.allow_redelegation === true && asked !== 0;
  if (passedOn !== undefined && passedOn.redelegation_count < 1) {
    throw forbidden(
      'The trust of this token may not be passed on: its trustor did not allow redelegation, or all of it is used up.',
    );
  }
  if (!allowed) return 0;
  if (wanted.remaining_uses != null) {
    throw badRequest('remaining_uses must not be set if redelegation is allowed.');
  }
  if (passedOn !== undefined) {
    const left = passedOn.redelegation_count - 1;
    if (asked !== undefined && asked !== left) {
      throw forbidden(
        `Modifying "redelegation_count" upon redelegation is forbidden. Omit it: it becomes ${left}.`,
      );
    }
    return left;
  }
  if (asked !== undefined && asked > most) {
    throw forbidden(
      `Requested redelegation depth of ${asked} is greater than allowed ${most}: option trust.max_redelegation_count.`,
    );
  }
  return asked ?? most;
}

/** A trust that is passed on gives nothing more than it gave: no other project, no role, time or impersonation more. */
export function checkPassedOn(
  trust: {
    readonly project_id: string | null;
    readonly impersonation: boolean;
    readonly expires_at: Date | null;
    readonly roles: readonly string[];
  },
  passedOn: StoredTrust,
): void {
  if (trust.project_id !== passedOn.project_id) {
    throw forbidden('A trust is passed on for its own project only.');
  }
  if (trust.impersonation && !passedOn.impersonation) {
    throw forbidden(
      'Impersonation is not allowed because redelegated trust does not specify impersonation.',
    );
  }
  const limit = passedOn.expires_at?.getTime() ?? Infinity;
  if ((trust.expires_at?.getTime() ?? Infinity) > limit) {
    throw forbidden('Requested expiration time is more than redelegated trust can provide.');
  }
  const given = new Set(passedOn.roles.map((role) => role.id));
  if (trust.roles.some((role) => !given.has(role))) {
    throw forbidden('Some of requested roles are not in redelegated trust.');
  }
}

/** The ids of the roles of a new trust; each must be one that the trustor has in the project. */
export function delegatedRoles(
  wanted: readonly { readonly id?: string; readonly name?: string }[],
  held: readonly Named[],
): string[] {
  const ids = wanted.map(({ id, name }) => {
    if (id === undefined && name === undefined)
      throw badRequest('Expecting to find id or name in roles.');
    const role = held.find((one) => (id === undefined ? one.name === name : one.id === id));
    if (role === undefined) throw couldNotFind('role', id ?? name ?? '');
    return role.id;
  });
  return [...new Set(ids)];
}
