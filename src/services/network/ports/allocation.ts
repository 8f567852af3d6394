import { sql } from 'kysely';
import { parseCidr, usableRange } from '../addresses/cidr.ts';
import { formatIp, parseIp, type IpVersion } from '../addresses/ip.ts';
import type { AllocationPool } from '../addresses/pools.ts';
import type { NetworkTransaction } from '../tables.ts';

/** What of a subnet the search for addresses needs. */
export interface AllocationSubnet {
  readonly id: string;
  readonly network_id: string;
  readonly ip_version: IpVersion;
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly enable_dhcp: boolean;
  readonly allocation_pools: readonly AllocationPool[];
  readonly ipv6_address_mode: string | null;
  readonly service_types: readonly string[];
}

/** An address that a port should get. */
export interface AddressWish {
  readonly portId: string;
  /** Its place in the port's list; no two of a port are the same. */
  readonly position: number;
  /** One address, of the first of these subnets that has a free one. */
  readonly subnets: readonly AllocationSubnet[];
  /** Exactly this one, of the only subnet; undefined: any of the pools. */
  readonly address?: string;
}

interface Range {
  readonly start: bigint;
  readonly end: bigint;
}

const poolsOf = (subnet: AllocationSubnet): Range[] =>
  subnet.allocation_pools.map(({ start, end }) => ({
    start: parseIp(start)!.value,
    end: parseIp(end)!.value,
  }));

/** The pools from this address on, and after their end those in front of it. */
function rangesFrom(subnet: AllocationSubnet, first: bigint): Range[] {
  const pools = poolsOf(subnet);
  return [
    ...pools
      .filter(({ end }) => end >= first)
      .map(({ start, end }) => ({ start: start > first ? start : first, end })),
    ...pools
      .filter(({ start }) => start < first)
      .map(({ start, end }) => ({ start, end: end < first ? end : first - 1n })),
  ];
}

/**
 * Where the search for a free address goes on, per subnet. A hint that lives with the process: two requests at
 * once look at different addresses, and one that was given back is not given out again before the others were.
 * What is free only the database knows.
 */
export class AddressCursors {
  readonly #next = new Map<string, bigint>();

