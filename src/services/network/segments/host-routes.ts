import { sql } from 'kysely';
import { cidrContains, parseCidr } from '../addresses/cidr.ts';
import type { Change } from '../change.ts';
import type { HostRouteJson } from '../tables.ts';

/** A subnet of a network of segments. */
export interface PeerSubnet {
  readonly id: string;
  readonly segment_id: string | null;
  readonly ip_version: 4 | 6;
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly host_routes: readonly HostRouteJson[];
}

/** What made routes that there were wrong. */
export interface RouteChange {
  /** The subnet whose gateway was another. */
  readonly moved?: { readonly id: string; readonly gateway_ip: string | null };
  /** Range of a subnet that is gone. */
  readonly deleted?: string;
}

const within = (inner: string, outer: string): boolean => {
  const [a, b] = [parseCidr(inner)!, parseCidr(outer)!];
  return (
    a.prefixLength >= b.prefixLength && cidrContains(b, { version: a.version, value: a.first })
  );
};

/**
 * The subnet's host routes with those to the subnets of other segments, through its gateway, which no other route
 * covers. Routes that such a calculation made before and are wrong now are left out.
 */
export function peerRoutes(
  subnet: PeerSubnet,
  all: readonly PeerSubnet[],
  { moved, deleted }: RouteChange,
): HostRouteJson[] {
  const peers = all.filter(
    (other) =>
      other.id !== subnet.id &&
      other.segment_id !== subnet.segment_id &&
      other.ip_version === subnet.ip_version,
  );
  const isOld = ({ destination, nexthop }: HostRouteJson): boolean =>
    (destination === deleted && nexthop === subnet.gateway_ip) ||
    (moved?.id === subnet.id &&
      nexthop === moved.gateway_ip &&
      nexthop !== subnet.gateway_ip &&
      peers.some(({ cidr }) => cidr === destination));
  const routes = subnet.host_routes.filter((route) => !isOld(route));
  const gateway = subnet.gateway_ip;
  if (gateway === null) return routes;
  for (const { cidr } of peers) {
    if (routes.some(({ destination }) => within(cidr, destination))) continue;
    routes.push({ destination: cidr, nexthop: gateway });
  }
  return routes;
}

/**
 * Gives the subnets of a network of segments the routes between them (alias segments-peer-subnet-host-routes): they
 * are one network to people, and several to a router.
 */
export async function settlePeerRoutes(
  change: Change,
  networkId: string,
  what: RouteChange = {},
): Promise<void> {
  const { rows: subnets } = await sql<PeerSubnet>`select id, segment_id, ip_version, cidr,
      host(gateway_ip) as gateway_ip, host_routes from network.subnets
    where network_id = ${networkId} and segment_id is not null order by created_at, id`.execute(
    change.transaction,
  );
  for (const subnet of subnets) {
    const routes = peerRoutes(subnet, subnets, what);
    if (JSON.stringify(routes) === JSON.stringify(subnet.host_routes)) continue;
    await sql`update network.subnets set host_routes = ${JSON.stringify(routes)},
      revision_number = revision_number + 1, updated_at = now() where id = ${subnet.id}`.execute(
      change.transaction,
    );
    change.touch(`subnet:${subnet.id}`);
  }
}
