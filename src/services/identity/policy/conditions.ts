import type { Operation } from '../../operation.ts';
import type { Caller } from '../caller.ts';

/** What an operation touches, as far as a decision depends on it. What does not exist belongs to nobody. */
export interface Target {
  /** The domains of all that is touched; a domain is its own. */
  readonly domains?: readonly (string | null | undefined)[];
  /** Whose it is. */
  readonly users?: readonly (string | null | undefined)[];
  readonly project?: string | null | undefined;
  /** Name of the role that is given or taken. */
  readonly role?: string | undefined;
}

/** One way to be allowed to do something. */
export interface Condition {
  /** In words, for the reference. */
  readonly title: string;
  /** What a token has at least that meets it. */
  readonly least: Operation['role'];
  /** Members of the target without which it cannot be judged. */
  readonly needs: readonly (keyof Target)[];
  holds(caller: Caller, target: Target): boolean;
}

/** Roles that a manager of a domain may give away, as in Keystone: nobody becomes an administrator that way. */
const MANAGED_ROLES = new Set(['manager', 'member', 'reader']);

const inDomain = (caller: Caller, { domains = [] }: Target): boolean =>
  caller.domainId !== undefined &&
  domains.length > 0 &&
  domains.every((domain) => domain === caller.domainId);

/** Without a token. */
export const PUBLIC: Condition = {
  title: 'everybody, without a token',
  least: 'public',
  needs: [],
  holds: () => true,
};

export const ANYONE: Condition = {
  title: 'whoever has a token',
  least: 'authenticated',
  needs: [],
  holds: () => true,
};

export const ADMIN: Condition = {
  title: 'admin, in any scope',
  least: 'admin',
  needs: [],
  holds: (caller) => caller.isAdmin,
};

export const SYSTEM_READER: Condition = {
  title: 'reader of the system',
  least: 'reader',
  needs: [],
  holds: (caller) => caller.isSystem && caller.roles.has('reader'),
};

export const DOMAIN_READER: Condition = {
  title: 'reader of its domain',
  least: 'reader',
  needs: ['domains'],
  holds: (caller, target) => caller.roles.has('reader') && inDomain(caller, target),
};

export const DOMAIN_MANAGER: Condition = {
  title: 'manager of its domain',
  least: 'manager',
  needs: ['domains'],
  holds: (caller, target) => caller.roles.has('manager') && inDomain(caller, target),
};

export const GRANTING_MANAGER: Condition = {
  title: 'manager of the domain of both ends, for the roles manager, member and reader',
  least: 'manager',
  needs: ['domains', 'role'],
  holds: (caller, target) =>
    DOMAIN_MANAGER.holds(caller, target) && MANAGED_ROLES.has(target.role ?? ''),
};

/** Managers choose among the roles that they give away. */
export const MANAGER: Condition = {
  title: 'manager, in any scope',
  least: 'manager',
  needs: [],
  holds: (caller) => caller.roles.has('manager'),
};

export const SERVICE: Condition = {
  title: 'role service, in any scope',
  least: 'authenticated',
  needs: [],
  holds: (caller) => caller.roles.has('service'),
};

export const OWNER: Condition = {
  title: 'the user whose it is',
  least: 'authenticated',
  needs: ['users'],
  holds: (caller, { users = [] }) => users.includes(caller.userId),
};

export const IN_PROJECT: Condition = {
  title: 'tokens of the project',
  least: 'authenticated',
  needs: ['project'],
  holds: (caller, { project }) => caller.projectId !== undefined && caller.projectId === project,
};

export const DOMAIN_TOKEN: Condition = {
  title: 'tokens of its domain',
  least: 'authenticated',
  needs: ['domains'],
  holds: inDomain,
};

/** Whoever belongs to the domain by the scope of the token. */
export const IN_DOMAIN: Condition = {
  title: 'tokens of the domain and of its projects',
  least: 'authenticated',
  needs: ['domains'],
  holds: (caller, target) =>
    inDomain(caller, target) ||
    (caller.projectDomainId !== undefined &&
      (target.domains ?? []).includes(caller.projectDomainId)),
};
