import type { ColumnType, Generated } from 'kysely';

import type { DomainOptionRow } from './domain-configurations/tables.ts';
import type { PolicyRow } from './policies/tables.ts';

/** A jsonb column: written as JSON text, read as a value. */
export type Json<T> = ColumnType<T, string | undefined, string>;

/** Attributes of a document that the service stores and does not interpret (a user's e-mail address). */
export type Extra = Record<string, unknown>;

/** Projects and domains: a domain is a project with `is_domain`, as in Keystone, so one id space covers both. */
export interface ProjectRow {
  id: string;
  name: string;
  /** Null for a domain. */
  domain_id: string | null;
  /** The domain for a project at the top; null for a domain. */
  parent_id: string | null;
  is_domain: boolean;
  description: string;
  enabled: boolean;
  tags: Json<string[]>;
  options: Json<Extra>;
  extra: Json<Extra>;
  /** Tokens scoped to it and issued at or before this time are revoked. */
  tokens_valid_after: Date | null;
}

export interface UserRow {
  id: string;
  name: string;
  domain_id: string;
  enabled: boolean;
  default_project_id: string | null;
  options: Json<Extra>;
  extra: Json<Extra>;
  /** PHC string (`$argon2id$…`); null for a user without a password. */
  password_hash: string | null;
  password_expires_at: Date | null;
  /** The user's tokens issued at or before this time are revoked. */
  tokens_valid_after: Date | null;
  created_at: Generated<Date>;
  password_created_at: Generated<Date>;
  /** The user set it, and no administrator. */
  password_self_service: Generated<boolean>;
  /** Wrong passwords in a row; counted while `lockout_failure_attempts` is set. */
  failed_attempts: Generated<number>;
  failed_at: Date | null;
  /** Last login; kept while `disable_user_account_days_inactive` is set. */
  last_active_at: Date | null;
}

/** Hashes of a user's last passwords, the present one included, while `unique_last_password_count` is set. */
export interface PasswordRow {
  user_id: string;
  serial: Generated<number>;
  hash: string;
}

export interface GroupRow {
  id: string;
  name: string;
  domain_id: string;
  description: string;
  extra: Json<Extra>;
}

export interface MembershipRow {
  group_id: string;
  user_id: string;
}

export interface RoleRow {
  id: string;
  name: string;
  /** A role of one domain never appears in tokens; only what it implies does. */
  domain_id: string | null;
  description: string | null;
  options: Json<Extra>;
  extra: Json<Extra>;
}

export interface ImpliedRoleRow {
  prior_role_id: string;
  implied_role_id: string;
}

/** A role given to a user or a group (one of the two) on a project, a domain or, without `project_id`, the system. */
export interface AssignmentRow {
  role_id: string;
  user_id: string | null;
  group_id: string | null;
  /** A project or a domain; null means the system. */
  project_id: string | null;
  /** Holds in the projects below the target, not in the target itself (OS-INHERIT). */
  inherited: boolean;
}

export interface RegionRow {
  id: string;
  parent_region_id: string | null;
  description: string;
  extra: Json<Extra>;
}

export interface ServiceRow {
  id: string;
  type: string;
  name: string | null;
  description: string | null;
  enabled: boolean;
  extra: Json<Extra>;
}

export interface EndpointRow {
  id: string;
  service_id: string;
  interface: 'public' | 'internal' | 'admin';
  region_id: string | null;
  /** Absolute, or a path below this server's root (`/compute/v2.1`), which is rendered as the client sees the server. */
  url: string;
  enabled: boolean;
  extra: Json<Extra>;
}

export interface RevokedTokenRow {
  audit_id: string;
  /** When the token would have ended by itself: the row is of no use afterwards. */
  expires_at: Date;
}

/** Lets a program act as a user in one project with some of the user's roles; ends with the user or the project. */
export interface ApplicationCredentialRow {
  id: string;
  name: string;
  description: string | null;
  user_id: string;
  project_id: string;
  /** PHC string, as a password's. */
  secret_hash: string;
  /** May make and delete application credentials and trusts itself. */
  unrestricted: boolean;
  /** Written as text, to the microsecond. */
  expires_at: ColumnType<Date | null, string | null, never>;
}

export interface ApplicationCredentialRoleRow {
  application_credential_id: string;
  role_id: string;
}

