import { sql } from 'kysely';
import type { StandardRow } from '../attributes/standard.ts';
import { oneOf, orNull, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';
import { tapAttributes, tapView } from '../tap_services/noun.ts';
import { vlanFilter } from './vlans.ts';

/** `IN`: what the port receives, `OUT`: what it sends. */
export type Direction = 'BOTH' | 'IN' | 'OUT';

/** A port whose packets a tap service gets copies of. */
export interface TapFlowRow extends StandardRow {
  readonly tap_service_id: string;
  readonly source_port: string;
  readonly direction: Direction;
  readonly vlan_filter: string | null;
  /** ACTIVE when the host has its mirror, DOWN while one of the ports is not on the tap service's host. */
  readonly status: 'ACTIVE' | 'DOWN' | 'ERROR';
}

export const tapFlowNoun: Noun<TapFlowRow> = {
  singular: 'tap_flow',
  plural: 'tap_flows',
  title: 'Tap Flow',
  path: '/v2.0/taas/tap_flows',
  parameter: 'tap_flow_id',
  table: 'network.tap_flows',
  attributes: {
    ...tapAttributes,
    tap_service_id: { type: uuid, post: true, required: true, column: 'tap_service_id' },
    source_port: { type: uuid, post: true, required: true, column: 'source_port' },
    direction: {
      type: oneOf('IN', 'OUT', 'BOTH'),
      post: true,
      required: true,
      column: 'direction',
    },
    vlan_filter: { type: orNull(vlanFilter), post: true, initial: null, column: 'vlan_filter' },
    status: { type: oneOf('ACTIVE', 'DOWN', 'ERROR'), column: 'status' },
  },
  columns: sql`o.*`,
  view: (row) => ({
    ...tapView(row),
    tap_service_id: row.tap_service_id,
    source_port: row.source_port,
    direction: row.direction,
    vlan_filter: row.vlan_filter,
    status: row.status,
  }),
};
