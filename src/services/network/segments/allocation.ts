import { sql } from 'kysely';
import { Fault } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import type { Place, SegmentRequest } from '../drivers/type-driver.ts';
import type { Change } from '../change.ts';
import type { NetworkTransaction } from '../tables.ts';
import { SegmentSlot, type NewSegment } from './slot.ts';
import { checkSegment, driverOf, type NetworkTypes } from './types/registry.ts';

/** A segment with its place. */
export interface Segment extends Place {
  readonly id: string;
  readonly network_type: string;
}

/** No type has a free number for the network; Neutron's status is 503. */
const noNetworkAvailable = () =>
  new Fault(
    'unavailable',
    'Unable to create the network. No tenant network is available for allocation: every number of the ranges is in use.',
    { type: 'NoNetworkAvailable' },
  );

/** Checks what is asked for and takes that place for the segment. */
export async function takeSegment(
  change: Change,
  request: SegmentRequest,
  row: Omit<NewSegment, 'network_type' | 'id'> & { readonly id?: string },
): Promise<Segment> {
  const { types } = change.settings;
  const driver = driverOf(types, request.network_type);
  const known = driver.numbers === undefined ? [] : await physicalNetworksOf(change, driver.name);
  checkSegment(driver, request, known);
  const id = row.id ?? newUuid();
  const slot = new SegmentSlot(change.transaction, { ...row, id, network_type: driver.name });
  const place = await driver.take(request, slot);
  if (place === undefined) {
    const partial = driver.numbers !== undefined && request.segmentation_id === null;
    throw partial ? noNetworkAvailable() : driver.inUse(request);
  }
  if (place.physical_network !== null) change.touch(`segment:${id}`);
  return { id, network_type: driver.name, ...place };
}

/** Takes a place for a network that nobody said one for: of the first type that has a free one. */
export async function takeTenantSegment(
  change: Change,
  row: Omit<NewSegment, 'network_type' | 'id'>,
  external: boolean,
): Promise<Segment> {
  const { types } = change.settings;
  const candidates = external && types.external.length > 0 ? types.external : types.tenant;
  for (const driver of candidates) {
    const id = newUuid();
    const slot = new SegmentSlot(change.transaction, { ...row, id, network_type: driver.name });
    const any = { network_type: driver.name, physical_network: null, segmentation_id: null };
    const place = await driver.take(any, slot);
    if (place === undefined) continue;
    if (place.physical_network !== null) change.touch(`segment:${id}`);
    return { id, network_type: driver.name, ...place };
  }
  throw noNetworkAvailable();
}

/** Physical networks that administrators gave ranges of the type. */
async function physicalNetworksOf(change: Change, type: string): Promise<string[]> {
  const result = await sql<{ name: string }>`select distinct physical_network as name
    from network.segment_ranges where network_type = ${type} and physical_network is not null`.execute(
    change.transaction,
  );
  return result.rows.map(({ name }) => name);
}

/** The segments of a network, in their order. */
export async function segmentsOf(
  transaction: NetworkTransaction,
  networkId: string,
): Promise<(Segment & { readonly segment_index: number })[]> {
  return transaction
    .selectFrom('network.segments')
    .select(['id', 'network_type', 'physical_network', 'segmentation_id', 'segment_index'])
    .where('network_id', '=', networkId)
    .orderBy('segment_index')
    .execute();
}

/** Largest packet in bytes that all these segments carry. */
export function mtuOf(
  types: NetworkTypes,
  segments: readonly Pick<Segment, 'network_type' | 'physical_network'>[],
  underlay: number,
): number {
  const sizes = segments
    .map(({ network_type: type, physical_network: name }) => types.drivers.get(type)?.mtu(name))
    .filter((size) => size !== undefined);
  return sizes.length === 0 ? underlay : Math.min(...sizes);
}
