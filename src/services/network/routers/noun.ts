import { sql } from 'kysely';
import {
  Invalid,
  type Attribute,
  type Attributes,
  type AttributeType,
} from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import {
  boolean,
  computed,
  hostRoute,
  ipAddress,
  listOf,
  orNull,
  record,
  shown,
  text,
  uuid,
} from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';
import type { FixedIp } from '../ports/noun.ts';
import type { HostRouteJson } from '../tables.ts';
import { DEFAULT_ZONE } from '../zones/named.ts';

/** The port through which a router reaches an external network. */
export interface RouterGateway {
  readonly port_id: string;
  readonly network_id: string;
  readonly external_fixed_ips: FixedIp[];
  readonly qos_policy_id?: string | null;
  /** Of the hosts it may be on. */
  readonly zones: string[];
}

/** A router as it is read. */
export interface RouterRow extends StandardRow {
  readonly admin_state_up: boolean;
  readonly enable_snat: boolean;
  readonly routes: HostRouteJson[];
  readonly availability_zone_hints: string[];
  readonly enable_default_route_ecmp: boolean;
  readonly enable_default_route_bfd: boolean;
  /** Whether other hosts stand by for its gateways. */
  readonly ha: boolean;
  /** Whether floating IPs are translated on the hosts of their servers. */
  readonly distributed: boolean;
  /** In their order: the first is the one of `external_gateway_info`. */
  readonly gateways: RouterGateway[];
}

const gateway = {
  network_id: { type: uuid },
  enable_snat: { type: boolean },
  external_fixed_ips: {
    type: listOf(record({ subnet_id: { type: uuid }, ip_address: { type: ipAddress } }), 10),
  },
  qos_policy_id: { type: orNull(uuid) },
};
const gatewayInfo = orNull(record(gateway));

const namedGateway = record({ ...gateway, network_id: { type: uuid, required: true } });

/** Gateways of one request, each with its network; two may be alike. */
export const gatewayList: AttributeType = {
  description: `list of at most 10: ${namedGateway.description}`,
  comparedAs: 'none',
  convert(value) {
    if (!Array.isArray(value)) throw new Invalid(`${shown(value)} is not a list`);
    if (value.length > 10)
      throw new Invalid(`the list has ${value.length} elements, the maximum is 10`);
    return value.map((element: unknown) => namedGateway.convert(element));
  },
};

/** How a router is spread over hosts is the administrators' affair; null says nothing. */
const mode = (column: string): Attribute => ({
  type: orNull(boolean),
  post: true,
  put: true,
  adminSets: true,
  adminSees: true,
  column,
});

const attributes = {
  ...standardAttributes,
  admin_state_up: { type: boolean, post: true, put: true, initial: true, column: 'admin_state_up' },
  status: {
    type: computed('ACTIVE'),
    filter: (values) => sql<boolean>`${values.includes('ACTIVE')}`,
  },
  external_gateway_info: { type: gatewayInfo, post: true, put: true, initial: null },
  external_gateways: { type: computed('all gateways') },
  enable_default_route_ecmp: {
    type: orNull(boolean),
    post: true,
    put: true,
    adminSets: true,
    column: 'enable_default_route_ecmp',
  },
  enable_default_route_bfd: {
    type: orNull(boolean),
    post: true,
    put: true,
    adminSets: true,
    column: 'enable_default_route_bfd',
  },
  ha: mode('ha'),
  distributed: mode('distributed'),
  routes: { type: listOf(hostRoute, 30), put: true },
  availability_zone_hints: { type: listOf(text(255), 10), post: true, initial: [] },
  availability_zones: { type: computed('names of zones') },
} satisfies Attributes;

const gatewayView = (row: RouterRow, gateway: RouterGateway) => ({
  network_id: gateway.network_id,
  external_fixed_ips: gateway.external_fixed_ips,
  enable_snat: row.enable_snat,
  qos_policy_id: gateway.qos_policy_id ?? null,
});

/** Where the gateways are; a router without one is everywhere it may be. */
function zonesOf({ gateways, availability_zone_hints: hints }: RouterRow): string[] {
  const zones = [...new Set(gateways.flatMap((gateway) => gateway.zones))].toSorted();
  if (zones.length > 0) return zones;
  return hints.length > 0 ? hints : [DEFAULT_ZONE];
}

export const routerNoun: Noun<RouterRow> = {
  singular: 'router',
  plural: 'routers',
  title: 'Router',
  path: '/v2.0/routers',
  parameter: 'router_id',
  table: 'network.routers',
  attributes,
  columns: sql`o.*, (select coalesce(json_agg(json_build_object('port_id', p.id, 'network_id', p.network_id,
      'zones', g.zones, 'qos_policy_id', p.qos_policy_id, 'external_fixed_ips',
      (select coalesce(json_agg(json_build_object('subnet_id', a.subnet_id, 'ip_address', host(a.ip_address))
        order by a.position), '[]') from network.ip_allocations a where a.port_id = p.id))
      order by g.position, g.port_id), '[]')
    from network.router_gateways g join network.ports p on p.id = g.port_id
    where g.router_id = o.id) as gateways`,
  view: (row) => ({
    ...standardView(row),
    admin_state_up: row.admin_state_up,
    status: 'ACTIVE',
    external_gateway_info: row.gateways[0] === undefined ? null : gatewayView(row, row.gateways[0]),
    external_gateways: row.gateways.map((one) => gatewayView(row, one)),
    enable_default_route_ecmp: row.enable_default_route_ecmp,
    enable_default_route_bfd: row.enable_default_route_bfd,
    ha: row.ha,
    distributed: row.distributed,
    routes: row.routes,
    availability_zone_hints: row.availability_zone_hints,
    availability_zones: zonesOf(row),
  }),
};