/** A request that an application credential may make; a user's, shared by the user's credentials. */
export interface AccessRuleRow {
  id: string;
  user_id: string;
  /** Type of the service, as in the catalog. */
  service: string;
  method: string;
  /** Pattern of a path: `{name}` and `*` stand for one segment, `**` for any number of them. */
  path: string;
}

export interface ApplicationCredentialAccessRuleRow {
  application_credential_id: string;
  access_rule_id: string;
}

/** A secret of a user for other ways to authenticate: keys for EC2's API, seeds of one-time passwords. */
export interface CredentialRow {
  id: string;
  type: string;
  user_id: string;
  project_id: string | null;
  /** Fernet token of what the client stored, made with a key of its own key ring. */
  sealed_blob: string;
  /** Of type ec2: SHA-256 of the access key, by which requests find it. */
  key_hash: string | null;
}

/** Lets the trustee act in the project with the roles, as itself or as the trustor. */
export interface TrustRow {
  id: string;
  trustor_user_id: string;
  trustee_user_id: string;
  /** Null for a trust that gives no roles. */
  project_id: string | null;
  /** Tokens name the trustor as their user. */
  impersonation: boolean;
  expires_at: Date | null;
  /** Tokens that can still be made; null for any number. */
  remaining_uses: number | null;
  /** How often the trustee may pass it on. */
  redelegation_count: number;
  /** The trust with whose token this one was made. */
  redelegated_trust_id: string | null;
  created_at: Generated<Date>;
}

export interface TrustRoleRow {
  trust_id: string;
  role_id: string;
}

/** What services limit, and to how much when nothing else is said. */
export interface RegisteredLimitRow {
  id: string;
  service_id: string;
  region_id: string | null;
  resource_name: string;
  /** -1 for no limit. */
  default_limit: number;
  description: string | null;
}

/** Another limit for one project or domain. */
export interface LimitRow {
  id: string;
  registered_limit_id: string;
  /** A project or a domain. */
  project_id: string;
  resource_limit: number;
  description: string | null;
}

/** An endpoint that a project's catalog shows. */
export interface ProjectEndpointRow {
  project_id: string;
  endpoint_id: string;
}

/** Endpoints that are alike: those that all filters name. */
export interface EndpointGroupRow {
  id: string;
  name: string;
  description: string | null;
  filters: Json<Partial<Record<'service_id' | 'region_id' | 'interface', string>>>;
}

export interface ProjectEndpointGroupRow {
  project_id: string;
  endpoint_group_id: string;
}

/** One row: grows with each committed change, so that every process knows when its cache is old. */
export interface GenerationRow {
  value: number;
}

/** Steps of the first start that are done; each is done once in the life of a cloud. */
export interface BootstrapRow {
  step: string;
  done_at: Generated<Date>;
}

/** A type and no interface: Kysely's `withTables` wants one. */
export type IdentityTables = {
  'identity.projects': ProjectRow;
  'identity.users': UserRow;
  'identity.groups': GroupRow;
  'identity.memberships': MembershipRow;
  'identity.roles': RoleRow;
  'identity.implied_roles': ImpliedRoleRow;
  'identity.assignments': AssignmentRow;
  'identity.regions': RegionRow;
  'identity.services': ServiceRow;
  'identity.endpoints': EndpointRow;
  'identity.revoked_tokens': RevokedTokenRow;
  'identity.application_credentials': ApplicationCredentialRow;
  'identity.application_credential_roles': ApplicationCredentialRoleRow;
  'identity.access_rules': AccessRuleRow;
  'identity.application_credential_access_rules': ApplicationCredentialAccessRuleRow;
  'identity.credentials': CredentialRow;
  'identity.passwords': PasswordRow;
  'identity.trusts': TrustRow;
  'identity.trust_roles': TrustRoleRow;
  'identity.registered_limits': RegisteredLimitRow;
  'identity.limits': LimitRow;
  'identity.project_endpoints': ProjectEndpointRow;
  'identity.endpoint_groups': EndpointGroupRow;
  'identity.project_endpoint_groups': ProjectEndpointGroupRow;
  'identity.policies': PolicyRow;
  'identity.domain_options': DomainOptionRow;
  'identity.generation': GenerationRow;
  'identity.bootstrap': BootstrapRow;
};
