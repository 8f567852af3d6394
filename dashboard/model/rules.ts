import type { SecurityGroupRule } from '../api/documents.ts';

/** A rule, or an IPv4 and IPv6 pair that says the same, in a sentence. */
export interface RuleInWords {
  readonly ids: readonly string[];
  readonly direction: 'ingress' | 'egress';
  readonly text: string;
}

/** IANA protocol numbers that people know by name. https://www.iana.org/assignments/protocol-numbers */
const PROTOCOLS: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '2': 'igmp',
  '4': 'ipip',
  '6': 'tcp',
  '17': 'udp',
  '33': 'dccp',
  '41': 'ipv6-encap',
  '47': 'gre',
  '50': 'esp',
  '51': 'ah',
  '58': 'icmpv6',
  '89': 'ospf',
  '112': 'vrrp',
  '115': 'l2tp',
  '132': 'sctp',
  '136': 'udplite',
  'ipv6-icmp': 'icmpv6',
};

const ICMP_TYPES: Readonly<Record<string, string>> = {
  'icmp 0': 'echo reply',
  'icmp 3': 'destination unreachable',
  'icmp 5': 'redirect',
  'icmp 8': 'echo request',
  'icmp 11': 'time exceeded',
  'icmpv6 1': 'destination unreachable',
  'icmpv6 2': 'packet too big',
  'icmpv6 128': 'echo request',
  'icmpv6 129': 'echo reply',
  'icmpv6 133': 'router solicitation',
  'icmpv6 134': 'router advertisement',
  'icmpv6 135': 'neighbour solicitation',
  'icmpv6 136': 'neighbour advertisement',
};

/** Well-known services, for people who do not know their ports by heart. */
const SERVICES: Readonly<Record<string, string>> = {
  'tcp 22': 'SSH',
  'tcp 25': 'SMTP',
  'tcp 53': 'DNS',
  'udp 53': 'DNS',
  'udp 67': 'DHCP',
  'tcp 80': 'HTTP',
  'udp 123': 'NTP',
  'tcp 443': 'HTTPS',
  'tcp 3306': 'MySQL',
  'tcp 3389': 'RDP',
  'tcp 5432': 'PostgreSQL',
  'tcp 6379': 'Redis',
};

const protocolOf = (rule: SecurityGroupRule): string | undefined => {
  if (rule.protocol === null || rule.protocol === 'any' || String(rule.protocol) === '0') {
    return undefined;
  }
  const text = String(rule.protocol).toLowerCase();
  const name = PROTOCOLS[text] ?? text;
  // Neutron reads icmp in an IPv6 rule as ICMPv6.
  return name === 'icmp' && rule.ethertype === 'IPv6' ? 'icmpv6' : name;
};

function traffic(rule: SecurityGroupRule): string {
  const protocol = protocolOf(rule);
  if (protocol === undefined) return 'everything';
  const { port_range_min: first, port_range_max: last } = rule;
  const shown = /^\d+$/.test(protocol)
    ? `IP protocol ${protocol}`
    : protocol.replace('icmpv6', 'ICMPv6').replace(/^[a-z-]+$/, (name) => name.toUpperCase());
  if (protocol.startsWith('icmp')) {
    if (first === null) return `all ${shown}`;
    const known = ICMP_TYPES[`${protocol} ${first}`];
    const code = last === null ? '' : `, code ${last}`;
    return `${shown} type ${first}${known ? ` (${known})` : ''}${code}`;
  }
  if (first === null && last === null) return `all ${shown}`;
  const low = first ?? 1;
  const high = last ?? 65_535;
  if (low <= 1 && high === 65_535) return `${shown} on every port`;
  if (low !== high) return `${shown} on ports ${low} to ${high}`;
  const known = SERVICES[`${protocol} ${low}`];
  return `${shown} on port ${low}${known ? ` (${known})` : ''}`;
}

/** The far end; `any` tells the pairs that can be told as one. */
function farEnd(
  rule: SecurityGroupRule,
  groupId: string,
  groupName: (id: string) => string,
): { text: string; any: boolean } {
  if (rule.remote_group_id) {
    const text =
      rule.remote_group_id === groupId
        ? 'members of this group'
        : `members of the group ${groupName(rule.remote_group_id)}`;
    return { text, any: true };
  }
  if (rule.remote_address_group_id) {
    return { text: `the address group ${rule.remote_address_group_id}`, any: true };
  }
  const prefix = rule.remote_ip_prefix;
  if (prefix === null || prefix === '0.0.0.0/0' || prefix === '::/0') {
    return { text: 'anywhere', any: true };
  }
  return { text: prefix.replace(/\/(?:32|128)$/, ''), any: false };
}

/**
 * The rules of a group as sentences, what comes in first: `Lets in TCP on port 80 (HTTP) from anywhere`. Rules that
 * differ only in IPv4 and IPv6 become one sentence; where only one family is meant, it is named.
 */
export function rulesInWords(
  rules: readonly SecurityGroupRule[],
  groupId: string,
  groupName: (id: string) => string,
): readonly RuleInWords[] {
  const sentences = new Map<string, { rule: RuleInWords; families: Set<string>; any: boolean }>();
  for (const rule of rules) {
    const end = farEnd(rule, groupId, groupName);
    const verb = rule.direction === 'ingress' ? 'Lets in' : 'Lets out';
    const preposition = rule.direction === 'ingress' ? 'from' : 'to';
    const text = `${verb} ${traffic(rule)} ${preposition} ${end.text}`;
    const known = sentences.get(text);
    sentences.set(text, {
      rule: { ids: [...(known?.rule.ids ?? []), rule.id], direction: rule.direction, text },
      families: new Set([...(known?.families ?? []), rule.ethertype]),
      any: end.any,
    });
  }
  return [...sentences.values()]
    .map(({ rule, families, any }) => {
      const [family] = families;
      // A prefix or ICMPv6 tells its family itself.
      const told = families.size > 1 || !any || rule.text.includes('ICMP');
      return told ? rule : { ...rule, text: `${rule.text} (${family} only)` };
    })
    .toSorted(
      (a, b) =>
        b.direction.localeCompare(a.direction) ||
        a.text.localeCompare(b.text, 'en', { numeric: true }),
    );
}

/** What a group says by having no rule in a direction. */
export function silenceInWords(rules: readonly SecurityGroupRule[]): readonly string[] {
  const has = (direction: string) => rules.some((rule) => rule.direction === direction);
  return [
    ...(has('ingress') ? [] : ['Lets nothing in']),
    ...(has('egress') ? [] : ['Lets nothing out']),
  ];
}
