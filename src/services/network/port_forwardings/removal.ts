import { sql } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import type { Change } from '../change.ts';
import type { PortForwardingRow } from './noun.ts';

/** The floating IP leads through this router while it forwards something; it belongs to the router by that. */
export async function setRouter(
  change: Change,
  id: string,
  routerId: string | null,
): Promise<void> {
  await sql`update network.floatingips set router_id = ${routerId},
      status = ${routerId === null ? 'DOWN' : 'ACTIVE'},
      revision_number = revision_number + 1, updated_at = now()
    where id = ${id}`.execute(change.transaction);
  change.touch(`floatingip:${id}`);
}

/** Deletes forwardings of floating IPs; one that forwards nothing more is free. */
export async function deletePortForwardings(
  change: Change,
  rows: readonly Pick<PortForwardingRow, 'id' | 'floatingip_id'>[],
): Promise<void> {
  if (rows.length === 0) return;
  const floatingIds = [...new Set(rows.map(({ floatingip_id }) => floatingip_id))].toSorted();
  // Nobody adds one meanwhile.
  await sql`select 1 from network.floatingips where id = any(${floatingIds}::uuid[])
    order by id for no key update`.execute(change.transaction);
  const ids = rows.map(({ id }) => id);
  await change.transaction.deleteFrom('network.port_forwardings').where('id', 'in', ids).execute();
  for (const floatingId of floatingIds) {
    const left = await change.transaction
      .selectFrom('network.port_forwardings')
      .select('id')
      .where('floatingip_id', '=', floatingId)
      .executeTakeFirst();
    if (left === undefined) await setRouter(change, floatingId, null);
    else change.touch(`floatingip:${floatingId}`);
  }
}

/** A floating IP that forwards ports cannot lead to a port as a whole, nor be deleted. */
export async function checkForwardsNothing(change: Change, floatingIpId: string): Promise<void> {
  if (!(await forwards(change, floatingIpId))) return;
  throw conflict(
    `Floating IP ${floatingIpId} in use by Port Forwarding resources: delete them first.`,
    'FipInUseByPortForwarding',
  );
}

/** Whether the floating IP forwards ports. */
export async function forwards(change: Change, floatingIpId: string): Promise<boolean> {
  const one = await change.transaction
    .selectFrom('network.port_forwardings')
    .select('id')
    .where('floatingip_id', '=', floatingIpId)
    .executeTakeFirst();
  return one !== undefined;
}
