import type { SecurityGroup } from '../../api/documents.ts';
import type { Cloud } from '../../model/cloud.ts';
import { rulesInWords, silenceInWords } from '../../model/rules.ts';
import { matches } from '../../model/search.ts';
import { nameOf, shellWord } from '../../model/words.ts';
import type { Context } from '../context.ts';
import { h, type Child, type VirtualElement } from '../element.ts';
import { emptyState } from '../parts.ts';
import { table } from '../table.ts';
import { projectColumn } from './project.ts';

const groupName = (cloud: Cloud) => (id: string) => {
  const group = cloud.groupById.get(id);
  return group ? nameOf(group) : id;
};

/** What a group lets in and out, in words; for the table and for a server's panel. */
export function rulesList(cloud: Cloud, group: SecurityGroup): VirtualElement {
  const rules = group.security_group_rules;
  return h(
    'ul',
    { class: 'rules' },
    silenceInWords(rules).map((text) => h('li', { class: 'silence', key: text }, text)),
    rulesInWords(rules, group.id, groupName(cloud)).map((rule) =>
      h('li', { class: rule.direction, key: rule.text }, rule.text),
    ),
  );
}

export function securityGroupsTable(context: Context): Child {
  const { cloud, words } = context;
  const users = new Map<string, Set<string>>();
  for (const port of cloud.ports) {
    if (!cloud.serverById.has(port.device_id)) continue;
    for (const id of port.security_groups) {
      users.set(id, (users.get(id) ?? new Set()).add(port.device_id));
    }
  }
  const letsNothingIn = (group: SecurityGroup) =>
    group.security_group_rules.every((rule) => rule.direction !== 'ingress');
  return table<SecurityGroup>(context, {
    name: 'security-groups',
    caption: 'Security groups',
    items: cloud.securityGroups.filter((group) =>
      matches(
        words,
        group.name,
        group.id,
        group.description,
        ...rulesInWords(group.security_group_rules, group.id, groupName(cloud)).map(
          (rule) => rule.text,
        ),
      ),
    ),
    keyOf: (group) => group.id,
    empty:
      words.length > 0
        ? emptyState('No security group matches what you are looking for.')
        : emptyState('There is no security group yet.', 'openstack security group create web'),
    columns: [
      {
        title: 'Name',
        cell: (group) => [
          nameOf(group),
          group.description && group.description !== group.name
            ? h('div', { class: 'quiet description' }, group.description)
            : null,
        ],
        sort: nameOf,
      },
      ...projectColumn<SecurityGroup>(context, (item) => item.project_id),
      {
        title: 'Rules',
        cell: (group) => [
          rulesList(cloud, group),
          letsNothingIn(group)
            ? h(
                'code',
                { class: 'command' },
                `openstack security group rule create --protocol icmp ${shellWord(group.name || group.id)}`,
              )
            : null,
        ],
        sort: (group) => group.security_group_rules.length,
      },
      {
        title: 'Servers',
        cell: (group) => users.get(group.id)?.size ?? 0,
        sort: (group) => users.get(group.id)?.size ?? 0,
        numeric: true,
      },
    ],
  });
}
