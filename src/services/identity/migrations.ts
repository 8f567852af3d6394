import { sql } from 'kysely';
import type { ServiceSchema } from '../../database/migrations.ts';
import { credentialMigrations } from './credentials/migrations.ts';
import { domainConfigurationMigrations } from './domain-configurations/migrations.ts';
import { policyMigrations } from './policies/migrations.ts';

/** Identity's tables. */
export const identitySchema: ServiceSchema = {
  schema: 'identity',
  migrations: {
    '0001-first': {
      async up(database) {
        const statements = [
          sql`create table identity.projects (
            id text primary key,
            name text not null,
            domain_id text references identity.projects on delete cascade,
            parent_id text references identity.projects on delete cascade,
            is_domain boolean not null,
            description text not null default '',
            enabled boolean not null default true,
            tags jsonb not null default '[]',
            options jsonb not null default '{}',
            extra jsonb not null default '{}',
            tokens_valid_after timestamptz,
            constraint projects_name unique nulls not distinct (domain_id, name),
            constraint projects_domain check (is_domain = (domain_id is null))
          )`,
          sql`create index projects_parent on identity.projects (parent_id)`,
          sql`create table identity.users (
            id text primary key,
            name text not null,
            domain_id text not null references identity.projects on delete cascade,
            enabled boolean not null default true,
            default_project_id text,
            options jsonb not null default '{}',
            extra jsonb not null default '{}',
            password_hash text,
            password_expires_at timestamptz,
            tokens_valid_after timestamptz,
            created_at timestamptz not null default now(),
            constraint users_name unique (domain_id, name)
          )`,
          sql`create table identity.groups (
            id text primary key,
            name text not null,
            domain_id text not null references identity.projects on delete cascade,
            description text not null default '',
            extra jsonb not null default '{}',
            constraint groups_name unique (domain_id, name)
          )`,
          sql`create table identity.memberships (
            group_id text not null references identity.groups on delete cascade,
            user_id text not null references identity.users on delete cascade,
            primary key (user_id, group_id)
          )`,
          sql`create index memberships_group on identity.memberships (group_id)`,
          sql`create table identity.roles (
            id text primary key,
            name text not null,
            domain_id text references identity.projects on delete cascade,
            description text,
            options jsonb not null default '{}',
            extra jsonb not null default '{}',
            constraint roles_name unique nulls not distinct (domain_id, name)
          )`,
          sql`create table identity.implied_roles (
            prior_role_id text not null references identity.roles on delete cascade,
            implied_role_id text not null references identity.roles on delete cascade,
            primary key (prior_role_id, implied_role_id)
          )`,
          sql`create table identity.assignments (
            role_id text not null references identity.roles on delete cascade,
            user_id text references identity.users on delete cascade,
            group_id text references identity.groups on delete cascade,
            project_id text references identity.projects on delete cascade,
            inherited boolean not null default false,
            constraint assignments_once unique nulls not distinct
              (user_id, group_id, project_id, role_id, inherited),
            constraint assignments_actor check ((user_id is null) <> (group_id is null))
          )`,
          sql`create index assignments_group on identity.assignments (group_id)`,
          sql`create index assignments_project on identity.assignments (project_id)`,
          sql`create index assignments_role on identity.assignments (role_id)`,
          sql`create table identity.regions (
            id text primary key,
            parent_region_id text references identity.regions,
            description text not null default '',
            extra jsonb not null default '{}'
          )`,
          sql`create table identity.services (
            id text primary key,
            type text not null,
            name text,
            description text,
            enabled boolean not null default true,
            extra jsonb not null default '{}'
          )`,
          sql`create table identity.endpoints (
            id text primary key,
            service_id text not null references identity.services on delete cascade,
            interface text not null,
            region_id text references identity.regions,
            url text not null,
            enabled boolean not null default true,
            extra jsonb not null default '{}'
          )`,
          sql`create table identity.revoked_tokens (
            audit_id text primary key,
            expires_at timestamptz not null
          )`,
          sql`create index revoked_tokens_expiry on identity.revoked_tokens (expires_at)`,
          sql`create table identity.generation (value bigint not null)`,
          sql`insert into identity.generation values (1)`,
          sql`create table identity.bootstrap (
            step text primary key,
            done_at timestamptz not null default now()
          )`,
        ];
        for (const statement of statements) await statement.execute(database);
      },
    },
    '0002-application-credentials': {
      async up(database) {
        const statements = [
          sql`create table identity.application_credentials (
            id text primary key,
            name text not null,
            description text,
            user_id text not null references identity.users on delete cascade,
            project_id text not null references identity.projects on delete cascade,
            secret_hash text not null,
            unrestricted boolean not null default false,
            expires_at timestamptz,
            constraint application_credentials_name unique (user_id, name)
          )`,
          sql`create index application_credentials_project
            on identity.application_credentials (project_id)`,
          sql`create table identity.application_credential_roles (
            application_credential_id text not null
              references identity.application_credentials on delete cascade,
            role_id text not null references identity.roles on delete cascade,
            primary key (application_credential_id, role_id)
          )`,
          sql`create index application_credential_roles_role
            on identity.application_credential_roles (role_id)`,
          sql`create table identity.access_rules (
            id text primary key,
            user_id text not null references identity.users on delete cascade,
            service text not null,
            method text not null,
            path text not null,
            constraint access_rules_once unique (user_id, service, method, path)
          )`,
          sql`create table identity.application_credential_access_rules (
            application_credential_id text not null
              references identity.application_credentials on delete cascade,
            access_rule_id text not null,
            constraint access_rules_used foreign key (access_rule_id)
              references identity.access_rules deferrable initially deferred,
            primary key (application_credential_id, access_rule_id)
          )`,
          sql`create index application_credential_access_rules_rule
            on identity.application_credential_access_rules (access_rule_id)`,
        ];
        for (const statement of statements) await statement.execute(database);
      },
    },
    '0003-credentials': {
      async up(database) {
        const statements = [
          sql`create table identity.credentials (
            id text primary key,
            type text not null,
            user_id text not null references identity.users on delete cascade,
            project_id text references identity.projects on delete cascade,
            sealed_blob text not null
          )`,
          sql`create index credentials_user on identity.credentials (user_id, type)`,
          sql`create index credentials_project on identity.credentials (project_id)`,
        ];
        for (const statement of statements) await statement.execute(database);
      },
    },
    '0004-trusts': {
      async up(database) {
        const statements = [
          sql`create table identity.trusts (
            id text primary key,
            trustor_user_id text not null references identity.users on delete cascade,
            trustee_user_id text not null references identity.users on delete cascade,
            project_id text references identity.projects on delete cascade,
            impersonation boolean not null,
            expires_at timestamptz,
            remaining_uses integer,
            redelegation_count integer not null,
            redelegated_trust_id text references identity.trusts on delete cascade,
            created_at timestamptz not null default now()
          )`,
          sql`create index trusts_trustor on identity.trusts (trustor_user_id)`,
          sql`create index trusts_trustee on identity.trusts (trustee_user_id)`,
          sql`create index trusts_project on identity.trusts (project_id)`,
          sql`create index trusts_redelegated on identity.trusts (redelegated_trust_id)`,
          sql`create table identity.trust_roles (
            trust_id text not null references identity.trusts on delete cascade,
            role_id text not null references identity.roles on delete cascade,
            primary key (trust_id, role_id)
          )`,
          sql`create index trust_roles_role on identity.trust_roles (role_id)`,
        ];
        for (const statement of statements) await statement.execute(database);
      },
    },
    '0005-passwords': {
      async up(database) {
        const statements = [
          sql`alter table identity.users
            add column password_created_at timestamptz not null default now(),
            add column password_self_service boolean not null default false,
            add column failed_attempts integer not null default 0,
            add column failed_at timestamptz,
            add column last_active_at timestamptz`,
          sql`create table identity.passwords (
            user_id text not null references identity.users on delete cascade,
            serial bigint generated always as identity,
            hash text not null,
            primary key (user_id, serial)
          )`,
        ];
        for (const statement of statements) await statement.execute(database);
      },
    },
    '0006-limits': {
      async up(database) {
        const statements = [
          sql`create table identity.registered_limits (
            id text primary key,
            service_id text not null references identity.services on delete cascade,
            region_id text references identity.regions on delete cascade,
            resource_name text not null,
            default_limit integer not null,
            description text,
            constraint registered_limits_once
              unique nulls not distinct (service_id, region_id, resource_name)
          )`,
          sql`create table identity.limits (
            id text primary key,
            registered_limit_id text not null,
            project_id text not null references identity.projects on delete cascade,
            resource_limit integer not null,
            description text,
            constraint limits_registered foreign key (registered_limit_id)
              references identity.registered_limits,
            constraint limits_once unique (project_id, registered_limit_id)
          )`,
          sql`create index limits_registered_limit on identity.limits (registered_limit_id)`,
        ];
        for (const statement of statements) await statement.execute(database);
      },
    },
    '0007-endpoint-filters': {
      async up(database) {
        const statements = [
          sql`create table identity.project_endpoints (
            project_id text not null references identity.projects on delete cascade,
            endpoint_id text not null references identity.endpoints on delete cascade,
            primary key (project_id, endpoint_id)
          )`,
          sql`create index project_endpoints_endpoint on identity.project_endpoints (endpoint_id)`,
          sql`create table identity.endpoint_groups (
            id text primary key,
            name text not null,
            description text,
            filters jsonb not null
          )`,
          sql`create table identity.project_endpoint_groups (
            project_id text not null references identity.projects on delete cascade,
            endpoint_group_id text not null references identity.endpoint_groups on delete cascade,
            primary key (project_id, endpoint_group_id)
          )`,
          sql`create index project_endpoint_groups_group
            on identity.project_endpoint_groups (endpoint_group_id)`,
        ];
        for (const statement of statements) await statement.execute(database);
      },
    },
    ...policyMigrations,
    ...domainConfigurationMigrations,
    ...credentialMigrations,
  },
};
