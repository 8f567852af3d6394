import { badRequest } from '../../../core/errors.ts';
import type { Caller } from '../caller.ts';
import { notAuthorized } from '../errors.ts';

/**
 * Fails for a token of a restricted application credential: one that leaked must not be able to make others that
 * outlive it.
 * @param what `application credentials` or `trusts`
 */
export function requireUnrestricted(caller: Caller, what: string): void {
  if (caller.applicationCredential?.unrestricted !== false) return;
  throw notAuthorized(
    `Using method 'application_credential' is not allowed for managing ${what}`,
    'Use a password, or an application credential made with unrestricted: true.',
  );
}

/** A time of the API: ISO 8601, in UTC unless it says otherwise. */
const TIME = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?(Z|[+-]\d\d:?\d\d)?$/;

/** Reads `expires_at`: null lasts for ever; a time that is none, or has passed, is the caller's mistake. */
export function readExpiry(given: string | null | undefined): Date | null {
  if (given == null) return null;
  const [, time, , , zone] = TIME.exec(given) ?? [];
  const text =
    given.replace(' ', 'T') + (zone === undefined ? (time === undefined ? 'T00:00Z' : 'Z') : '');
  const expiry = TIME.test(given) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(expiry.getTime())) {
    throw badRequest(
      `Invalid input for field 'expires_at': ${given.slice(0, 64)} is no time such as 2030-01-31T12:00:00Z.`,
    );
  }
  if (expiry.getTime() <= Date.now()) {
    throw badRequest(
      `The 'expires_at' must not be before now: ${given} has passed. Times without a zone are in UTC.`,
    );
  }
  return expiry;
}

interface RoleReference {
  readonly id?: string;
  readonly name?: string;
}

/**
 * The ids of the roles asked for, all of them if none was; each must be one that the caller has.
 * @param held the caller's roles in the project
 */
export function chooseRoles(
  wanted: readonly RoleReference[] | undefined,
  held: readonly { readonly id: string; readonly name: string }[],
  caller: Caller,
): string[] {
  if (wanted === undefined || wanted.length === 0) return held.map((role) => role.id);
  const ids = wanted.map(({ id, name }) => {
    if (id === undefined && name === undefined)
      throw badRequest('Expecting to find id or name in roles.');
    const role = held.find((one) => (id === undefined ? one.name === name : one.id === id));
    if (role === undefined) {
      throw badRequest(
        `Invalid application credential: Could not find role assignment with role: ${id ?? name}, user or group: ${caller.userId}, project, domain, or system: ${caller.projectId}. It can have only roles that its user has there.`,
      );
    }
    return role.id;
  });
  return [...new Set(ids)];
}
