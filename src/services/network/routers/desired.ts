import type { DesiredRow } from '../../../ovn/desired.ts';
import { parseCidr } from '../addresses/cidr.ts';
import { routerName, routerPortName } from '../northbound/names.ts';
import { keys } from '../northbound/keys.ts';
import type { HostRouteJson } from '../tables.ts';

/** One gateway of a router, as its routes and translations need it. */
export interface GatewayState {
  readonly port_id: string;
  readonly network_id: string;
  readonly addresses: readonly {
    readonly ip_address: string;
    readonly subnet_id: string;
    readonly gateway_ip: string | null;
  }[];
}

/** What a router's own rows are made of; its ports are rows of theirs. */
export interface RouterState {
  readonly id: string;
  readonly name: string;
  readonly admin_state_up: boolean;
  readonly enable_snat: boolean;
  readonly revision_number: number;
  readonly routes: readonly HostRouteJson[];
  readonly availability_zone_hints: readonly string[];
  readonly enable_default_route_ecmp: boolean;
  readonly enable_default_route_bfd: boolean;
  /** In their order: default routes lead through the first, or through all. */
  readonly gateways: readonly GatewayState[];
  /** Ranges of the interfaces' subnets, without those in an address scope of the outside. */
  readonly internal_cidrs: readonly string[];
}

const isV6 = (address: string): boolean => address.includes(':');

/** A router is a logical router, its default and extra routes, and the translation of what leaves through it. */
export function desiredRouter(router: RouterState): DesiredRow[] {
  const name = routerName(router.id);
  const [first] = router.gateways;
  const routes = defaultRoutes(router);
  const keysOfDefaults = new Set(routes.map(({ key }) => key));
  return [
    {
      table: 'Logical_Router',
      key: name,
      columns: {
        name,
        enabled: [router.admin_state_up],
        options: {
          always_learn_from_arp_request: 'false',
          dynamic_neigh_routers: 'true',
        },
        external_ids: {
          'neutron:router_name': router.name,
          'neutron:revision_number': String(router.revision_number),
          'neutron:availability_zone_hints': router.availability_zone_hints.join(','),
          ...(first === undefined
            ? {}
            : {
                'neutron:gw_port_id': first.port_id,
                'neutron:gw_network_id': first.network_id,
              }),
        },
      },
    },
    ...routes,
    // An extra route that is a default route already is one row.
    ...router.routes
      .map(({ destination, nexthop }) => route(router, destination, nexthop))
      .filter(({ key }) => !keysOfDefaults.has(key)),
    ...sourceNat(router),
  ];
}

function route(
  router: RouterState,
  prefix: string,
  nexthop: string,
  externalIds: Record<string, string> = {},
  columns: DesiredRow['columns'] = {},
): DesiredRow {
  return {
    table: 'Logical_Router_Static_Route',
    key: keys.route(router.id, prefix, nexthop),
    columns: {
      ip_prefix: prefix,
      nexthop,
      output_port: [],
      bfd: [],
      ...columns,
      external_ids: { 'neutron:router_id': router.id, ...externalIds },
    },
    parents: [{ table: 'Logical_Router', key: routerName(router.id), column: 'static_routes' }],
  };
}

/**
 * Everything that is not nearer goes to the gateways of the external subnets: those of the first gateway, or of all
 * at once (equal-cost routes). With BFD (RFC 5880) a route counts only while its next hop answers.
 */
function defaultRoutes(router: RouterState): DesiredRow[] {
  const used = router.enable_default_route_ecmp ? router.gateways : router.gateways.slice(0, 1);
  const seen = new Set<string>();
  return used.flatMap(({ port_id: portId, addresses }) =>
    addresses.flatMap(({ gateway_ip: gatewayIp, subnet_id: subnetId }) => {
      if (gatewayIp === null || seen.has(gatewayIp)) return [];
      seen.add(gatewayIp);
      const externalIds = { 'neutron:is_ext_gw': 'true', 'neutron:subnet_id': subnetId };
      const prefix = isV6(gatewayIp) ? '::/0' : '0.0.0.0/0';
      if (!router.enable_default_route_bfd) return [route(router, prefix, gatewayIp, externalIds)];
      const outputPort = routerPortName(portId);
      const session: DesiredRow = {
        table: 'BFD',
        key: keys.bfd(outputPort, gatewayIp),
        columns: {
          logical_port: outputPort,
          dst_ip: gatewayIp,
          external_ids: { 'neutron:router_id': router.id },
        },
      };
      const columns = {
        output_port: [outputPort],
        bfd: [{ ref: { table: 'BFD', key: session.key } }],
      };
      return [session, route(router, prefix, gatewayIp, externalIds, columns)];
    }),
  );
}

/** Addresses of internal IPv4 subnets become a gateway's, unless a floating IP says otherwise; IPv6 stays as it is. */
function sourceNat(router: RouterState): DesiredRow[] {
  if (!router.enable_snat) return [];
  const external = router.gateways.flatMap(({ addresses }) =>
    addresses.map(({ ip_address }) => ip_address).filter((address) => !isV6(address)),
  );
  const internal = router.internal_cidrs.filter((cidr) => parseCidr(cidr)!.version === 4);
  return external.flatMap((address) =>
    internal.map((cidr) => ({
      table: 'NAT',
      key: keys.sourceNat(router.id, cidr, address),
      columns: {
        type: 'snat',
        external_ip: address,
        logical_ip: cidr,
        external_ids: { 'neutron:router_id': router.id },
      },
      parents: [{ table: 'Logical_Router', key: routerName(router.id), column: 'nat' }],
    })),
  );
}
