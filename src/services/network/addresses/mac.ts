import { createHash, randomBytes } from 'node:crypto';

/** First half of every address we give out, as Neutron's `base_mac`. */
const BASE = 'fa:16:3e';

const join = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');

/** A random address; uniqueness within a network is the database's business. */
export const randomMac = (): string => `${BASE}:${join(randomBytes(3))}`;

/** Always the same address for the same text: for rows of OVN that have one and no port. */
export const derivedMac = (text: string): string =>
  `${BASE}:${join(createHash('sha256').update(text).digest().subarray(0, 3))}`;

/** Lower case with colons; undefined when it is no unicast hardware address of six bytes. */
export function canonicalMac(text: string): string | undefined {
  const digits = /^[0-9a-f]{2}(([:-])[0-9a-f]{2})(\2[0-9a-f]{2}){4}$/i.test(text)
    ? text.replaceAll('-', ':').toLowerCase()
    : undefined;
  if (digits === undefined || digits === '00:00:00:00:00:00') return undefined;
  return (Number.parseInt(digits.slice(0, 2), 16) & 1) === 1 ? undefined : digits;
}

/** The interface part of a SLAAC address (modified EUI-64, RFC 4291 appendix A). */
export function interfaceId(mac: string): bigint {
  const bytes = mac.split(':').map((part) => Number.parseInt(part, 16));
  const eui = [bytes[0]! ^ 2, bytes[1]!, bytes[2]!, 0xff, 0xfe, bytes[3]!, bytes[4]!, bytes[5]!];
  return eui.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
