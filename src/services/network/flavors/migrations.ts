import { sql, type Kysely } from 'kysely';

const steps = [
  sql`create table network.flavors (id uuid primary key, name text not null, description text not null,
    service_type text not null, enabled boolean not null, created_at timestamptz not null default now())`,
  sql`create table network.service_profiles (id uuid primary key, description text not null,
    driver text not null, enabled boolean not null, metainfo text not null,
    created_at timestamptz not null default now())`,
  sql`create table network.flavor_profiles (
    flavor_id uuid not null references network.flavors on delete cascade,
    service_profile_id uuid not null references network.service_profiles,
    primary key (flavor_id, service_profile_id))`,
];

/** Flavors of network services, their profiles, and which has which. */
export const flavorMigrations = {
  '0015-flavors': {
    async up(database: Kysely<unknown>) {
      for (const step of steps) await step.execute(database);
    },
  },
};
