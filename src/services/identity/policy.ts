import type { Caller } from './caller.ts';
import { notAuthorized } from './errors.ts';

/**
 * Keystone's default policy: an administrator may all; who reads the system may read all; who has a role on a
 * domain may read (reader) or manage (manager) what belongs to that domain.
 * A target that does not exist is judged as one of no domain, so 403 tells nobody what exists.
 */
export const mayRead = (caller: Caller, domainId: string | null | undefined): boolean =>
  caller.isAdmin ||
  (caller.isSystem && caller.roles.has('reader')) ||
  (caller.domainId !== undefined && caller.domainId === domainId && caller.roles.has('reader'));

export const mayManage = (caller: Caller, domainId: string | null | undefined): boolean =>
  caller.isAdmin ||
  (caller.domainId !== undefined && caller.domainId === domainId && caller.roles.has('manager'));

/** Fails with Keystone's sentence unless allowed; `action` is the operation's name. */
export function require(allowed: boolean, action: string): asserts allowed {
  if (!allowed) throw notAuthorized(`identity:${action}`);
}

/** The domain whose objects a list may show: `undefined` means all of them. */
export function visibleDomain(caller: Caller, action: string): string | undefined {
  if (mayRead(caller, undefined)) return undefined;
  require(mayRead(caller, caller.domainId), action);
  return caller.domainId;
}

/** The domain of a new object whose request names none: the token's. */
export const domainOf = (caller: Caller): string =>
  caller.domainId ?? caller.projectDomainId ?? 'default';
