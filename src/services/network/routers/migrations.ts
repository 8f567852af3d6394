import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

const gateways = [
  // A router may have several gateways, in an order: the first is `external_gateway_info`.
  sql`drop index network.ports_router_gateway`,
  sql`create table network.router_gateways (
    port_id uuid primary key references network.ports on delete cascade,
    router_id uuid not null references network.routers,
    position integer not null,
    -- Where it may be, the preferred first; kept, so that a restart moves nothing.
    chassis text[] not null default '{}',
    zones text[] not null default '{}')`,
  sql`create index router_gateways_router on network.router_gateways (router_id)`,
  sql`insert into network.router_gateways (port_id, router_id, position)
    select id, router_id, 0 from network.ports
    where device_owner = 'network:router_gateway' and router_id is not null`,
  sql`alter table network.routers
    add column enable_default_route_ecmp boolean not null default false,
    add column enable_default_route_bfd boolean not null default false`,
];

/** Steps of routers' tables. */
export const routerMigrations: ServiceSchema['migrations'] = {
  '0008-router-gateways': {
    async up(database) {
      for (const statement of gateways) await statement.execute(database);
    },
  },
  '0017-router-modes': {
    async up(database) {
      await sql`alter table network.routers
        -- Whether other hosts stand by for the gateways.
        add column ha boolean not null default true,
        -- Whether floating IPs are translated on the hosts of their servers.
        add column distributed boolean not null default false`.execute(database);
    },
  },
};
