import type { DesiredRow } from '../../../ovn/desired.ts';
import { labelOf, NOT_LOGGED } from '../northbound/acl-log.ts';
import { addressSetName, logMeterName, logName, portGroupName } from '../northbound/names.ts';
import { ICMP, ICMP_V6, WITH_PORTS } from './protocols.ts';

/** Above the drop of everything else. */
const ALLOW_PRIORITY = 1002;

/** What a rule's row is made of. */
export interface SecurityGroupRuleState {
  readonly id: string;
  readonly security_group_id: string;
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: 'IPv4' | 'IPv6';
  readonly protocol_number: number | null;
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
  readonly remote_address_group_id: string | null;
  /** Of the group: whether replies are let through by themselves. */
  readonly stateful: boolean;
  /** The log that tells of what the rule lets through. */
  readonly log_id: string | null;
}

/** OVN's expression for the packets that a rule allows (ovn-sb(5), Logical_Flow: match). */
export function matchOf(rule: SecurityGroupRuleState): string {
  const ingress = rule.direction === 'ingress';
  const ip = rule.ethertype === 'IPv4' ? 'ip4' : 'ip6';
  const remote = `${ip}.${ingress ? 'src' : 'dst'}`;
  const parts = [
    `${ingress ? 'outport' : 'inport'} == @${portGroupName(rule.security_group_id)}`,
    ip,
  ];
  if (rule.remote_ip_prefix !== null) parts.push(`${remote} == ${rule.remote_ip_prefix}`);
  if (rule.remote_group_id !== null) {
    parts.push(`${remote} == $${portGroupName(rule.remote_group_id)}_${ip}`);
  }
  if (rule.remote_address_group_id !== null) {
    const version = rule.ethertype === 'IPv4' ? 4 : 6;
    parts.push(`${remote} == $${addressSetName(rule.remote_address_group_id, version)}`);
  }
  return [...parts, ...protocolParts(rule)].join(' && ');
}

function protocolParts(rule: SecurityGroupRuleState): string[] {
  const { protocol_number: number, port_range_min: minimum, port_range_max: maximum } = rule;
  if (number === null) return [];
  if (number === ICMP || number === ICMP_V6) {
    const name = number === ICMP ? 'icmp4' : 'icmp6';
    return [
      name,
      ...(minimum === null ? [] : [`${name}.type == ${minimum}`]),
      ...(maximum === null ? [] : [`${name}.code == ${maximum}`]),
    ];
  }
  const name = WITH_PORTS.get(number);
  if (name === undefined) return [`ip.proto == ${number}`];
  if (minimum === null || maximum === null) return [name];
  if (minimum === maximum) return [name, `${name}.dst == ${minimum}`];
  return [name, `${name}.dst >= ${minimum}`, `${name}.dst <= ${maximum}`];
}

/** A rule is an ACL of its group. */
export function desiredSecurityGroupRule(rule: SecurityGroupRuleState): DesiredRow[] {
  return [
    {
      table: 'ACL',
      key: rule.id,
      columns: {
        direction: rule.direction === 'ingress' ? 'to-lport' : 'from-lport',
        priority: ALLOW_PRIORITY,
        action: rule.stateful ? 'allow-related' : 'allow-stateless',
        match: matchOf(rule),
        ...(rule.log_id === null
          ? NOT_LOGGED
          : {
              log: true,
              name: [logName(rule.log_id)],
              severity: ['info'],
              meter: [logMeterName(rule.stateful)],
              // Replies are logged too; for that the connection must be marked with a number.
              label: labelOf(`${rule.log_id} ${rule.id}`),
              options: { 'log-related': 'true' },
            }),
        external_ids: { 'neutron:security_group_rule_id': rule.id },
      },
      parents: [
        { table: 'Port_Group', key: portGroupName(rule.security_group_id), column: 'acls' },
      ],
    },
  ];
}
