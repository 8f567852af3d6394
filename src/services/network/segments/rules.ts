import { sql } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { networkNotFound } from '../errors.ts';
import { checkMtu, checkMtuOfSubnets, largestMtu } from '../networks/mtu.ts';
import { segmentsOf, takeSegment } from './allocation.ts';
import type { SegmentRow } from './noun.ts';

/** What a request says about a new segment. */
interface SegmentValues {
  readonly network_id: string;
  readonly network_type: string;
  readonly physical_network: string | null;
  readonly segmentation_id: number | null;
  readonly name: string | null;
  readonly description: string | null;
}

interface Network {
  readonly id: string;
  readonly project_id: string;
  readonly mtu: number;
}

/** The network, locked: its segments and what follows from them change one after the other. */
async function lockNetwork(change: Change, id: string): Promise<Network> {
  const found = await sql<Network>`select id, project_id, mtu from network.networks
    where id = ${id} for no key update`.execute(change.transaction);
  const network = found.rows[0];
  if (network === undefined) throw networkNotFound(id);
  return network;
}

/** The network counts its segments' changes; what it carried at most with the old ones, it does with the new. */
async function follow(change: Change, network: Network, was: number): Promise<void> {
  const largest = largestMtu(change, await segmentsOf(change.transaction, network.id));
  // Somebody's own choice stays, as long as there is room for it.
  const mtu = network.mtu === was ? largest : Math.min(network.mtu, largest);
  if (mtu < network.mtu) await checkMtuOfSubnets(change, network.id, mtu);
  const subnets = await sql<{
    id: string;
  }>`with changed as (update network.networks set mtu = ${mtu},
      revision_number = revision_number + 1, updated_at = now() where id = ${network.id})
    select id from network.subnets where network_id = ${network.id}`.execute(change.transaction);
  change.touch(`network:${network.id}`, ...subnets.rows.map(({ id }) => `subnet:${id}`));
}

async function create(change: Change, _caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as SegmentValues;
  const network = await lockNetwork(change, values.network_id);
  const present = await segmentsOf(change.transaction, network.id);
  const was = largestMtu(change, present);
  const request = { ...values, physical_network: values.physical_network || null };
  const segment = await takeSegment(change, request, {
    network_id: network.id,
    project_id: network.project_id,
    segment_index: Math.max(-1, ...present.map(({ segment_index: index }) => index)) + 1,
    name: values.name,
    description: values.description,
  });
  const largest = largestMtu(change, [...present, segment]);
  if (network.mtu !== was) checkMtu(network.mtu, largest);
  await follow(change, network, was);
  return segment.id;
}

async function update(
  change: Change,
  _caller: Caller,
  row: SegmentRow,
  { name, description }: Values,
): Promise<void> {
  await change.transaction
    .updateTable('network.segments')
    .set({
      name: name as string | null | undefined,
      description: description as string | null | undefined,
      revision_number: sql`revision_number + 1`,
      updated_at: sql`now()`,
    })
    .where('id', '=', row.id)
    .execute();
}

async function remove(change: Change, _caller: Caller, row: SegmentRow): Promise<void> {
  const { transaction } = change;
  const network = await lockNetwork(change, row.network_id);
  const subnets = await transaction
    .selectFrom('network.subnets')
    .select('id')
    .where('segment_id', '=', row.id)
    .execute();
  if (subnets.length > 0) {
    throw conflict(
      `Segment '${row.id}' cannot be deleted: The segment is still associated with subnet(s) ${subnets
        .slice(0, 10)
        .map(({ id }) => id)
        .join(', ')}: delete them first.`,
      'SegmentInUse',
    );
  }
  const was = largestMtu(change, await segmentsOf(transaction, network.id));
  await transaction.deleteFrom('network.segments').where('id', '=', row.id).execute();
  await follow(change, network, was);
  change.touch(`segment:${row.id}`);
}

export const segmentRules: Rules<SegmentRow> = { create, update, delete: remove };
