import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { ServiceSchema } from '../../database/migrations.ts';

const first: Migration = {
  async up(database) {
    await sql`
      create table placement.resource_providers (
        id uuid primary key,
        name varchar(200) not null constraint resource_providers_name_unique unique,
        generation bigint not null default 0,
        parent_id uuid references placement.resource_providers (id),
        root_id uuid not null,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      );
      create table placement.inventories (
        provider_id uuid not null references placement.resource_providers (id) on delete cascade,
        resource_class varchar(255) not null,
        total bigint not null check (total >= 0),
        reserved bigint not null default 0 check (reserved >= 0),
        min_unit bigint not null default 1,
        max_unit bigint not null,
        step_size bigint not null default 1,
        allocation_ratio double precision not null default 1,
        updated_at timestamptz not null default now(),
        primary key (provider_id, resource_class)
      );
      create table placement.consumers (
        id uuid primary key,
        generation bigint not null default 1,
        project_id varchar(255) not null,
        user_id varchar(255) not null,
        created_at timestamptz not null default now()
      );
      create index consumers_project on placement.consumers (project_id);
      create table placement.allocations (
        consumer_id uuid not null references placement.consumers (id) on delete cascade,
        provider_id uuid not null,
        resource_class varchar(255) not null,
        used bigint not null check (used > 0),
        updated_at timestamptz not null default now(),
        primary key (consumer_id, provider_id, resource_class),
        constraint allocations_inventory_fkey foreign key (provider_id, resource_class)
          references placement.inventories (provider_id, resource_class)
      );
      create index allocations_provider on placement.allocations (provider_id);
      create table placement.resource_classes (
        name varchar(255) primary key,
        updated_at timestamptz not null default now()
      );
      create table placement.traits (
        name varchar(255) primary key,
        updated_at timestamptz not null default now()
      );
      create table placement.provider_traits (
        provider_id uuid not null references placement.resource_providers (id) on delete cascade,
        trait varchar(255) not null,
        primary key (provider_id, trait)
      );
      create index provider_traits_trait on placement.provider_traits (trait);
      create table placement.provider_aggregates (
        provider_id uuid not null references placement.resource_providers (id) on delete cascade,
        aggregate_id uuid not null,
        primary key (provider_id, aggregate_id)
      );
    `.execute(database);
  },
};

/** 1.38: what kind of thing consumes. And allocations follow when a resource class is renamed (before 1.7). */
const consumerTypes: Migration = {
  async up(database) {
    await sql`
      alter table placement.consumers add column consumer_type varchar(255);
      alter table placement.allocations
        drop constraint allocations_inventory_fkey,
        add constraint allocations_inventory_fkey foreign key (provider_id, resource_class)
          references placement.inventories (provider_id, resource_class) on update cascade;
      create index resource_providers_root on placement.resource_providers (root_id);
      create index resource_providers_parent on placement.resource_providers (parent_id);
    `.execute(database);
  },
};

/** The tables of the placement service. */
export const placementSchema: ServiceSchema = {
  schema: 'placement',
  migrations: { '0001-first': first, '0002-consumer-types': consumerTypes },
};
