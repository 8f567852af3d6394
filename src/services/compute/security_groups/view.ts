import type { NeutronDocument } from './neutron.ts';

/** What Nova's documents take from Neutron's. */
interface Rule {
  readonly id: string;
  readonly security_group_id: string;
  readonly direction: string;
  readonly protocol: string | null;
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
  readonly ethertype: string;
}
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly project_id: string;
  readonly security_group_rules: readonly Rule[];
}

export const groupsIn = (document: NeutronDocument): Group[] =>
  document['security_groups'] as Group[];
export const groupIn = (document: NeutronDocument): Group => document['security_group'] as Group;
export const ruleIn = (document: NeutronDocument): Rule => document['security_group_rule'] as Rule;

/** A rule as Nova knew them, for traffic to servers only. `remote`: the group it lets in. */
export function ruleView(rule: Rule, remote: Pick<Group, 'name' | 'project_id'> | undefined) {
  const anywhere = rule.ethertype === 'IPv6' ? '::/0' : '0.0.0.0/0';
  const icmp = rule.protocol === 'icmp';
  return {
    id: rule.id,
    parent_group_id: rule.security_group_id,
    ip_protocol: rule.protocol,
    from_port: rule.port_range_min ?? (icmp ? -1 : null),
    to_port: rule.port_range_max ?? (icmp ? -1 : null),
    group: remote ? { name: remote.name, tenant_id: remote.project_id } : {},
    ip_range: rule.remote_group_id === null ? { cidr: rule.remote_ip_prefix ?? anywhere } : {},
  };
}

/** A group with its rules; names of the groups that rules let in are looked up among those given. */
export const groupView = (group: Group, known: readonly Group[]) => ({
  id: group.id,
  name: group.name,
  description: group.description,
  tenant_id: group.project_id,
  rules: group.security_group_rules
    .filter(({ direction }) => direction === 'ingress')
    .map((rule) =>
      ruleView(
        rule,
        known.find(({ id }) => id === rule.remote_group_id),
      ),
    ),
});
