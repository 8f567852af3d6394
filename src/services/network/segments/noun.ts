import { sql } from 'kysely';
import type { Attributes } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { integer, orNull, text, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';

/** One of the places where a network's packets travel, as it is read. */
export interface SegmentRow extends Omit<StandardRow, 'name' | 'description'> {
  readonly name: string | null;
  readonly description: string | null;
  readonly network_id: string;
  readonly network_type: string;
  readonly physical_network: string | null;
  readonly segmentation_id: number | null;
  readonly segment_index: number;
}

const { tenant_id: _tenant, project_id: _project, ...standard } = standardAttributes;
const label = { type: orNull(text(255)), post: true, put: true, initial: null } as const;

const attributes = {
  ...standard,
  // It belongs to the network's project, but clients may say so.
  tenant_id: { type: text(255), post: true },
  project_id: { type: text(255), post: true },
  name: { ...label, column: 'name' },
  description: { ...label, column: 'description' },
  network_id: { type: uuid, post: true, required: true, column: 'network_id' },
  network_type: { type: text(32), post: true, required: true, column: 'network_type' },
  physical_network: {
    type: orNull(text(64)),
    post: true,
    initial: null,
    column: 'physical_network',
  },
  segmentation_id: {
    type: orNull(integer(0, 2 ** 31 - 1)),
    post: true,
    initial: null,
    column: 'segmentation_id',
  },
} satisfies Attributes;

export const segmentNoun: Noun<SegmentRow> = {
  singular: 'segment',
  plural: 'segments',
  title: 'Segment',
  path: '/v2.0/segments',
  parameter: 'segment_id',
  table: 'network.segments',
  changedBy: 'admin',
  seenBy: 'admin',
  attributes,
  columns: sql`o.*`,
  visible: () => sql<boolean>`false`,
  view(row) {
    const { tenant_id: _id, project_id: _same, ...view } = standardView(row as StandardRow);
    return {
      ...view,
      network_id: row.network_id,
      network_type: row.network_type,
      physical_network: row.physical_network,
      segmentation_id: row.segmentation_id,
    };
  },
};
