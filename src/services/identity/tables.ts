import type { ColumnType, Generated } from 'kysely';

/** A jsonb column: written as JSON text, read as a value. */
type Json<T> = ColumnType<T, string | undefined, string>;

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
  expires_at: Date | null;
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
  'identity.generation': GenerationRow;
  'identity.bootstrap': BootstrapRow;
};
