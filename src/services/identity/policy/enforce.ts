import type { Caller } from '../caller.ts';
import { notAuthorized } from '../errors.ts';
import { ADMIN, SYSTEM_READER, type Target } from './conditions.ts';
import { ruleOf } from './table.ts';

/** Whether the policy lets the caller do it. */
export const allows = (operation: string, caller: Caller, target: Target = {}): boolean =>
  ruleOf(operation).some((condition) => condition.holds(caller, target));

/**
 * Fails with Keystone's sentence unless the policy lets the caller do it. A target that does not exist is judged as
 * one of nobody and no domain, so 403 tells nobody what exists.
 */
export function enforce(operation: string, caller: Caller, target: Target = {}): void {
  if (!allows(operation, caller, target)) throw notAuthorized(`identity:${operation}`);
}

/** Whether the caller sees everything, whosever it is. */
export const readsAll = (caller: Caller): boolean =>
  ADMIN.holds(caller, {}) || SYSTEM_READER.holds(caller, {});

/** The domain whose objects a list may show: `undefined` means all of them. */
export function visibleDomain(operation: string, caller: Caller): string | undefined {
  if (readsAll(caller)) return undefined;
  enforce(operation, caller, { domains: [caller.domainId] });
  return caller.domainId;
}

/** The domain of a new object whose request names none: the token's. */
export const domainOf = (caller: Caller): string =>
  caller.domainId ?? caller.projectDomainId ?? 'default';
