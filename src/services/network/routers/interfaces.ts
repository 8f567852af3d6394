import { sql } from 'kysely';
import { badRequest, conflict, notFound } from '../../../core/errors.ts';
import { cidrContains, cidrsOverlap, parseCidr } from '../addresses/cidr.ts';
import { parseIp } from '../addresses/ip.ts';
import type { Change } from '../change.ts';
import { badResource, invalidInput } from '../errors.ts';
import type { NetworkTransaction } from '../tables.ts';

/** One subnet that a router has an address in. */
export interface RouterSubnet {
  readonly port_id: string;
  readonly device_owner: 'network:router_interface' | 'network:router_gateway';
  readonly network_id: string;
  readonly subnet_id: string;
  readonly cidr: string;
  readonly ip_address: string;
}

/** Every subnet of a router, interfaces and gateway. */
export async function routerSubnets(
  transaction: NetworkTransaction,
  routerId: string,
): Promise<RouterSubnet[]> {
  const result = await sql<RouterSubnet>`
    select p.id as port_id, p.device_owner, p.network_id, s.id as subnet_id, s.cidr, host(a.ip_address) as ip_address
    from network.ports p join network.ip_allocations a on a.port_id = p.id
    join network.subnets s on s.id = a.subnet_id
    where p.router_id = ${routerId} order by p.created_at, p.id, a.position`.execute(transaction);
  return result.rows;
}

/**
 * A router could not tell where a packet for an address of two of its subnets belongs. Several gateways may be on one
 * external subnet.
 */
export function checkOverlap(
  present: readonly RouterSubnet[],
  added: readonly { id: string; cidr: string }[],
  resource: string,
  isGateway = false,
): void {
  for (const subnet of added) {
    const known = present.find(({ subnet_id }) => subnet_id === subnet.id);
    if (isGateway && known?.device_owner === 'network:router_gateway') continue;
    if (
      present.some(
        ({ subnet_id, device_owner }) =>
          subnet_id === subnet.id && device_owner === 'network:router_interface',
      )
    ) {
      throw badResource(resource, `Router already has a port on subnet ${subnet.id}.`);
    }
    const other = present.find(({ cidr }) =>
      cidrsOverlap(parseCidr(cidr)!, parseCidr(subnet.cidr)!),
    );
    if (other !== undefined) {
      throw badResource(
        resource,
        `Cidr ${subnet.cidr} of subnet ${subnet.id} overlaps with cidr ${other.cidr} of subnet ${other.subnet_id}.`,
      );
    }
  }
}

/** A router's port may get other addresses, but only its router's operations change which subnets it is in. */
export async function checkSameSubnets(
  change: Change,
  port: { readonly id: string; readonly fixed_ips: readonly { readonly subnet_id: string }[] },
): Promise<void> {
  const { rows } = await sql<{ subnet_id: string }>`
    select subnet_id from network.ip_allocations where port_id = ${port.id}`.execute(
    change.transaction,
  );
  const now = new Set(rows.map(({ subnet_id }) => subnet_id));
  const before = new Set(port.fixed_ips.map(({ subnet_id }) => subnet_id));
  if (now.size === before.size && now.isSubsetOf(before)) return;
  throw invalidInput(
    `port ${port.id} is a router's: use add_router_interface and remove_router_interface to change its subnets.`,
  );
}

/** Extra routes need a next hop that is a neighbour, and not the router itself. */
export function checkRoutes(
  routes: readonly { destination: string; nexthop: string }[],
  subnets: readonly RouterSubnet[],
): void {
  for (const { destination, nexthop } of routes) {
    const hop = parseIp(nexthop)!;
    const reason = subnets.some(({ cidr }) => cidrContains(parseCidr(cidr)!, hop))
      ? subnets.some(({ ip_address }) => ip_address === nexthop) && 'the nexthop is used by router'
      : 'the nexthop is not connected with router';
    if (reason === false) continue;
    throw badRequest(
      `Invalid format for routes: ${destination} via ${nexthop}, ${reason}.`,
      'InvalidRoutes',
    );
  }
}

/** Whether routes or floating IPs still need these subnets of the router. */
export async function checkInterfaceUnused(
  change: Change,
  routerId: string,
  routes: readonly { destination: string; nexthop: string }[],
  subnets: readonly { id: string; cidr: string }[],
): Promise<void> {
  for (const { id, cidr } of subnets) {
    if (routes.some(({ nexthop }) => cidrContains(parseCidr(cidr)!, parseIp(nexthop)!))) {
      throw conflict(
        `Router interface for subnet ${id} on router ${routerId} cannot be deleted, as it is required by one or more routes.`,
        'RouterInterfaceInUseByRoute',
      );
    }
    const used = await sql<{ id: string }>`
      select f.id from network.floatingips f
      where f.router_id = ${routerId} and (exists (select 1 from network.ip_allocations a
          where a.port_id = f.fixed_port_id and a.ip_address = f.fixed_ip_address and a.subnet_id = ${id})
        or exists (select 1 from network.port_forwardings w join network.ip_allocations a
          on a.port_id = w.internal_port_id and a.ip_address = w.internal_ip_address and a.subnet_id = ${id}
          where w.floatingip_id = f.id))
      limit 1`.execute(change.transaction);
    const [floating] = used.rows;
    if (floating === undefined) continue;
    throw conflict(
      `Router interface for subnet ${id} on router ${routerId} cannot be deleted, as it is required by one or more floating IPs: ${floating.id}.`,
      'RouterInterfaceInUseByFloatingIP',
    );
  }
}

export const interfaceNotFound = (routerId: string, portId: string) =>
  notFound(
    `Router ${routerId} does not have an interface with id ${portId}.`,
    'RouterInterfaceNotFound',
  );
export const interfaceNotFoundForSubnet = (routerId: string, subnetId: string) =>
  notFound(
    `Router ${routerId} has no interface on subnet ${subnetId}.`,
    'RouterInterfaceNotFoundForSubnet',
  );
