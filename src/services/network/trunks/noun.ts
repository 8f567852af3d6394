import { sql } from 'kysely';
import type { Attributes } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { boolean, integer, listOf, oneOf, record, text, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';

/** A port whose packets come through a trunk's parent port, told apart by a VLAN tag. */
export interface Subport {
  readonly port_id: string;
  readonly segmentation_type: string;
  readonly segmentation_id: number;
}

/** A trunk as it is read. */
export interface TrunkRow extends StandardRow {
  readonly admin_state_up: boolean;
  readonly status: 'ACTIVE' | 'DOWN';
  /** The parent. */
  readonly port_id: string;
  readonly sub_ports: Subport[];
}

/** Subports as a request says them. */
export const subportList = listOf(
  record({
    port_id: { type: uuid, required: true },
    segmentation_type: { type: text(32) },
    segmentation_id: { type: integer(-(2 ** 31), 2 ** 31 - 1) },
  }),
  1000,
);

const attributes = {
  ...standardAttributes,
  admin_state_up: { type: boolean, post: true, put: true, initial: true, column: 'admin_state_up' },
  status: { type: oneOf('ACTIVE', 'DOWN', 'BUILD', 'DEGRADED', 'ERROR'), column: 'status' },
  port_id: { type: uuid, post: true, required: true, column: 'port_id' },
  sub_ports: { type: subportList, post: true, initial: [] },
} satisfies Attributes;

export const trunkNoun: Noun<TrunkRow> = {
  singular: 'trunk',
  plural: 'trunks',
  title: 'Trunk',
  path: '/v2.0/trunks',
  parameter: 'trunk_id',
  table: 'network.trunks',
  attributes,
  columns: sql`o.*, (select coalesce(json_agg(json_build_object('port_id', s.port_id,
      'segmentation_type', s.segmentation_type, 'segmentation_id', s.segmentation_id)
      order by s.segmentation_id), '[]')
    from network.trunk_subports s where s.trunk_id = o.id) as sub_ports`,
  view: (row) => ({
    ...standardView(row),
    admin_state_up: row.admin_state_up,
    status: row.status,
    port_id: row.port_id,
    sub_ports: row.sub_ports,
  }),
};
