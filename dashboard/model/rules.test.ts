import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SecurityGroupRule } from '../api/documents.ts';
import { rulesInWords, silenceInWords } from './rules.ts';
import { rule } from './testing.ts';

const words = (...rules: Partial<SecurityGroupRule>[]): string[] =>
  rulesInWords(
    rules.map((each, index) => ({ ...rule(each), id: String(index) })),
    'own',
    (id) => (id === 'other' ? 'database' : id),
  ).map(({ text }) => text);

test('protocols, ports and far ends are named as people name them', () => {
  const cases: [Partial<SecurityGroupRule>, string][] = [
    [
      { protocol: 'tcp', port_range_min: 80, port_range_max: 80 },
      'Lets in TCP on port 80 (HTTP) from anywhere (IPv4 only)',
    ],
    [
      { protocol: '6', port_range_min: 8000, port_range_max: 8010, remote_ip_prefix: '10.0.0.0/8' },
      'Lets in TCP on ports 8000 to 8010 from 10.0.0.0/8',
    ],
    [{ protocol: 'udp', remote_ip_prefix: '192.0.2.7/32' }, 'Lets in all UDP from 192.0.2.7'],
    [
      {
        protocol: 'tcp',
        port_range_min: 1,
        port_range_max: 65_535,
        remote_ip_prefix: '::/0',
        ethertype: 'IPv6',
      },
      'Lets in TCP on every port from anywhere (IPv6 only)',
    ],
    [{ protocol: 'icmp' }, 'Lets in all ICMP from anywhere'],
    [{ protocol: 'icmp', port_range_min: 8 }, 'Lets in ICMP type 8 (echo request) from anywhere'],
    [
      { protocol: 'icmp', port_range_min: 3, port_range_max: 4 },
      'Lets in ICMP type 3 (destination unreachable), code 4 from anywhere',
    ],
    [
      { protocol: 'icmp', ethertype: 'IPv6', port_range_min: 135 },
      'Lets in ICMPv6 type 135 (neighbour solicitation) from anywhere',
    ],
    [{ protocol: 'ipv6-icmp', ethertype: 'IPv6' }, 'Lets in all ICMPv6 from anywhere'],
    [{ protocol: 112 }, 'Lets in all VRRP from anywhere (IPv4 only)'],
    [{ protocol: '253' }, 'Lets in all IP protocol 253 from anywhere (IPv4 only)'],
    [{ remote_group_id: 'own' }, 'Lets in everything from members of this group (IPv4 only)'],
    [
      {
        direction: 'egress',
        remote_group_id: 'other',
        protocol: 'tcp',
        port_range_min: 5432,
        port_range_max: 5432,
      },
      'Lets out TCP on port 5432 (PostgreSQL) to members of the group database (IPv4 only)',
    ],
  ];
  for (const [given, expected] of cases) assert.deepEqual(words(given), [expected]);
});

test('an IPv4 and an IPv6 rule that say the same are one sentence, and neither is lost', () => {
  const rules = [
    { ...rule({ direction: 'egress' }), id: 'a' },
    { ...rule({ direction: 'egress', ethertype: 'IPv6', remote_ip_prefix: '::/0' }), id: 'b' },
  ];
  const told = rulesInWords(rules, 'own', String);
  assert.deepEqual(told, [
    { ids: ['a', 'b'], direction: 'egress', text: 'Lets out everything to anywhere' },
  ]);
});

test('what comes in stands first, ports in their order', () => {
  const tcp = (port: number) => ({ protocol: 'tcp', port_range_min: port, port_range_max: port });
  assert.deepEqual(
    words({ direction: 'egress' }, tcp(443), tcp(80)).map((text) => text.slice(0, 22)),
    ['Lets in TCP on port 80', 'Lets in TCP on port 44', 'Lets out everything to'],
  );
});

test('a group without rules in a direction says so', () => {
  assert.deepEqual(silenceInWords([]), ['Lets nothing in', 'Lets nothing out']);
  assert.deepEqual(silenceInWords([rule({ direction: 'egress' })]), ['Lets nothing in']);
});
