import { sql } from 'kysely';
import { isUuid } from '../../../core/ids.ts';
import type { Attributes } from '../attributes/attribute.ts';
import { Invalid, type AttributeType } from '../attributes/attribute.ts';
import { standardAttributes } from '../attributes/standard.ts';
import { shown, text, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';
import type { RbacAction } from './access.ts';
import type { RbacObjectType } from './objects.ts';

/** Who else may use an object. */
export interface RbacPolicyRow {
  readonly id: string;
  readonly project_id: string;
  readonly object_type: RbacObjectType;
  readonly object_id: string;
  readonly target_project: string;
  readonly action: RbacAction;
  /** Policies have no revisions. */
  readonly revision_number: number;
}

const target: AttributeType = {
  description: "a project's id, or * for every project",
  comparedAs: 'text',
  convert(value) {
    if (value === '*' || (typeof value === 'string' && isUuid(value))) return value;
    throw new Invalid(`${shown(value)} is not a valid target project ID; expected a UUID or '*'`);
  },
};

const { id, tenant_id, project_id } = standardAttributes;

const attributes = {
  id,
  tenant_id,
  project_id,
  object_type: { type: text(255), post: true, required: true, column: 'object_type' },
  object_id: { type: uuid, post: true, required: true, column: 'object_id' },
  target_tenant: {
    type: target,
    post: true,
    put: true,
    required: true,
    column: 'target_project',
  },
  action: { type: text(255), post: true, required: true, column: 'action' },
} satisfies Attributes;

export const rbacPolicyNoun: Noun<RbacPolicyRow> = {
  singular: 'rbac_policy',
  plural: 'rbac_policies',
  title: 'RBAC policy of type unknown with ID',
  missing: 'RbacPolicyNotFound',
  path: '/v2.0/rbac-policies',
  parameter: 'rbac_policy_id',
  table: 'network.rbac_policies',
  attributes,
  columns: sql`o.*, 0 as revision_number`,
  view: (row) => ({
    id: row.id,
    project_id: row.project_id,
    tenant_id: row.project_id,
    object_type: row.object_type,
    object_id: row.object_id,
    target_tenant: row.target_project,
    action: row.action,
  }),
};
