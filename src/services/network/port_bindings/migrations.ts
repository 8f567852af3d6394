import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

const statements = [
  sql`alter table network.ports
    -- Whether no host could take the port the last time that it was bound.
    add column binding_failed boolean not null default false,
    add column ip_allocation text not null default 'immediate',
    add column data_plane_status text,
    add column device_profile text,
    add column numa_affinity_policy text`,
  // The active binding is in the port itself; these wait to be activated.
  sql`create table network.port_bindings (
    port_id uuid not null references network.ports on delete cascade,
    host text not null,
    vnic_type text not null,
    profile jsonb not null default '{}',
    created_at timestamptz not null default now(),
    primary key (port_id, host))`,
];

export const portBindingMigrations: ServiceSchema['migrations'] = {
  '0007-bindings': {
    async up(database) {
      for (const statement of statements) await statement.execute(database);
    },
  },
};
