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

/**
 * Where the search for a free address goes on, per subnet. A hint that lives with the process: two requests at
 * once look at different addresses, and one that was given back is not given out again before the others were.
 * What is free only the database knows.
 */
export class AddressCursors {
  readonly #next = new Map<string, bigint>();

  /** The next address of the pools; undefined when there is none at all. */
  take(subnet: AllocationSubnet): bigint | undefined {
    const ranges = subnet.allocation_pools.map(
      ({ start, end }) => [parseIp(start)!.value, parseIp(end)!.value] as const,
    );
    if (ranges.length === 0) return undefined;
    const cursor = this.#next.get(subnet.id) ?? 0n;
    const later = ranges.filter(([, end]) => end >= cursor);
    const [start] = later.length > 0 ? later[0]! : ranges[0]!;
    const address = later.length > 0 && cursor > start ? cursor : start;
    this.#next.set(subnet.id, address + 1n);
    return address;
  }

  /** The search continues behind this address. */
  moveBehind(subnetId: string, address: bigint): void {
    this.#next.set(subnetId, address + 1n);
  }
}

/** A search that found so many addresses free and lost each to another request gives up: something is wrong. */
const ATTEMPTS = 10_000;

/**
 * Gives the port a free address of the subnet's pools; undefined when all are taken. Two transactions never get
 * the same one: the later insertion waits for the earlier transaction's end and, if that commits, looks on.
 * The usual case is one statement, whatever the number of ports.
 */
export async function allocateAddress(
  transaction: NetworkTransaction,
  cursors: AddressCursors,
  subnet: AllocationSubnet,
  portId: string,
  position: number,
): Promise<string | undefined> {
  let candidate = cursors.take(subnet);
  if (candidate === undefined) return undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const text = formatIp({ version: subnet.ip_version, value: candidate });
    if (await takeAddress(transaction, subnet.id, text, portId, position)) return text;
    const free = await findGap(transaction, subnet, candidate);
    if (free === undefined) return undefined;
    cursors.moveBehind(subnet.id, free);
    candidate = free;
  }
  throw new Error(`no address of subnet ${subnet.id} could be taken in ${ATTEMPTS} attempts`);
}

/** Takes one address; false when another port has it. */
export async function takeAddress(
  transaction: NetworkTransaction,
  subnetId: string,
  address: string,
  portId: string,
  position: number,
): Promise<boolean> {
  const result = await sql`
    insert into network.ip_allocations (subnet_id, ip_address, port_id, position)
    values (${subnetId}, ${address}::inet, ${portId}, ${position})
    on conflict do nothing`.execute(transaction);
  return result.numAffectedRows === 1n;
}

/** The first free address of the pools behind the one given or, when there is none, from their beginning. */
async function findGap(
  transaction: NetworkTransaction,
  subnet: AllocationSubnet,
  from: bigint,
): Promise<bigint | undefined> {
  const ranges = subnet.allocation_pools.map(({ start, end }) => ({
    start: parseIp(start)!.value,
    end: parseIp(end)!.value,
  }));
  const behind = ranges
    .filter(({ end }) => end > from)
    .map(({ start, end }) => ({ start: start > from ? start : from + 1n, end }));
  for (const { start, end } of [...behind, ...ranges]) {
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

/** Whether a host of the subnet may have the address. */
export function isUsable(subnet: Pick<AllocationSubnet, 'cidr'>, address: string): boolean {
  const cidr = parseCidr(subnet.cidr)!;
  const ip = parseIp(address)!;
  const { first, last } = usableRange(cidr);
  return ip.version === cidr.version && ip.value >= first && ip.value <= last;
}
