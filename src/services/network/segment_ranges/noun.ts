import { sql } from 'kysely';
import type { Attributes } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { boolean, computed, integer, orNull, text } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';

/** Numbers that networks of a type get when nobody says which, as they are read. */
export interface SegmentRangeRow extends StandardRow {
  readonly is_default: boolean;
  /** For every project; otherwise for `project_id` only. */
  readonly shared: boolean;
  readonly network_type: string;
  readonly physical_network: string | null;
  readonly minimum: number;
  readonly maximum: number;
  /** Number → project of the network that has it. */
  readonly used: Record<string, string>;
  /** The lowest free numbers. */
  readonly available: number[];
}

/** How many free numbers a range shows at most; those of VLANs fit, geneve has 16 million. */
const SHOWN = 4094;

const number = { type: integer(1, 2 ** 31 - 1), post: true, put: true, required: true } as const;

const attributes = {
  ...standardAttributes,
  default: { type: boolean, column: 'is_default' },
  shared: { type: boolean, post: true, initial: true, column: 'shared' },
  network_type: { type: text(32), post: true, required: true, column: 'network_type' },
  physical_network: {
    type: orNull(text(64)),
    post: true,
    initial: null,
    column: 'physical_network',
  },
  minimum: { ...number, column: 'minimum' },
  maximum: { ...number, column: 'maximum' },
  used: { type: computed('numbers of networks') },
  available: { type: computed(`free numbers, at most ${SHOWN}`) },
} satisfies Attributes;

const taken = sql`s.network_type = o.network_type and s.physical_network is not distinct from o.physical_network`;

/** A number up to which as many are free as are shown: counting on to 16 million would take seconds. */
const enough = sql`least(o.maximum, o.minimum + ${sql.lit(SHOWN)} + (select count(*) from network.segments s
  where ${taken} and s.segmentation_id between o.minimum and o.maximum))::integer`;

export const segmentRangeNoun: Noun<SegmentRangeRow> = {
  singular: 'network_segment_range',
  plural: 'network_segment_ranges',
  title: 'Network Segment Range',
  path: '/v2.0/network_segment_ranges',
  parameter: 'network_segment_range_id',
  table: 'network.segment_ranges',
  changedBy: 'admin',
  seenBy: 'admin',
  attributes,
  columns: sql`o.*,
    (select coalesce(json_object_agg(s.segmentation_id, s.project_id order by s.segmentation_id), '{}')
      from network.segments s where ${taken} and s.segmentation_id between o.minimum and o.maximum) as used,
    array(select n from generate_series(o.minimum, ${enough}) n where not exists (
      select 1 from network.segments s where ${taken} and s.segmentation_id = n)
      limit ${sql.lit(SHOWN)}) as available`,
  visible: () => sql<boolean>`false`,
  view(row) {
    const { tenant_id: _same, ...view } = standardView(row);
    return {
      ...view,
      project_id: row.shared ? null : row.project_id,
      default: row.is_default,
      shared: row.shared,
      network_type: row.network_type,
      physical_network: row.physical_network,
      minimum: row.minimum,
      maximum: row.maximum,
      used: row.used,
      available: row.available,
    };
  },
};
