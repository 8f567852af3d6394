import type { StandardColumns } from '../attributes/standard.ts';

/** Where networks' packets travel: one row each, with the numbers that are taken. */
export interface SegmentsTable extends Omit<StandardColumns, 'name' | 'description'> {
  name: string | null;
  description: string | null;
  network_id: string;
  network_type: string;
  physical_network: string | null;
  segmentation_id: number | null;
  segment_index: number;
}

export interface SegmentRangesTable extends StandardColumns {
  /** Of the configuration: nobody can change it. */
  is_default: boolean;
  shared: boolean;
  network_type: string;
  physical_network: string | null;
  minimum: number;
  maximum: number;
}

/** Tables of segments and of the ranges that their numbers come from. */
export type SegmentTables = {
  'network.segments': SegmentsTable;
  'network.segment_ranges': SegmentRangesTable;
};
