import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { desiredSegment, type SegmentState } from './desired.ts';

export const segmentOwner = ownerKind<SegmentState>({
  kind: 'segment',
  query: sql`select o.* from (select id, network_id, physical_network, segmentation_id
    from network.segments where physical_network is not null) o`,
  desired: desiredSegment,
});
