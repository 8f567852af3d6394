import { isIPv4, isIPv6 } from 'node:net';

export type IpVersion = 4 | 6;

/** An address as a number: arithmetic and comparison are those of bigint, within one version. */
export interface Ip {
  readonly version: IpVersion;
  readonly value: bigint;
}

/** Length of an address in bits. */
export const bitsOf = (version: IpVersion): number => (version === 4 ? 32 : 128);

/** Reads a dotted quad or an IPv6 address (RFC 4291 §2.2, no zone); undefined when it is neither. */
export function parseIp(text: string): Ip | undefined {
  if (isIPv4(text)) return { version: 4, value: parseQuad(text) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return { version: 6, value: parseGroups(text) };
}

function parseQuad(text: string): bigint {
  return BigInt(text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0));
}

function parseGroups(text: string): bigint {
  const dot = text.indexOf('.');
  if (dot >= 0) {
    const start = text.lastIndexOf(':', dot) + 1;
    const quad = parseQuad(text.slice(start));
    text = `${text.slice(0, start)}${(quad >> 16n).toString(16)}:${(quad & 0xffffn).toString(16)}`;
  }
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].reduce(
    (sum, group) => (sum << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

/** Canonical text: dotted quad, or IPv6 as RFC 5952 asks (lower case, longest run of zeros shortened). */
export function formatIp({ version, value }: Ip): string {
  if (version === 4) {
    const number = Number(value);
    return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
  }
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(112 - 16 * index)) & 0xffffn),
  );
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIp({ version: 4, value: value & 0xffffffffn })}`;
  }
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (best.start < 0) return text(groups);
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`;
}

/** The canonical text of an address; undefined when it is none. */
export function canonicalIp(text: string): string | undefined {
  const ip = parseIp(text);
  return ip && formatIp(ip);
}
