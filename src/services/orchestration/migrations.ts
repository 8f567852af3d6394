import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ServiceSchema } from '../../database/migrations.ts';
import { softwareMigrations } from './software_configs/migrations.ts';

const first: Migration = {
  async up(database) {
    await sql`
      create sequence orchestration.workers;
      create table orchestration.templates (
        id uuid primary key,
        template text not null,
        files text not null,
        environment text not null
      );
      create table orchestration.stacks (
        id uuid primary key,
        seq bigserial not null,
        name varchar(255) not null,
        project_id varchar(64) not null,
        user_id varchar(64) not null,
        user_name varchar(255) not null,
        rights jsonb not null,
        root_id uuid not null,
        parent_id uuid references orchestration.stacks (id) on delete cascade,
        parent_resource varchar(255),
        depth integer not null default 0,
        tags text[] not null default '{}',
        action varchar(16) not null,
        status varchar(16) not null,
        reason text not null,
        timeout_minutes integer,
        disable_rollback boolean not null,
        template_id uuid references orchestration.templates (id),
        former_template_id uuid references orchestration.templates (id),
        shown_template_id uuid not null references orchestration.templates (id),
        generation integer not null default 1,
        worker bigint,
        deadline timestamptz,
        cancel varchar(16),
        batches jsonb,
        converge boolean not null default false,
        snapshot_id uuid,
        created_at timestamptz not null default now(),
        updated_at timestamptz,
        deleted_at timestamptz
      );
      create unique index stacks_name on orchestration.stacks (project_id, name)
        where deleted_at is null and parent_id is null;
      create index stacks_parent on orchestration.stacks (parent_id);
      create index stacks_root on orchestration.stacks (root_id);
      create index stacks_project on orchestration.stacks (project_id, seq);
      create index stacks_worker on orchestration.stacks (worker) where worker is not null;
      create table orchestration.resources (
        id uuid primary key,
        seq bigserial not null,
        stack_id uuid not null references orchestration.stacks (id) on delete cascade,
        name varchar(255) not null,
        type varchar(255) not null,
        action varchar(16) not null,
        status varchar(16) not null,
        reason text not null,
        physical_id text,
        intended_id uuid not null,
        properties json,
        wanted json,
        needs jsonb not null,
        metadata json not null,
        template_metadata json not null,
        update_policy json not null,
        data jsonb not null,
        deletion_policy varchar(16) not null,
        external boolean not null,
        description text not null,
        replaces uuid,
        replaced_by uuid,
        generation integer not null,
        nested_id uuid,
        hooks jsonb not null,
        unhealthy boolean not null,
        made_way boolean not null default false,
        created_at timestamptz not null,
        updated_at timestamptz
      );
      create index resources_stack on orchestration.resources (stack_id, seq);
      create index resources_physical on orchestration.resources (physical_id);
      create table orchestration.events (
        id uuid primary key,
        seq bigserial not null,
        stack_id uuid not null references orchestration.stacks (id) on delete cascade,
        root_id uuid not null,
        resource_name varchar(255) not null,
        resource_type varchar(255) not null,
        physical_id text,
        action varchar(16) not null,
        status varchar(16) not null,
        reason text not null,
        properties json,
        at timestamptz not null
      );
      create index events_stack on orchestration.events (stack_id, seq);
      create index events_root on orchestration.events (root_id, seq);
      create table orchestration.snapshots (
        id uuid primary key,
        stack_id uuid not null references orchestration.stacks (id) on delete cascade,
        name varchar(255),
        status varchar(16) not null,
        reason text not null,
        data json,
        created_at timestamptz not null default now()
      );
      create index snapshots_stack on orchestration.snapshots (stack_id);
    `.execute(database);
  },
};

/** How many resources a stack is to have: those of all stacks that belong together are limited. */
const sizes: Migration = {
  async up(database) {
    await sql`
      alter table orchestration.stacks add column size integer not null default 0;
      update orchestration.stacks s set size = (
        select count(*) from orchestration.resources r
        where r.stack_id = s.id and r.replaced_by is null)
      where deleted_at is null;
    `.execute(database);
  },
};

export const orchestrationSchema: ServiceSchema = {
  schema: 'orchestration',
  migrations: { '0001-stacks': first, ...softwareMigrations, '0008-sizes': sizes },
};
