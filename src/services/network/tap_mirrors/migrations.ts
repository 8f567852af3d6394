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
  // The beginning of the id is in the names of rows, which are unique.
  sql`create unique index tap_mirrors_names on network.tap_mirrors (left(id::text, 6))`,
  sql`create table network.tap_mirror_tunnels (
    tap_mirror_id uuid not null references network.tap_mirrors on delete cascade,
    direction text not null,
    tunnel_id bigint not null,
    -- The mirror's own, for what must be unique.
    project_id text not null,
    remote_ip inet not null,
    mirror_type text not null,
    primary key (tap_mirror_id, direction),
    constraint tap_mirror_tunnels_project unique (project_id, tunnel_id),
    -- Open vSwitch has a tunnel to somewhere with some key once.
    constraint tap_mirror_tunnels_remote unique (remote_ip, mirror_type, tunnel_id))`,
];

export const tapMirrorMigrations: ServiceSchema['migrations'] = {
  '0014-tap-mirrors': {
    async up(database) {
      for (const statement of statements) await statement.execute(database);
    },
  },
};
