import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

const statements = [
  sql`create table network.trunks (
    id uuid primary key,
    project_id text not null,
    name text not null default '',
    description text not null default '',
    tags text[] not null default '{}',
    revision_number integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    admin_state_up boolean not null,
    status text not null,
    port_id uuid not null constraint trunks_port references network.ports,
    constraint trunks_one_each unique (port_id))`,
  sql`create index trunks_project on network.trunks (project_id)`,
  sql`create table network.trunk_subports (
    port_id uuid constraint trunk_subports_port references network.ports,
    trunk_id uuid not null constraint trunk_subports_trunk references network.trunks on delete cascade,
    segmentation_type text not null,
    segmentation_id integer not null,
    constraint trunk_subports_one_each primary key (port_id),
    constraint trunk_subports_segment unique (trunk_id, segmentation_type, segmentation_id))`,
];

export const trunkMigrations: ServiceSchema['migrations'] = {
  '0005-trunks': {
    async up(database) {
      for (const statement of statements) await statement.execute(database);
    },
  },
};
