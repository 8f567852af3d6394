import { bitsOf, formatIp, parseIp, type Ip, type IpVersion } from './ip.ts';

/** A range of addresses that share a prefix. */
export interface Cidr {
  readonly version: IpVersion;
  /** The network address. */
  readonly first: bigint;
  /** In IPv4, of prefixes up to /30, the broadcast address. */
  readonly last: bigint;
  readonly prefixLength: number;
}

/**
 * Reads `address/length`; a bare address is one of full length, and bits behind the prefix are cut off.
 * Undefined when it is neither.
 */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const ip = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (!ip) return undefined;
  const bits = bitsOf(ip.version);
  const length = slash < 0 ? String(bits) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits) return undefined;
  return cidrOf(ip, Number(length));
}

/** The range with this prefix length that holds the address. */
export function cidrOf(ip: Ip, prefixLength: number): Cidr {
  const hosts = (1n << BigInt(bitsOf(ip.version) - prefixLength)) - 1n;
  const first = (ip.value | hosts) ^ hosts;
  return { version: ip.version, first, last: first | hosts, prefixLength };
}

export const formatCidr = (cidr: Cidr): string =>
  `${formatIp({ version: cidr.version, value: cidr.first })}/${cidr.prefixLength}`;

export const cidrContains = (cidr: Cidr, ip: Ip): boolean =>
  cidr.version === ip.version && ip.value >= cidr.first && ip.value <= cidr.last;

export const cidrsOverlap = (a: Cidr, b: Cidr): boolean =>
  a.version === b.version && a.first <= b.last && b.first <= a.last;

/** How an IPv4 prefix is written in old tools: 255.255.255.0. */
export const netmaskOf = (cidr: Cidr): string =>
  formatIp({
    version: cidr.version,
    value: ((1n << BigInt(bitsOf(cidr.version))) - 1n) ^ (cidr.last - cidr.first),
  });

/**
 * First and last address that a host may have: IPv4 leaves out the network and the broadcast address
 * (except /31, RFC 3021, and /32), IPv6 the subnet-router anycast address (RFC 4291 §2.6.1; except /127, /128).
 */
export function usableRange(cidr: Cidr): { first: bigint; last: bigint } {
  const spare = bitsOf(cidr.version) - cidr.prefixLength;
  if (spare <= 1) return { first: cidr.first, last: cidr.last };
  return { first: cidr.first + 1n, last: cidr.version === 4 ? cidr.last - 1n : cidr.last };
}
