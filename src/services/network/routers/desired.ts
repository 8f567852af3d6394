import type { DesiredRow } from '../../../ovn/desired.ts';
import { parseCidr } from '../addresses/cidr.ts';
import { routerName } from '../northbound/names.ts';
import { keys } from '../northbound/keys.ts';
import type { HostRouteJson } from '../tables.ts';

/** What a router's own rows are made of; its ports are rows of theirs. */
export interface RouterState {
  readonly id: string;
  readonly name: string;
  readonly admin_state_up: boolean;
  readonly enable_snat: boolean;
  readonly revision_number: number;
  readonly routes: readonly HostRouteJson[];
  readonly availability_zone_hints: readonly string[];
  readonly gateway: {
    readonly port_id: string;
    readonly network_id: string;
    readonly addresses: readonly {
      readonly ip_address: string;
      readonly subnet_id: string;
      readonly gateway_ip: string | null;
    }[];
  } | null;
  /** Ranges of the interfaces' subnets. */
  readonly internal_cidrs: readonly string[];
}

const isV6 = (address: string): boolean => address.includes(':');

/** A router is a logical router, its default and extra routes, and the translation of what leaves through it. */
export function desiredRouter(router: RouterState): DesiredRow[] {
  const name = routerName(router.id);
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
          ...(router.gateway === null
            ? {}
            : {
                'neutron:gw_port_id': router.gateway.port_id,
                'neutron:gw_network_id': router.gateway.network_id,
              }),
        },
      },
    },
    ...defaultRoutes(router),
    ...router.routes.map(({ destination, nexthop }) => route(router, destination, nexthop, {})),
    ...sourceNat(router),
  ];
}

function route(
  router: RouterState,
  prefix: string,
  nexthop: string,
  externalIds: Record<string, string>,
): DesiredRow {
  return {
    table: 'Logical_Router_Static_Route',
    key: keys.route(router.id, prefix, nexthop),
    columns: {
      ip_prefix: prefix,
      nexthop,
      external_ids: { 'neutron:router_id': router.id, ...externalIds },
    },
    parents: [{ table: 'Logical_Router', key: routerName(router.id), column: 'static_routes' }],
  };
}

/** Everything that is not nearer goes to the external subnets' gateways. */
function defaultRoutes(router: RouterState): DesiredRow[] {
  const seen = new Set<string>();
  return (router.gateway?.addresses ?? []).flatMap(({ gateway_ip: gatewayIp, subnet_id }) => {
    if (gatewayIp === null || seen.has(gatewayIp)) return [];
    seen.add(gatewayIp);
    return [
      route(router, isV6(gatewayIp) ? '::/0' : '0.0.0.0/0', gatewayIp, {
        'neutron:is_ext_gw': 'true',
        'neutron:subnet_id': subnet_id,
      }),
    ];
  });
}

/** Addresses of internal IPv4 subnets become the gateway's, unless a floating IP says otherwise. */
function sourceNat(router: RouterState): DesiredRow[] {
  const external = router.gateway?.addresses.find(({ ip_address }) => !isV6(ip_address));
  if (external === undefined || !router.enable_snat) return [];
  return router.internal_cidrs
    .filter((cidr) => parseCidr(cidr)!.version === 4)
    .map((cidr) => ({
      table: 'NAT',
      key: keys.sourceNat(router.id, cidr),
      columns: {
        type: 'snat',
        external_ip: external.ip_address,
        logical_ip: cidr,
        external_ids: { 'neutron:router_id': router.id },
      },
      parents: [{ table: 'Logical_Router', key: routerName(router.id), column: 'nat' }],
    }));
}
