import { sql } from 'kysely';
import type { Attributes } from '../attributes/attribute.ts';
import { standardAttributes, type StandardRow } from '../attributes/standard.ts';
import { boolean } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';

/** Whether new security groups of a project, or of all that have no setting of their own, are stateful. */
export interface DefaultStatefulnessRow extends StandardRow {
  readonly stateful: boolean;
}

const { id, project_id: project, tenant_id: tenant } = standardAttributes;

const attributes = {
  id,
  // Without a project it is for all.
  project_id: { ...project, initial: '' },
  tenant_id: tenant,
  stateful: { type: boolean, post: true, put: true, initial: true, column: 'stateful' },
} satisfies Attributes;

export const defaultStatefulnessNoun: Noun<DefaultStatefulnessRow> = {
  singular: 'security_groups_default_statefulness',
  plural: 'security_groups_default_statefulness',
  listing: 'list_security_groups_default_statefulness',
  title: 'Security Groups Default Statefulness',
  path: '/v2.0/security-groups-default-statefulness',
  parameter: 'security_groups_default_statefulness_id',
  table: 'network.security_groups_default_statefulness',
  changedBy: 'manager',
  attributes,
  columns: sql`o.*`,
  view: (row) => ({
    id: row.id,
    project_id: row.project_id === '' ? null : row.project_id,
    tenant_id: row.project_id === '' ? null : row.project_id,
    stateful: row.stateful,
  }),
};
