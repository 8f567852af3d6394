import { sql } from 'kysely';
import type { Attributes } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import {
  boolean,
  computed,
  hostRoute,
  ipAddress,
  listOf,
  orNull,
  record,
  text,
  uuid,
} from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';
import type { FixedIp } from '../ports/noun.ts';
import type { HostRouteJson } from '../tables.ts';

/** The port through which a router reaches an external network. */
export interface RouterGateway {
  readonly port_id: string;
  readonly network_id: string;
  readonly external_fixed_ips: FixedIp[];
}

/** A router as it is read. */
export interface RouterRow extends StandardRow {
  readonly admin_state_up: boolean;
  readonly enable_snat: boolean;
  readonly routes: HostRouteJson[];
  readonly availability_zone_hints: string[];
  readonly gateway: RouterGateway | null;
}

const gatewayInfo = orNull(
  record({
    network_id: { type: uuid },
    enable_snat: { type: boolean },
    external_fixed_ips: {
      type: listOf(record({ subnet_id: { type: uuid }, ip_address: { type: ipAddress } }), 10),
    },
    qos_policy_id: { type: orNull(uuid) },
  }),
);

const attributes = {
  ...standardAttributes,
  admin_state_up: { type: boolean, post: true, put: true, initial: true, column: 'admin_state_up' },
  status: {
    type: computed('ACTIVE'),
    filter: (values) => sql<boolean>`${values.includes('ACTIVE')}`,
  },
  external_gateway_info: { type: gatewayInfo, post: true, put: true, initial: null },
  routes: { type: listOf(hostRoute, 30), put: true },
  availability_zone_hints: { type: listOf(text(255), 10), post: true, initial: [] },
  availability_zones: { type: computed('names of zones') },
} satisfies Attributes;

export const routerNoun: Noun<RouterRow> = {
  singular: 'router',
  plural: 'routers',
  title: 'Router',
  path: '/v2.0/routers',
  parameter: 'router_id',
  table: 'network.routers',
  attributes,
  columns: sql`o.*, (select json_build_object('port_id', p.id, 'network_id', p.network_id, 'external_fixed_ips',
      (select coalesce(json_agg(json_build_object('subnet_id', a.subnet_id, 'ip_address', host(a.ip_address))
        order by a.position), '[]') from network.ip_allocations a where a.port_id = p.id))
    from network.ports p where p.router_id = o.id and p.device_owner = 'network:router_gateway') as gateway`,
  view: (row) => ({
    ...standardView(row),
    admin_state_up: row.admin_state_up,
    status: 'ACTIVE',
    external_gateway_info:
      row.gateway === null
        ? null
        : {
            network_id: row.gateway.network_id,
            external_fixed_ips: row.gateway.external_fixed_ips,
            enable_snat: row.enable_snat,
          },
    routes: row.routes,
    availability_zone_hints: row.availability_zone_hints,
    availability_zones: ['nova'],
  }),
};
