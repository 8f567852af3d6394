/** IP protocol numbers by the names that the API accepts (IANA's, as Neutron lists them). */
const NUMBERS: Readonly<Record<string, number>> = {
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  hopopt: 0,
  icmp: 1,
  icmpv6: 58,
  igmp: 2,
  ip: 0,
  ipip: 4,
  'ipv6-encap': 41,
  'ipv6-frag': 44,
  'ipv6-icmp': 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  'ipv6-route': 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  tcp: 6,
  udp: 17,
  udplite: 136,
  vrrp: 112,
};

export const ICMP = 1;
export const ICMP_V6 = 58;

/** Protocols with ports. */
export const WITH_PORTS: ReadonlyMap<number, string> = new Map([
  [6, 'tcp'],
  [17, 'udp'],
  [132, 'sctp'],
]);

/** Protocols that only exist within IPv6; Neutron counts IPv6 in IP (41) among them. */
const ONLY_V6: ReadonlySet<number> = new Set([41, 43, 44, 58, 59, 60]);

/** The number of a protocol given by name or number; undefined when there is none. */
export function protocolNumber(text: string): number | undefined {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : NUMBERS[text];
  return number === undefined || number > 255 ? undefined : number;
}

/** A protocol as it is stored: what is called ICMP within IPv6 is IPv6's own (58), whose old name is icmpv6. */
export function canonicalProtocol(text: string, ethertype: string): string {
  if (ethertype !== 'IPv6') return text;
  if (text === 'icmp' || text === 'icmpv6') return 'ipv6-icmp';
  return text === String(ICMP) ? String(ICMP_V6) : text;
}

/** Whether the protocol can be in packets of this kind. */
export const fitsEthertype = (number: number, ethertype: string): boolean =>
  ethertype === 'IPv6' || !ONLY_V6.has(number);

export const protocolNames = (): string[] => Object.keys(NUMBERS);
