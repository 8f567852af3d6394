import { sql } from 'kysely';
import type { Attributes, AttributeType } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { booleanOf, cidr, orNull, text, uuid } from '../attributes/types.ts';
import { ownedBy, type Noun } from '../collections/noun.ts';
import { ruleAttributes } from './attributes.ts';

/** A rule as it is read. */
export interface SecurityGroupRuleRow extends StandardRow {
  readonly security_group_id: string;
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: 'IPv4' | 'IPv6';
  readonly protocol: string | null;
  readonly protocol_number: number | null;
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  /** The prefix as the client wrote it. */
  readonly remote_ip_given: string | null;
  readonly remote_group_id: string | null;
  readonly remote_address_group_id: string | null;
  readonly belongs_to_default_sg: boolean;
}

/** Whether the rule `o` is one of a project's default group. */
const inDefaultGroup = sql<boolean>`(select g.is_default from network.security_groups g
  where g.id = o.security_group_id)`;

/** What is no id is a group that is not there, as Neutron answers. */
const groupId: AttributeType = { ...text(255), comparedAs: 'uuid' };

const { name: _name, description, ...standard } = standardAttributes;

const attributes = {
  ...standard,
  description: { ...description, put: false },
  security_group_id: { type: uuid, post: true, required: true, column: 'security_group_id' },
  ...ruleAttributes,
  remote_group_id: { type: orNull(groupId), post: true, initial: null, column: 'remote_group_id' },
  normalized_cidr: { type: cidr, column: 'remote_ip_prefix' },
  belongs_to_default_sg: {
    type: text(),
    filter: (values) =>
      sql<boolean>`${inDefaultGroup} = any(${values.map((value) => booleanOf(value) ?? null)}::boolean[])`,
  },
} satisfies Attributes;

export const securityGroupRuleNoun: Noun<SecurityGroupRuleRow> = {
  singular: 'security_group_rule',
  plural: 'security_group_rules',
  title: 'Security Group Rule',
  path: '/v2.0/security-group-rules',
  parameter: 'security_group_rule_id',
  table: 'network.security_group_rules',
  attributes,
  columns: sql`o.*, ${inDefaultGroup} as belongs_to_default_sg`,
  visible: (caller) => ownedBy(caller),
  view: ruleView,
};

/** The document of a rule, also within its group. */
export function ruleView(row: SecurityGroupRuleRow): Record<string, unknown> {
  const { name: _unnamed, ...view } = standardView(row);
  return {
    ...view,
    security_group_id: row.security_group_id,
    direction: row.direction,
    ethertype: row.ethertype,
    protocol: row.protocol,
    port_range_min: row.port_range_min,
    port_range_max: row.port_range_max,
    remote_ip_prefix: row.remote_ip_given ?? row.remote_ip_prefix,
    remote_group_id: row.remote_group_id,
    remote_address_group_id: row.remote_address_group_id,
    normalized_cidr: row.remote_ip_prefix,
    belongs_to_default_sg: row.belongs_to_default_sg,
  };
}
