import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

const statements = [
  sql`create table network.logs (
    id uuid primary key,
    project_id text not null,
    name text not null default '',
    description text not null default '',
    tags text[] not null default '{}',
    revision_number integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    resource_type text not null,
    -- A log of something goes with it.
    resource_id uuid constraint logs_resource references network.security_groups on delete cascade,
    target_id uuid constraint logs_target references network.ports on delete cascade,
    event text not null,
    enabled boolean not null)`,
  sql`create index logs_project on network.logs (project_id)`,
  sql`create index logs_resource_id on network.logs (resource_id)`,
  sql`create index logs_target_id on network.logs (target_id)`,
];

export const logMigrations: ServiceSchema['migrations'] = {
  '0012-logs': {
    async up(database) {
      for (const statement of statements) await statement.execute(database);
    },
  },
};