  /** The next addresses of the pools, each once: fewer when there are no more. */
  take(subnet: AllocationSubnet, count: number): bigint[] {
    const addresses: bigint[] = [];
    for (const { start, end } of rangesFrom(subnet, this.#next.get(subnet.id) ?? 0n)) {
      for (let address = start; address <= end && addresses.length < count; address++) {
        addresses.push(address);
      }
    }
    const last = addresses.at(-1);
    if (last !== undefined) this.#next.set(subnet.id, last + 1n);
    return addresses;
  }

  /** The search continues at this address. */
  moveTo(subnetId: string, address: bigint): void {
    this.#next.set(subnetId, address);
  }
}

/** A search that found so many addresses free and lost each to another request gives up: something is wrong. */
const ATTEMPTS = 10_000;

/** A wish, the place of the subnet that is searched for it, and the address to try there. */
interface Candidate {
  readonly wish: AddressWish;
  readonly choice: number;
  readonly address: bigint;
}

const keyOf = ({ portId, position }: Pick<AddressWish, 'portId' | 'position'>): string =>
  `${portId} ${position}`;

/**
 * Gives all these ports their addresses and returns the wishes that cannot be fulfilled: the address is taken, or
 * all of the pools are. Two transactions never get the same address: the later insertion waits for the earlier
 * transaction's end and, if that commits, looks on. The usual case is one statement, however many wishes there are.
 */
export async function allocateAddresses(
  transaction: NetworkTransaction,
  cursors: AddressCursors,
  wishes: readonly AddressWish[],
): Promise<AddressWish[]> {
  const failed: AddressWish[] = [];
  const chosen: Candidate[] = [];
  const open: { wish: AddressWish; choice: number }[] = [];
  for (const wish of wishes) {
    if (wish.address === undefined) open.push({ wish, choice: 0 });
    else chosen.push({ wish, choice: 0, address: parseIp(wish.address)!.value });
  }
  // Chosen addresses come first, lest the search takes one of them.
  let candidates = [...chosen, ...draw(cursors, open, failed)];
  for (let attempt = 0; candidates.length > 0; attempt++) {
    if (attempt === ATTEMPTS) {
      throw new Error(`${candidates.length} addresses could not be taken in ${ATTEMPTS} attempts`);
    }
    const taken = await takeAddresses(transaction, candidates);
    const lost = candidates.filter(({ wish }) => !taken.has(keyOf(wish)));
    failed.push(...lost.filter(({ wish }) => wish.address !== undefined).map(({ wish }) => wish));
    const searching = lost.filter(({ wish }) => wish.address === undefined);
    candidates = draw(cursors, await lookOn(transaction, cursors, searching), failed);
  }
  return failed;
}

/** The next addresses to try; a wish whose subnets have no more is added to those that failed. */
function draw(
  cursors: AddressCursors,
  open: readonly { wish: AddressWish; choice: number }[],
  failed: AddressWish[],
): Candidate[] {
  const candidates: Candidate[] = [];
  for (let left = open; left.length > 0;) {
    const next: { wish: AddressWish; choice: number }[] = [];
    for (const group of bySubnet(left)) {
      const subnet = group[0]!.wish.subnets[group[0]!.choice];
      const addresses = subnet === undefined ? [] : cursors.take(subnet, group.length);
      for (const [index, { wish, choice }] of group.entries()) {
        const address = addresses[index];
        if (address !== undefined) candidates.push({ wish, choice, address });
        else if (subnet === undefined) failed.push(wish);
        else next.push({ wish, choice: choice + 1 });
      }
    }
    left = next;
  }
  return candidates;
}

/** Where the wishes that lost their candidates go on: behind the next gap of the subnet or in the next subnet. */
async function lookOn(
  transaction: NetworkTransaction,
  cursors: AddressCursors,
  lost: readonly Candidate[],
): Promise<{ wish: AddressWish; choice: number }[]> {
  const open: { wish: AddressWish; choice: number }[] = [];
  for (const group of bySubnet(lost)) {
    const { wish, choice, address } = group.at(-1)!;
    const subnet = wish.subnets[choice]!;
    const gap = await findGap(transaction, subnet, address);
    if (gap !== undefined) cursors.moveTo(subnet.id, gap);
    for (const one of group) {
      open.push({ wish: one.wish, choice: gap === undefined ? one.choice + 1 : one.choice });
    }
  }
  return open;
}

/** Groups by the subnet that is searched; those that have none left are one group. */
function bySubnet<T extends { readonly wish: AddressWish; readonly choice: number }>(
  searches: readonly T[],
): T[][] {
  const groups = Map.groupBy(searches, ({ wish, choice }) => wish.subnets[choice]?.id);
  return [...groups.values()];
}

/** Takes the addresses that no port has and gives the keys of their wishes. */
async function takeAddresses(
  transaction: NetworkTransaction,
  candidates: readonly Candidate[],
): Promise<Set<string>> {
  const subnets = candidates.map(({ wish, choice }) => wish.subnets[choice]!);
  const addresses = candidates.map(({ address }, index) =>
    formatIp({ version: subnets[index]!.ip_version, value: address }),
  );
  const { rows } = await sql<{ portId: string; position: number }>`
    insert into network.ip_allocations (subnet_id, ip_address, port_id, position)
    select * from unnest(${subnets.map(({ id }) => id)}::uuid[], ${addresses}::inet[],
      ${candidates.map(({ wish }) => wish.portId)}::uuid[],
      ${candidates.map(({ wish }) => wish.position)}::integer[])
    on conflict do nothing returning port_id as "portId", position`.execute(transaction);
  return new Set(rows.map(keyOf));
}

/** The first free address of the pools behind the one given or, when there is none, from their beginning. */
async function findGap(
  transaction: NetworkTransaction,
  subnet: AllocationSubnet,
  from: bigint,
): Promise<bigint | undefined> {
  for (const { start, end } of rangesFrom(subnet, from + 1n)) {
    const text = (value: bigint) => formatIp({ version: subnet.ip_version, value });
    // Walks the index along the run of taken addresses and stops at its end.
    const result = await sql<{ address: string }>`
      select host(address) as address from (
        select ${text(start)}::inet as address
        where not exists (select 1 from network.ip_allocations
          where subnet_id = ${subnet.id} and ip_address = ${text(start)}::inet)
        union all
        (select a.ip_address + 1 from network.ip_allocations a
          where a.subnet_id = ${subnet.id} and a.ip_address >= ${text(start)}::inet
            and a.ip_address < ${text(end)}::inet
            and not exists (select 1 from network.ip_allocations b
              where b.subnet_id = a.subnet_id and b.ip_address = a.ip_address + 1)
          order by a.ip_address limit 1)
      ) free limit 1`.execute(transaction);
    const [row] = result.rows;
    if (row !== undefined) return parseIp(row.address)!.value;
  }
  return undefined;
}

/** Whether a port of the subnet may have the address; IPv6's subnet-router address is for routers. */
export function isUsable(
  subnet: Pick<AllocationSubnet, 'cidr'>,
  address: string,
  deviceOwner: string,
): boolean {
  const cidr = parseCidr(subnet.cidr)!;
  const ip = parseIp(address)!;
  const { first, last } = usableRange(cidr);
  const least = cidr.version === 6 && deviceOwner.startsWith('network:router') ? cidr.first : first;
  return ip.version === cidr.version && ip.value >= least && ip.value <= last;
}
