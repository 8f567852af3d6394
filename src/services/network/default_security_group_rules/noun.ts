import { sql } from 'kysely';
import { isUuid } from '../../../core/ids.ts';
import { Invalid, type Attributes, type AttributeType } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { boolean, orNull, shown, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';
import { ruleAttributes } from '../security_group_rules/attributes.ts';
import type { CheckedRule } from '../security_group_rules/check.ts';

/** What a new security group has a rule after. */
export interface DefaultSecurityGroupRuleRow extends StandardRow, CheckedRule {
  readonly remote_is_parent: boolean;
  readonly used_in_default_sg: boolean;
  readonly used_in_non_default_sg: boolean;
}

/** In the place of a remote group: the group that the rule will be in. */
export const PARENT = 'PARENT';

const remoteGroup: AttributeType = {
  ...orNull(uuid),
  description: `UUID of a security group, ${PARENT} for the rule's own, or null`,
  convert(value) {
    if (value === null || value === '') return null;
    if (value === PARENT) return PARENT;
    if (typeof value === 'string' && isUuid(value)) return uuid.convert(value);
    throw new Invalid(`${shown(value)} is neither a UUID nor ${PARENT}`);
  },
};

const { name: _name, description, tags: _tags, ...standard } = standardAttributes;

const attributes = {
  ...standard,
  description: { ...description, put: false },
  ...ruleAttributes,
  remote_group_id: {
    type: remoteGroup,
    post: true,
    initial: null,
    filter: (values) => sql<boolean>`(o.remote_group_id = any(${values.filter(isUuid)}::uuid[])
      or o.remote_is_parent and ${values.includes(PARENT)})`,
  },
  used_in_default_sg: {
    type: boolean,
    post: true,
    initial: false,
    column: 'used_in_default_sg',
  },
  used_in_non_default_sg: {
    type: boolean,
    post: true,
    initial: true,
    column: 'used_in_non_default_sg',
  },
} satisfies Attributes;

export const defaultSecurityGroupRuleNoun: Noun<DefaultSecurityGroupRuleRow> = {
  singular: 'default_security_group_rule',
  plural: 'default_security_group_rules',
  title: 'Default Security Group Rule',
  path: '/v2.0/default-security-group-rules',
  parameter: 'default_security_group_rule_id',
  table: 'network.default_security_group_rules',
  changedBy: 'admin',
  attributes,
  columns: sql`o.*`,
  // They say what everybody's groups begin with.
  visible: () => sql<boolean>`true`,
  view(row) {
    const {
      name: _unnamed,
      tenant_id: _tenant,
      project_id: _project,
      tags: _tagsOfRow,
      ...view
    } = standardView(row);
    return {
      ...view,
      direction: row.direction,
      ethertype: row.ethertype,
      protocol: row.protocol,
      port_range_min: row.port_range_min,
      port_range_max: row.port_range_max,
      remote_ip_prefix: row.remote_ip_given ?? row.remote_ip_prefix,
      remote_group_id: row.remote_is_parent ? PARENT : row.remote_group_id,
      remote_address_group_id: row.remote_address_group_id,
      used_in_default_sg: row.used_in_default_sg,
      used_in_non_default_sg: row.used_in_non_default_sg,
    };
  },
};
