import { sql } from 'kysely';
import type { Attributes } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { oneOf, text, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';

/** A port that gets copies of other ports' packets: which ones, its tap flows say. */
export interface TapServiceRow extends StandardRow {
  readonly port_id: string;
  readonly status: 'ACTIVE' | 'DOWN';
}

const { id, tenant_id, project_id, name } = standardAttributes;

/** What tap services and tap flows have in common, by neutron-lib's definition `taas`. */
export const tapAttributes = {
  id,
  tenant_id,
  project_id,
  name,
  description: { type: text(1024), post: true, put: true, initial: '', column: 'description' },
} satisfies Attributes;

/** The common part of their documents: they have neither tags nor times. */
export const tapView = (row: StandardRow) => {
  const view = standardView(row);
  return {
    id: view.id,
    name: view.name,
    tenant_id: view.tenant_id,
    project_id: view.project_id,
    description: view.description,
  };
};

/** The port's own: what a host has bound gets copies. */
const status = sql`(select case p.status when 'ACTIVE' then 'ACTIVE' else 'DOWN' end
  from network.ports p where p.id = o.port_id)`;

export const tapServiceNoun: Noun<TapServiceRow> = {
  singular: 'tap_service',
  plural: 'tap_services',
  title: 'Tap Service',
  path: '/v2.0/taas/tap_services',
  parameter: 'tap_service_id',
  table: 'network.tap_services',
  attributes: {
    ...tapAttributes,
    port_id: { type: uuid, post: true, required: true, column: 'port_id' },
    status: {
      type: oneOf('ACTIVE', 'DOWN'),
      filter: (values) => sql<boolean>`${status} = any(${values}::text[])`,
    },
  },
  columns: sql`o.*, ${status} as status`,
  view: (row) => ({ ...tapView(row), port_id: row.port_id, status: row.status }),
};
