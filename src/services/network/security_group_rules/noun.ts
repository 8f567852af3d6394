import { sql } from 'kysely';
import { Invalid, type Attributes, type AttributeType } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { cidr, integer, oneOf, orNull, shown, text, uuid } from '../attributes/types.ts';
import { ownedBy, type Noun } from '../collections/noun.ts';

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
  readonly remote_group_id: string | null;
}

const word = (...words: readonly string[]): AttributeType => ({
  ...oneOf(...words),
  convert(value) {
    const found = words.find(
      (candidate) => candidate.toLowerCase() === String(value).toLowerCase(),
    );
    if (found === undefined) throw new Invalid(`${shown(value)} is not one of ${words.join(', ')}`);
    return found;
  },
});

/** A name or a number; `any` is the same as none. */
const protocol: AttributeType = {
  ...orNull(text(40)),
  convert(value) {
    const name = value === null ? null : String(value).toLowerCase();
    return name === null || name === '' || name === 'any' ? null : name;
  },
};

const { name: _name, description, ...standard } = standardAttributes;

const attributes = {
  ...standard,
  description: { ...description, put: false },
  security_group_id: { type: uuid, post: true, required: true, column: 'security_group_id' },
  direction: { type: word('ingress', 'egress'), post: true, required: true, column: 'direction' },
  ethertype: { type: word('IPv4', 'IPv6'), post: true, initial: 'IPv4', column: 'ethertype' },
  protocol: { type: protocol, post: true, initial: null, column: 'protocol' },
  port_range_min: {
    type: orNull(integer(-1, 65_535)),
    post: true,
    initial: null,
    column: 'port_range_min',
  },
  port_range_max: {
    type: orNull(integer(-1, 65_535)),
    post: true,
    initial: null,
    column: 'port_range_max',
  },
  remote_ip_prefix: { type: orNull(cidr), post: true, initial: null, column: 'remote_ip_prefix' },
  remote_group_id: { type: orNull(uuid), post: true, initial: null, column: 'remote_group_id' },
  normalized_cidr: { type: cidr, column: 'remote_ip_prefix' },
  belongs_to_default_sg: {
    type: text(),
    filter: (values) => sql<boolean>`exists (select 1 from network.security_groups g
      where g.id = o.security_group_id and g.is_default = any(${values.map((value) => /^(true|1)$/i.test(value))}::boolean[]))`,
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
  columns: sql`o.*`,
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
    remote_ip_prefix: row.remote_ip_prefix,
    remote_group_id: row.remote_group_id,
    normalized_cidr: row.remote_ip_prefix,
  };
}
