import { sql } from 'kysely';
import { badRequest, notFound } from '../../../core/errors.ts';
import type { Change } from '../change.ts';

/** Subnets of this kind are for addresses that are routed to the network, so they are on no segment. */
const ROUTED = 'network:routed';

/** A subnet as far as segments are concerned. */
export interface SegmentSubnet {
  readonly id: string;
  readonly network_id: string;
  readonly segment_id: string | null;
  readonly service_types: readonly string[];
}

const badSegment = (sentence: string, type: string) => badRequest(sentence, type);

/** The network's other subnets, as pairs of id and segment. */
async function othersOf(change: Change, subnet: SegmentSubnet) {
  const found = await sql<{ id: string; segment_id: string | null }>`select id, segment_id
    from network.subnets where network_id = ${subnet.network_id} and id <> ${subnet.id}
      and not ${ROUTED} = any(service_types)`.execute(change.transaction);
  return found.rows;
}

/** The subnets of a network are all on segments of it, or none is. The network is locked. */
export async function checkSegmentOfSubnet(change: Change, subnet: SegmentSubnet): Promise<void> {
  if (subnet.segment_id !== null) {
    const segment = await change.transaction
      .selectFrom('network.segments')
      .select('network_id')
      .where('id', '=', subnet.segment_id)
      .executeTakeFirst();
    if (segment === undefined) {
      throw notFound(`Segment ${subnet.segment_id} could not be found.`, 'SegmentNotFound');
    }
    if (segment.network_id !== subnet.network_id) {
      throw badSegment(
        `The subnet's network id, '${subnet.network_id}', doesn't match the network_id of segment '${subnet.segment_id}'.`,
        'NetworkIdsDontMatch',
      );
    }
  }
  if (subnet.service_types.includes(ROUTED)) return;
  const others = await othersOf(change, subnet);
  if (others.every((other) => (other.segment_id === null) === (subnet.segment_id === null))) return;
  throw badSegment(
    `All of the subnets on network '${subnet.network_id}' must either all be associated with segments or all not associated with any segment.`,
    'SubnetsNotAllAssociatedWithSegments',
  );
}

/** A subnet may be bound to the only segment of its network when it is the only subnet there, and stays bound. */
export async function checkBinding(
  change: Change,
  subnet: SegmentSubnet,
  segmentId: string | null,
): Promise<void> {
  if (segmentId === subnet.segment_id) return;
  if (subnet.segment_id !== null) {
    throw badSegment(
      'A subnet that is already associated with a segment cannot have its segment association changed.',
      'SubnetSegmentAssociationChangeNotAllowed',
    );
  }
  const segments = await sql`select 1 from network.segments where network_id = ${subnet.network_id}
    limit 2`.execute(change.transaction);
  if (segments.rows.length > 1) {
    throw badSegment(
      `The network '${subnet.network_id}' has multiple segments, it is only possible to associate an existing subnet with a segment on networks with a single segment.`,
      'NoUpdateSubnetWhenMultipleSegmentsOnNetwork',
    );
  }
  await checkSegmentOfSubnet(change, { ...subnet, segment_id: segmentId });
}
