import { usableRange, type Cidr } from './cidr.ts';
import { formatIp, parseIp, type IpVersion } from './ip.ts';

/** A range from which addresses are given out, both ends included, as the API writes it. */
export interface AllocationPool {
  readonly start: string;
  readonly end: string;
}

/** The pools of a subnet that names none: every usable address but the gateway's. */
export function defaultPools(cidr: Cidr, gatewayIp: string | null): AllocationPool[] {
  const { first, last } = usableRange(cidr);
  const gateway = gatewayIp === null ? undefined : parseIp(gatewayIp)?.value;
  const ranges =
    gateway === undefined || gateway < first || gateway > last
      ? [{ first, last }]
      : [
          { first, last: gateway - 1n },
          { first: gateway + 1n, last },
        ];
  return ranges
    .filter((range) => range.first <= range.last)
    .map((range) => poolOf(cidr.version, range.first, range.last));
}

const poolOf = (version: IpVersion, first: bigint, last: bigint): AllocationPool => ({
  start: formatIp({ version, value: first }),
  end: formatIp({ version, value: last }),
});

/** How many addresses the pools hold. */
export const poolSize = (pools: readonly AllocationPool[]): bigint =>
  pools.reduce((sum, { start, end }) => sum + parseIp(end)!.value - parseIp(start)!.value + 1n, 0n);

/** Whether the address is in one of the pools. */
export function inPools(pools: readonly AllocationPool[], address: string): boolean {
  const ip = parseIp(address);
  return pools.some(
    ({ start, end }) =>
      ip !== undefined && ip.value >= parseIp(start)!.value && ip.value <= parseIp(end)!.value,
  );
}
