import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

const statements = [
  sql`create table network.tap_mirrors (
    id uuid primary key,
    project_id text not null,
    name text not null default '',
    description text not null default '',
    tags text[] not null default '{}',
    revision_number integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    port_id uuid not null constraint tap_mirrors_port references network.ports on delete cascade,
    remote_ip inet not null,
    mirror_type text not null)`,
  sql`create index tap_mirrors_project on network.tap_mirrors (project_id)`,
  sql`create index tap_mirrors_port_id on network.tap_mirrors (port_id)`,
  // A tunnel's number means one mirror in the whole cloud.
  sql`create table network.tap_mirror_tunnels (
    tap_mirror_id uuid not null references network.tap_mirrors on delete cascade,
    direction text not null,
    tunnel_id integer not null constraint tap_mirror_tunnels_id unique,
    primary key (tap_mirror_id, direction))`,
];

export const tapMirrorMigrations: ServiceSchema['migrations'] = {
  '0014-tap-mirrors': {
    async up(database) {
      for (const statement of statements) await statement.execute(database);
    },
  },
};
