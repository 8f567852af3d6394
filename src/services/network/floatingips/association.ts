import { sql } from 'kysely';
import { conflict, notFound } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Change } from '../change.ts';
import { find } from '../collections/noun.ts';
import { badResource } from '../errors.ts';
import { deletePortForwardings } from '../port_forwardings/removal.ts';
import { portNoun, type PortRow } from '../ports/noun.ts';
import type { NetworkTransaction } from '../tables.ts';

/** Where a floating IP leads: a port's IPv4 address, through the router between it and the external network. */
export interface Association {
  readonly fixed_port_id: string;
  readonly fixed_ip_address: string;
  readonly router_id: string;
}

/** Finds where a floating IP can lead, or fails with what is missing. */
export async function planAssociation(
  change: Change,
  caller: Caller,
  floating: {
    readonly id: string;
    readonly floating_network_id: string;
    readonly floating_ip_address?: string;
  },
  portId: string,
  fixedIp: string | null | undefined,
): Promise<Association> {
  const port = await find(change.transaction, portNoun, caller, portId);
  if (!caller.isAdmin && port.project_id !== caller.projectId) {
    throw badResource(
      'floatingip',
      `Cannot process floating IP association with Port ${port.id}, since that port is owned by a different project.`,
    );
  }
  const address = addressOf(port, fixedIp ?? undefined);
  const subnetId = port.fixed_ips.find(({ ip_address }) => ip_address === address)!.subnet_id;
  const routerId = await routerBetween(change.transaction, subnetId, floating.floating_network_id);
  if (routerId === undefined) {
    throw notFound(
      `External network ${floating.floating_network_id} is not reachable from subnet ${subnetId}. Therefore, cannot associate Port ${port.id} with a Floating IP: add the subnet to a router with a gateway on that network.`,
      'ExternalGatewayForFloatingIPNotFound',
    );
  }
  const other = await change.transaction
    .selectFrom('network.floatingips')
    .select(['id', 'floating_ip_address'])
    .where('fixed_port_id', '=', port.id)
    .where('fixed_ip_address', '=', address)
    .where('floating_network_id', '=', floating.floating_network_id)
    .where('id', '<>', floating.id)
    .executeTakeFirst();
  if (other !== undefined) throw alreadyAssociated(floating, port.id, address);
  return { fixed_port_id: port.id, fixed_ip_address: address, router_id: routerId };
}

/** The router between a subnet and an external network; undefined when there is none. */
export async function routerBetween(
  transaction: NetworkTransaction,
  subnetId: string,
  externalNetworkId: string,
): Promise<string | undefined> {
  const { rows } = await sql<{ router_id: string }>`
    select i.router_id from network.ports i
    join network.ip_allocations a on a.port_id = i.id and a.subnet_id = ${subnetId}
    join network.subnets s on s.id = a.subnet_id
    where i.device_owner = 'network:router_interface' and i.router_id is not null
      and exists (select 1 from network.router_gateways g join network.ports e on e.id = g.port_id
        where g.router_id = i.router_id and e.network_id = ${externalNetworkId})
    -- The router that is the subnet's gateway, if there are several.
    order by (a.ip_address is distinct from s.gateway_ip), i.created_at, i.id
    limit 1`.execute(transaction);
  return rows[0]?.router_id;
}

export const alreadyAssociated = (
  floating: {
    readonly id: string;
    readonly floating_network_id: string;
    readonly floating_ip_address?: string;
  },
  portId: string,
  address: string,
) =>
  conflict(
    `Cannot associate floating IP ${floating.floating_ip_address ?? ''} (${floating.id}) with port ${portId} using fixed IP ${address}, as that fixed IP already has a floating IP on external network ${floating.floating_network_id}.`,
    'FloatingIPPortAlreadyAssociated',
  );

function addressOf(port: PortRow, wanted: string | undefined): string {
  const candidates = port.fixed_ips
    .map(({ ip_address }) => ip_address)
    .filter((ip) => !ip.includes(':'));
  if (wanted !== undefined) {
    if (candidates.includes(wanted)) return wanted;
    throw badResource('floatingip', `Port ${port.id} does not have fixed ip ${wanted}.`);
  }
  const [only, ...more] = candidates;
  if (only === undefined) {
    throw badResource(
      'floatingip',
      `Cannot add floating IP to port ${port.id} that has no fixed IPv4 addresses.`,
    );
  }
  if (more.length > 0) {
    throw badResource(
      'floatingip',
      `Port ${port.id} has multiple fixed IPv4 addresses. Must provide a specific IPv4 address when assigning a floating IP.`,
    );
  }
  return only;
}

/** Floating IPs that lead to the port (to these of its addresses), whole or by port, lead nowhere from now on. */
export async function dissociateAddresses(
  change: Change,
  portId: string,
  addresses?: readonly string[],
): Promise<void> {
  const which =
    addresses === undefined ? sql`` : sql` and host(fixed_ip_address) = any(${addresses})`;
  const freed = await sql<{ id: string }>`
    update network.floatingips set fixed_port_id = null, fixed_ip_address = null, router_id = null,
      status = 'DOWN', revision_number = revision_number + 1, updated_at = now()
    where fixed_port_id = ${portId}${which} returning id`.execute(change.transaction);
  change.touch(...freed.rows.map(({ id }) => `floatingip:${id}`));
  const forwardings = await sql<{ id: string; floatingip_id: string }>`
    select id, floatingip_id from network.port_forwardings where internal_port_id = ${portId}${
      addresses === undefined ? sql`` : sql` and host(internal_ip_address) = any(${addresses})`
    }`.execute(change.transaction);
  await deletePortForwardings(change, forwardings.rows);
}
