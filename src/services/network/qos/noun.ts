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
import { AMOUNTS, RULE_ATTRIBUTES, type QosDirection, type QosRuleType } from './rule-types.ts';

/** A rule as it is read: amounts that its type does not have are null. */
export type QosRuleRow = Readonly<Record<(typeof AMOUNTS)[number], number | null>> & {
  readonly id: string;
  readonly policy_id: string;
  readonly type: QosRuleType;
  readonly direction: QosDirection | null;
};

/** Rules that ports, networks, floating IPs and gateways can be given. */
export interface QosPolicyRow extends StandardRow, SharedRow {
  readonly shared: boolean;
  readonly is_default: boolean;
  /** The oldest first. */
  readonly rules: QosRuleRow[];
}

const attributes = {
  ...standardAttributes,
  shared: {
    type: boolean,
    post: true,
    put: true,
    initial: false,
    adminSets: true,
    column: 'shared',
    filter: sharedFilter,
  },
  is_default: { type: boolean, post: true, put: true, initial: false, column: 'is_default' },
  rules: { type: computed('its rules') },
} satisfies Attributes;

/** What a rule says, without whose it is. */
export const ruleView = (row: QosRuleRow): Record<string, unknown> =>
  Object.fromEntries(
    Object.keys(RULE_ATTRIBUTES[row.type]).map((name) => [name, row[name as keyof QosRuleRow]]),
  );

export const qosPolicyNoun: Noun<QosPolicyRow> = {
  singular: 'policy',
  plural: 'policies',
  title: 'QoS policy',
  missing: 'QosPolicyNotFound',
  changedBy: 'manager',
  path: '/v2.0/qos/policies',
  parameter: 'policy_id',
  table: 'network.qos_policies',
  attributes,
  columns: sql`o.*, ${sharedWithColumn}, (select coalesce(json_agg(r order by r.created_at, r.id), '[]')
    from network.qos_rules r where r.policy_id = o.id) as rules`,
  visible: ownedOrShared,
  personal: sharedView,
  view: (row) => ({
    ...standardView(row),
    shared: row.shared,
    is_default: row.is_default,
    rules: row.rules.map((rule) => ({
      ...ruleView(rule),
      type: rule.type,
      qos_policy_id: rule.policy_id,
    })),
  }),
};
