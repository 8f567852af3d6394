import { sql } from 'kysely';
import type { Attributes } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { boolean, computed } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';
import {
  ownedOrShared,
  sharedFilter,
  sharedView,
  sharedWithColumn,
  type SharedRow,
} from '../rbac/access.ts';
import { ruleView, type SecurityGroupRuleRow } from '../security_group_rules/noun.ts';

/** A group as it is read. */
export interface SecurityGroupRow extends StandardRow, SharedRow {
  readonly stateful: boolean;
  readonly is_default: boolean;
  /** From JSON: times are text. */
  readonly rules: (Omit<
    SecurityGroupRuleRow,
    'created_at' | 'updated_at' | 'belongs_to_default_sg'
  > & {
    created_at: string;
    updated_at: string;
  })[];
}

const attributes = {
  ...standardAttributes,
  // Its initial value is the project's, see security_groups_default_statefulness.
  stateful: { type: boolean, post: true, put: true, column: 'stateful' },
  is_default: { type: boolean, column: 'is_default' },
  shared: { type: boolean, filter: sharedFilter },
  security_group_rules: { type: computed('its rules') },
} satisfies Attributes;

export const securityGroupNoun: Noun<SecurityGroupRow> = {
  singular: 'security_group',
  plural: 'security_groups',
  title: 'Security Group',
  path: '/v2.0/security-groups',
  parameter: 'security_group_id',
  table: 'network.security_groups',
  attributes,
  columns: sql`o.*, ${sharedWithColumn}, (select coalesce(json_agg(r order by r.created_at, r.id), '[]')
    from network.security_group_rules r where r.security_group_id = o.id) as rules`,
  visible: ownedOrShared,
  personal: sharedView,
  view: (row) => ({
    ...standardView(row),
    stateful: row.stateful,
    is_default: row.is_default,
    security_group_rules: row.rules.map((rule) =>
      ruleView({
        ...rule,
        belongs_to_default_sg: row.is_default,
        created_at: new Date(rule.created_at),
        updated_at: new Date(rule.updated_at),
      }),
    ),
  }),
};
