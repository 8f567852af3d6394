import { sql } from 'kysely';
import type { Change } from '../change.ts';
import { giveAddresses, type AddressedPort } from '../ports/addressing.ts';
import { portNetwork } from '../ports/create.ts';
import { touchFloatingIps } from './gateway.ts';

/** A gateway without an address of the subnet's IP version. */
interface WaitingGateway extends AddressedPort {
  readonly router_id: string;
  /** How many addresses it has. */
  readonly addresses: number;
}

/**
 * Routers whose gateway has no address of this IP version yet get one of a subnet that is new on the external network,
 * unless it overlaps with a subnet inside.
 */
export async function addressGateways(
  change: Change,
  networkId: string,
  subnetId: string,
): Promise<void> {
  const { transaction } = change;
  const { rows } = await sql<WaitingGateway>`
    select p.id, p.network_id, p.mac_address, p.device_owner, g.router_id,
      (select count(*) from network.ip_allocations a where a.port_id = p.id) as addresses
    from network.router_gateways g join network.ports p on p.id = g.port_id
      join network.subnets added on added.id = ${subnetId}
    where p.network_id = ${networkId}
      and not exists (select 1 from network.ip_allocations a
        where a.port_id = p.id and family(a.ip_address) = added.ip_version)
      and not exists (select 1 from network.ports other join network.ip_allocations a on a.port_id = other.id
        join network.subnets s on s.id = a.subnet_id
        where other.router_id = g.router_id and s.cidr && added.cidr)
    order by p.created_at, p.id`.execute(transaction);
  if (rows.length === 0) return;
  const { subnets } = (await portNetwork(transaction, networkId))!;
  await giveAddresses(
    change,
    rows.map((port) => ({
      port,
      subnets,
      requests: [{ subnet_id: subnetId }],
      first: port.addresses,
    })),
  );
  const routers = rows.map(({ router_id: id }) => id);
  await sql`update network.routers set revision_number = revision_number + 1, updated_at = now()
    where id = any(${routers}::uuid[])`.execute(transaction);
  await sql`update network.ports set revision_number = revision_number + 1, updated_at = now()
    where id = any(${rows.map(({ id }) => id)}::uuid[])`.execute(transaction);
  change.touch(...rows.map(({ id }) => `port:${id}`), ...routers.map((id) => `router:${id}`));
  for (const id of routers) await touchFloatingIps(change, id);
}
