import { sql } from 'kysely';
import { conflict, type Fault } from '../../../core/errors.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Change } from '../change.ts';

/*
 * What trunks mean for their ports, for those who change ports.
 */

/**
 * After a port was bound (to `host`; undefined: not touched): a binding to the host takes the place of one that
 * waited, and the trunk of a parent that is bound no more is down, until OVN says that the port is up again.
 */
export async function afterBinding(
  change: Change,
  port: { readonly id: string; readonly binding_host_id: string },
  host: string | null | undefined,
): Promise<void> {
  if (host === undefined || host === port.binding_host_id) return;
  if (host !== null && host !== '') {
    await change.transaction
      .deleteFrom('network.port_bindings')
      .where('port_id', '=', port.id)
      .where('host', '=', host)
      .execute();
    return;
  }
  if (port.binding_host_id !== '') await trunkDown(change, port.id);
}

/** The trunk of this parent has no host any more. */
export async function trunkDown(change: Change, parentId: string): Promise<void> {
  await sql`update network.trunks set status = 'DOWN', revision_number = revision_number + 1, updated_at = now()
    where port_id = ${parentId} and status <> 'DOWN'`.execute(change.transaction);
}

/** Why a port could not be deleted, when a trunk needs it. */
export function inUseByTrunk(error: unknown, portId: string): Fault | undefined {
  switch (violatedConstraint(error)) {
    case 'trunks_port':
      return conflict(
        `Port ${portId} is currently a parent port for a trunk: delete the trunk first.`,
        'PortInUseAsTrunkParent',
      );
    case 'trunk_subports_port':
      return conflict(
        `Port ${portId} is currently a subport of a trunk: remove it from there first.`,
        'PortInUseAsSubPort',
      );
    default:
      return undefined;
  }
}

/** Whether a trunk needs the port. */
export async function isInTrunk(change: Change, portId: string): Promise<boolean> {
  const { rows } = await sql`select 1 from network.trunks where port_id = ${portId}
    union all select 1 from network.trunk_subports where port_id = ${portId}`.execute(
    change.transaction,
  );
  return rows.length > 0;
}
