import { sql } from 'kysely';
import type { Change } from '../change.ts';
import { allocateAddresses, type AddressWish } from './allocation.ts';
import { createPort, portNetwork } from './create.ts';

/**
 * Brings the network's metadata port up to date: one port, on every host at once (OVN's localport), with an address
 * in every subnet with DHCP, through which servers reach 169.254.169.254. A subnet that is full has none, and its
 * servers no metadata; that must not keep anyone from making a subnet. The network's row is locked by the caller.
 */
export async function settleMetadataPort(change: Change, networkId: string): Promise<void> {
  const { transaction, settings } = change;
  const network = await portNetwork(transaction, networkId);
  if (network === undefined) return;
  const wanted = network.subnets.filter(
    ({ enable_dhcp, ip_version, service_types }) =>
      enable_dhcp && ip_version === 4 && service_types.length === 0,
  );
  const found = await sql<{ id: string; project_id: string; subnets: string[] }>`
    select p.id, array(select a.subnet_id from network.ip_allocations a where a.port_id = p.id) as subnets
    from network.ports p where p.network_id = ${networkId} and p.device_owner = 'network:distributed'`.execute(
    transaction,
  );
  const present = found.rows[0];
  if (wanted.length === 0) {
    if (present === undefined) return;
    await transaction.deleteFrom('network.ports').where('id', '=', present.id).execute();
    change.touch(`port:${present.id}`);
    return;
  }
  const id =
    present?.id ??
    (await createPort(change, network, {
      project_id: '',
      network_id: networkId,
      device_id: `ovnmeta-${networkId}`,
      device_owner: 'network:distributed',
      fixed_ips: [],
    }));
  const has = new Set(present?.subnets);
  const unwanted = [...has].filter((subnetId) => !wanted.some((subnet) => subnet.id === subnetId));
  if (unwanted.length > 0) {
    await transaction
      .deleteFrom('network.ip_allocations')
      .where('port_id', '=', id)
      .where('subnet_id', 'in', unwanted)
      .execute();
  }
  const wishes = wanted.flatMap((subnet, position): AddressWish[] =>
    has.has(subnet.id) ? [] : [{ portId: id, position, subnets: [subnet] }],
  );
  if (wishes.length === 0 && unwanted.length === 0) return;
  await allocateAddresses(transaction, settings.cursors, wishes);
  // The route to metadata in the DHCP options leads to this address.
  for (const { subnets } of wishes) change.touch(`subnet:${subnets[0]!.id}`);
  change.touch(`port:${id}`);
  await sql`update network.ports set revision_number = revision_number + 1, updated_at = now()
    where id = ${id}`.execute(transaction);
}
