import { badRequest } from '../../../core/errors.ts';
import type { Caller } from '../caller.ts';
import { notAuthorized } from '../errors.ts';
import { readTime } from '../times.ts';

/**
 * Fails for what was made to act for somebody in a limited way: restricted application credentials, trusts, EC2 keys.
 * One that leaked must not be able to make others that outlive it, nor to read secrets. Trusts may be passed on.
 * @param what such as `credentials` or `trusts`
 */
export function requireUnrestricted(caller: Caller, what: string): void {
  if (caller.trust !== undefined && what !== 'trusts') {
    throw notAuthorized(
      `Using a trust is not allowed for managing ${what}`,
      'Authenticate as the user itself.',
    );
  }
  if (caller.byEc2Key) {
    throw notAuthorized(
      `Using an EC2 key is not allowed for managing ${what}`,
      'Authenticate with a password.',
    );
  }
  if (caller.applicationCredential?.unrestricted !== false) return;
  throw notAuthorized(
    `Using method 'application_credential' is not allowed for managing ${what}`,
    'Use a password, or an application credential made with unrestricted: true.',
  );
}

/** Reads `expires_at`: null lasts for ever; a time that is none, or has passed, is the caller's mistake. */
export function readExpiry(given: string | null | undefined): Date | null {
  if (given == null) return null;
  const expiry = readTime(given, 'expires_at');
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
