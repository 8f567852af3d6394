import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

const portForwardings = [
  sql`create table network.port_forwardings (
    id uuid primary key,
    project_id text not null,
    name text not null default '',
    description text not null default '',
    tags text[] not null default '{}',
    revision_number integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    floatingip_id uuid not null constraint port_forwardings_floatingip references network.floatingips,
    protocol text not null,
    external_first integer not null,
    external_last integer not null,
    internal_port_id uuid not null constraint port_forwardings_port references network.ports,
    internal_ip_address inet not null,
    internal_first integer not null,
    internal_last integer not null)`,
  sql`create index port_forwardings_floatingip_id on network.port_forwardings (floatingip_id)`,
  sql`create index port_forwardings_port_id on network.port_forwardings (internal_port_id)`,
];

/** Steps of port forwardings' table. */
export const portForwardingMigrations: ServiceSchema['migrations'] = {
  '0009-port-forwardings': {
    async up(database) {
      for (const statement of portForwardings) await statement.execute(database);
    },
  },
};
