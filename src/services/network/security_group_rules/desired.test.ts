import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GROUP } from '../northbound/examples.ts';
import { matchOf, type SecurityGroupRuleState } from './desired.ts';

test('rules become matches', () => {
  const pg = `pg_${GROUP.replaceAll('-', '_')}`;
  const match = (rule: Partial<SecurityGroupRuleState>) =>
    matchOf({
      id: 'r',
      security_group_id: GROUP,
      direction: 'ingress',
      ethertype: 'IPv4',
      protocol_number: null,
      port_range_min: null,
      port_range_max: null,
      remote_ip_prefix: null,
      remote_group_id: null,
      remote_address_group_id: null,
      log_id: null,
      stateful: true,
      ...rule,
    });
  const range = { port_range_min: 10, port_range_max: 20 };
  const cases: [Partial<SecurityGroupRuleState>, string][] = [
    [{}, `outport == @${pg} && ip4`],
    [{ direction: 'egress', ethertype: 'IPv6' }, `inport == @${pg} && ip6`],
    [{ protocol_number: 6 }, `outport == @${pg} && ip4 && tcp`],
    [
      { protocol_number: 17, ...range },
      `outport == @${pg} && ip4 && udp && udp.dst >= 10 && udp.dst <= 20`,
    ],
    [
      { protocol_number: 132, port_range_min: 9, port_range_max: 9 },
      `outport == @${pg} && ip4 && sctp && sctp.dst == 9`,
    ],
    [
      { protocol_number: 1, port_range_min: 8, port_range_max: 0 },
      `outport == @${pg} && ip4 && icmp4 && icmp4.type == 8 && icmp4.code == 0`,
    ],
    [
      { ethertype: 'IPv6', protocol_number: 58, port_range_min: 128 },
      `outport == @${pg} && ip6 && icmp6 && icmp6.type == 128`,
    ],
    [{ protocol_number: 47 }, `outport == @${pg} && ip4 && ip.proto == 47`],
    [{ remote_ip_prefix: '10.0.0.0/8' }, `outport == @${pg} && ip4 && ip4.src == 10.0.0.0/8`],
    [{ remote_ip_prefix: '0.0.0.0/0' }, `outport == @${pg} && ip4 && ip4.src == 0.0.0.0/0`],
    [
      { direction: 'egress', remote_ip_prefix: '10.1.0.0/16' },
      `inport == @${pg} && ip4 && ip4.dst == 10.1.0.0/16`,
    ],
    [
      { remote_address_group_id: GROUP },
      `outport == @${pg} && ip4 && ip4.src == $${pg.replace('pg', 'ag')}_ip4`,
    ],
    [
      {
        direction: 'egress',
        ethertype: 'IPv6',
        remote_address_group_id: GROUP,
        protocol_number: 17,
      },
      `inport == @${pg} && ip6 && ip6.dst == $${pg.replace('pg', 'ag')}_ip6 && udp`,
    ],
    [{ remote_group_id: GROUP }, `outport == @${pg} && ip4 && ip4.src == $${pg}_ip4`],
  ];
  for (const [rule, expected] of cases) assert.equal(match(rule), expected);
});
