/** An IPv4 network: first address as a number and the prefix length. */
export interface Network {
  readonly first: number;
  readonly length: number;
}

/** `172.24.4.1` → number; undefined when it is no IPv4 address. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

/** Number → `172.24.4.1`. */
export const formatAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** `172.24.4.0/24` → network; undefined when it is none or has bits set behind its prefix. */
export function parseNetwork(text: string): Network | undefined {
  const [address, prefix, more] = text.split('/');
  const first = parseAddress(address ?? '');
  if (first === undefined || prefix === undefined || more !== undefined) return undefined;
  if (!/^\d{1,2}$/.test(prefix) || Number(prefix) > 32) return undefined;
  const length = Number(prefix);
  return first % 2 ** (32 - length) === 0 ? { first, length } : undefined;
}

/** Network → `172.24.4.0/24`. */
export const formatNetwork = (network: Network): string =>
  `${formatAddress(network.first)}/${network.length}`;

/** Last address of a network, its broadcast address. */
export const lastAddress = (network: Network): number =>
  network.first + 2 ** (32 - network.length) - 1;

/** Whether two networks share an address. */
export const overlaps = (left: Network, right: Network): boolean =>
  left.first <= lastAddress(right) && right.first <= lastAddress(left);

/** First external network that is tried, and how many of the following ones after it. */
const FIRST_EXTERNAL = { first: parseAddress('172.24.4.0')!, length: 24 };
const CANDIDATES = 200;

/**
 * The external network of a new cloud: 172.24.4.0/24, or the next /24 that nothing on the machine uses.
 * `used` are the networks of the machine's addresses and routes (the default route apart).
 */
export function chooseExternalNetwork(used: readonly Network[]): Network | undefined {
  for (let index = 0; index < CANDIDATES; index++) {
    const candidate = { first: FIRST_EXTERNAL.first + index * 256, length: FIRST_EXTERNAL.length };
    if (!used.some((network) => overlaps(network, candidate))) return candidate;
  }
  return undefined;
}
