import type { Extension } from '../drivers/extension.ts';
import { keys } from '../northbound/keys.ts';
import { DROP_GROUP, DROP_OWNER } from '../northbound/names.ts';
import { externalId, identifiedRows, textOf } from '../northbound/rows.ts';
import { securityGroupRuleNoun } from '../security_group_rules/noun.ts';
import { securityGroupRuleOwner } from '../security_group_rules/owner.ts';
import { securityGroupRuleRules } from '../security_group_rules/rules.ts';
import { desiredDropGroup } from './desired.ts';
import { securityGroupNoun } from './noun.ts';
import { securityGroupOwner } from './owner.ts';
import { securityGroupRules } from './rules.ts';

/** An ACL that drops what no rule of a logged group allows; the group's name holds its id with underscores. */
const GROUP_DROP = /^(?:in|out)port == @(pg_([0-9a-f]{8}(?:_[0-9a-f]{4}){3}_[0-9a-f]{12})) && ip$/;

/** Security groups and their rules. */
export const securityGroups: Extension = {
  name: 'security groups',
  aliases: [
    { alias: 'security-group', name: 'security-group', description: 'Filters of ports' },
    {
      alias: 'security-groups-normalized-cidr',
      name: 'Normalized CIDR field for security group rules',
      description: 'Remote prefix as it is applied',
    },
    {
      alias: 'security-groups-rules-belongs-to-default-sg',
      name: "Security group rule belongs to the project's default security group",
      description: 'Rules of default groups can be told',
    },
    {
      alias: 'stateful-security-group',
      name: 'Stateful security group',
      description: 'Groups with and without connection tracking',
    },
  ],
  nouns: [
    [securityGroupNoun, securityGroupRules],
    [securityGroupRuleNoun, securityGroupRuleRules],
  ],
  owners: [securityGroupOwner, securityGroupRuleOwner],
  constants: { [DROP_OWNER]: desiredDropGroup },
  rows: [
    {
      table: 'Port_Group',
      recognise(row) {
        const name = textOf(row, 'name');
        if (name === DROP_GROUP) return { key: name, owner: DROP_OWNER };
        // The group's name holds the id with underscores.
        const id = externalId(row, 'neutron:security_group_id');
        if (id === undefined || !name.startsWith('pg_')) return undefined;
        return { key: name, owner: `security_group:${id}` };
      },
    },
    identifiedRows('ACL', 'security_group_rule', 'neutron:security_group_rule_id'),
    {
      table: 'ACL',
      recognise(row) {
        if (textOf(row, 'action') !== 'drop') return undefined;
        const match = GROUP_DROP.exec(textOf(row, 'match'));
        if (match === null) return undefined;
        return {
          key: keys.groupDrop(match[1]!, textOf(row, 'direction')),
          owner: `security_group:${match[2]!.replaceAll('_', '-')}`,
        };
      },
    },
    {
      table: 'ACL',
      recognise: (row) =>
        textOf(row, 'action') === 'drop' && textOf(row, 'match').includes(`@${DROP_GROUP} `)
          ? { key: keys.drop(textOf(row, 'direction')), owner: DROP_OWNER }
          : undefined,
    },
  ],
  memberships: [
    { table: 'Port_Group', column: 'acls', child: 'ACL' },
    { table: 'Port_Group', column: 'ports', child: 'Logical_Switch_Port' },
  ],
};
