import { sql } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Change } from '../change.ts';
import { findOwned } from '../collections/noun.ts';
import { invalidInput, portInUse } from '../errors.ts';
import { portNoun, type PortRow } from '../ports/noun.ts';
import type { Subport } from './noun.ts';

/** A subport as a request names it. */
export interface SubportWish {
  readonly port_id: string;
  readonly segmentation_type?: string;
  readonly segmentation_id?: number;
}

/** Numbers that a VLAN may have (IEEE 802.1Q). */
const VLANS = { first: 1, last: 4094 };

/** The owner that marks subports. */
export const SUBPORT_OWNER = 'trunk:subport';

export const parentPortInUse = (portId: string) =>
  conflict(
    `Port ${portId} is currently in use and is not eligible for use as a parent port.`,
    'ParentPortInUse',
  );

export const trunkPortInUse = (portId: string) =>
  conflict(`Port ${portId} is in use by another trunk.`, 'TrunkPortInUse');

/** Fails when a trunk has the port already, as parent or as subport. */
export async function checkFree(change: Change, portId: string): Promise<void> {
  const { rows } = await sql<{ parent: boolean }>`
    select false as parent from network.trunk_subports where port_id = ${portId}
    union all select true from network.trunks where port_id = ${portId}`.execute(
    change.transaction,
  );
  if (rows[0]?.parent === false) throw trunkPortInUse(portId);
  if (rows[0]?.parent === true) throw parentPortInUse(portId);
}

const mtuOf = async (change: Change, networkId: string): Promise<number> =>
  (await change.transaction
    .selectFrom('network.networks')
    .select('mtu')
    .where('id', '=', networkId)
    .executeTakeFirst())!.mtu;

/** Kind and number of a network's first segment. */
async function placeOf(change: Change, networkId: string): Promise<Partial<SubportWish>> {
  const { rows } = await sql<{ type: string; number: number | null }>`
    select network_type as type, segmentation_id as number from network.segments
    where network_id = ${networkId} order by segment_index limit 1`.execute(change.transaction);
  const [segment] = rows;
  return {
    ...(segment === undefined ? {} : { segmentation_type: segment.type }),
    ...(segment?.number == null ? {} : { segmentation_id: segment.number }),
  };
}

const missingSegment = (wish: Partial<SubportWish>) =>
  invalidInput(
    `Invalid subport details '${JSON.stringify(wish)}': missing segmentation information. Must specify both segmentation_id and segmentation_type.`,
  );

/** Tag and kind go together. */
function checkSegmented(wish: Partial<SubportWish>): void {
  const { segmentation_type: type, segmentation_id: number } = wish;
  if (type === undefined || number === undefined) throw missingSegment(wish);
}

/** What the wish says of tag and kind; `inherit` takes those of the port's network. */
async function segmentOf(change: Change, port: PortRow, wish: SubportWish) {
  const named =
    wish.segmentation_type === 'inherit' ? await placeOf(change, port.network_id) : wish;
  const { segmentation_type: type, segmentation_id: number } = named;
  if (type === undefined || number === undefined) throw missingSegment(wish);
  if (type !== 'vlan') throw invalidInput(`Unknown segmentation_type '${type}': there is vlan.`);
  if (number < VLANS.first || number > VLANS.last) {
    throw invalidInput(
      `Segmentation ID '${number}' is not in range: from ${VLANS.first} to ${VLANS.last}.`,
    );
  }
  return { segmentation_type: type, segmentation_id: number };
}

/** No two subports of a request may be the same port or have the same tag. */
export function checkDifferent(wishes: readonly SubportWish[]): void {
  const seen = new Set<string>();
  for (const { port_id, segmentation_type, segmentation_id } of wishes) {
    const segment =
      segmentation_id === undefined ? [] : [`${segmentation_type} ${segmentation_id}`];
    if (segmentation_type !== 'inherit') checkSegmented({ segmentation_type, segmentation_id });
    for (const key of [port_id, ...segment]) {
      if (seen.has(key)) {
        throw invalidInput(`Invalid subports: ${key} is there more than once.`);
      }
      seen.add(key);
    }
  }
}

/** Adds subports to a trunk; the ports must be the caller's, and free. The trunk is locked. */
export async function addSubports(
  change: Change,
  caller: Caller,
  trunk: { readonly id: string; readonly parent: PortRow },
  wishes: readonly SubportWish[],
): Promise<void> {
  checkDifferent(wishes);
  const largest = await mtuOf(change, trunk.parent.network_id);
  // In the order of their ids, so that two requests do not wait for each other.
  for (const wish of wishes.toSorted((a, b) => (a.port_id < b.port_id ? -1 : 1))) {
    if (wish.port_id === trunk.parent.id) throw parentPortInUse(wish.port_id);
    const port = await findOwned(
      change.transaction,
      portNoun,
      caller,
      wish.port_id,
      'add_subports',
    );
    const mtu = await mtuOf(change, port.network_id);
    if (mtu > largest) {
      throw conflict(
        `MTU ${mtu} of subport ${port.id} cannot be greater than MTU ${largest} of trunk ${trunk.id}.`,
        'SubPortMtuGreaterThanTrunkPortMtu',
      );
    }
    const segment = await segmentOf(change, port, wish);
    await checkFree(change, port.id);
    if (port.device_id !== '') throw portInUse(port.id, port.network_id, port.device_id);
    await insertSubport(change, trunk.id, { port_id: port.id, ...segment });
    await plug(change, trunk.parent.id, { port_id: port.id, ...segment });
  }
}

async function insertSubport(change: Change, trunkId: string, subport: Subport): Promise<void> {
  try {
    await change.transaction
      .insertInto('network.trunk_subports')
      .values({ ...subport, trunk_id: trunkId })
      .execute();
  } catch (error) {
    switch (violatedConstraint(error)) {
      case 'trunk_subports_one_each':
        throw trunkPortInUse(subport.port_id);
      case 'trunk_subports_segment':
        throw conflict(
          `segmentation_type ${subport.segmentation_type} and segmentation_id ${subport.segmentation_id} already in use on trunk ${trunkId}.`,
          'DuplicateSubPort',
        );
      default:
        throw error;
    }
  }
}

/** The port's binding names parent and tag, as ML2/OVN writes it: OVN binds it where the parent is. */
async function plug(change: Change, parentId: string, subport: Subport): Promise<void> {
  const profile = JSON.stringify({ parent_name: parentId, tag: subport.segmentation_id });
  await sql`update network.ports set device_owner = ${SUBPORT_OWNER},
      binding_profile = binding_profile || ${profile}::jsonb,
      revision_number = revision_number + 1, updated_at = now()
    where id = ${subport.port_id}`.execute(change.transaction);
  change.touch(`port:${subport.port_id}`);
}

/** These ports stand alone again. */
export async function unplug(change: Change, portIds: readonly string[]): Promise<void> {
  await sql`update network.ports set device_owner = '', binding_profile = binding_profile - 'parent_name' - 'tag',
      revision_number = revision_number + 1, updated_at = now()
    where id = any(${portIds}::uuid[])`.execute(change.transaction);
  change.touch(...portIds.map((id) => `port:${id}`));
}
