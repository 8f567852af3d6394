import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

const standard = sql`id uuid primary key,
    project_id text not null,
    name text not null default '',
    description text not null default '',
    tags text[] not null default '{}',
    revision_number integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()`;

const statements = [
  sql`create table network.tap_services (
    ${standard},
    port_id uuid not null constraint tap_services_port references network.ports on delete cascade)`,
  sql`create index tap_services_project on network.tap_services (project_id)`,
  sql`create index tap_services_port_id on network.tap_services (port_id)`,
  sql`create table network.tap_flows (
    ${standard},
    tap_service_id uuid not null
      constraint tap_flows_service references network.tap_services on delete cascade,
    source_port uuid not null constraint tap_flows_port references network.ports on delete cascade,
    direction text not null,
    vlan_filter text,
    -- As the host saw it last.
    status text not null default 'DOWN')`,
  sql`create index tap_flows_project on network.tap_flows (project_id)`,
  sql`create index tap_flows_tap_service_id on network.tap_flows (tap_service_id)`,
  sql`create index tap_flows_source_port on network.tap_flows (source_port)`,
];

export const tapServiceMigrations: ServiceSchema['migrations'] = {
  '0016-tap-services': {
    async up(database) {
      for (const statement of statements) await statement.execute(database);
    },
  },
};
