import { sql } from 'kysely';
import { badRequest, conflict } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { cidrsOverlap, formatCidr, parseCidr, type Cidr } from '../addresses/cidr.ts';
import type { Change } from '../change.ts';
import { find } from '../collections/noun.ts';
import { badResource, invalidInput } from '../errors.ts';
import { subnetPoolNoun, type SubnetPoolRow } from './noun.ts';
import { covers, firstFree } from './prefixes.ts';

/** What a request for a subnet says about a pool. */
export interface PoolRequest {
  readonly project_id: string;
  readonly subnetpool_id: string | null;
  readonly use_default_subnetpool: boolean;
  readonly prefixlen?: number;
  readonly ip_version?: number;
  readonly cidr?: string | null;
  readonly allocation_pools?: readonly unknown[];
}

const refused = (reason: string) =>
  conflict(`Failed to allocate subnet: ${reason}.`, 'SubnetAllocationError');

async function poolOf(
  change: Change,
  caller: Caller,
  request: PoolRequest,
): Promise<SubnetPoolRow | undefined> {
  const { subnetpool_id: id, use_default_subnetpool: usesDefault } = request;
  if (id !== null && usesDefault) {
    throw badResource('subnets', 'subnetpool_id and use_default_subnetpool cannot both be sent.');
  }
  if (id !== null) return find(change.transaction, subnetPoolNoun, caller, id);
  if (!usesDefault) return undefined;
  const version = request.ip_version ?? 4;
  const found = await sql<{ id: string }>`select id from network.subnetpools
    where is_default and ip_version = ${version}`.execute(change.transaction);
  const row = found.rows[0];
  if (row === undefined) {
    throw badResource('subnets', `No default subnetpool found for IPv${version}: name one.`);
  }
  return find(change.transaction, subnetPoolNoun, caller, row.id);
}

/** What a range counts against a quota: IPv4 addresses, or IPv6 prefixes of 64 bits. */
const costOf = ({ version, first, last }: Cidr): bigint =>
  version === 4 ? last - first + 1n : (last - first + (1n << 64n)) >> 64n;

/**
 * The pool that the request names, and the range that a new subnet gets from it: the one asked for, or the first
 * that is free. The pool stays locked until the transaction ends, so no other subnet gets a part of it.
 */
export async function allocateFromPool(
  change: Change,
  caller: Caller,
  request: PoolRequest,
): Promise<{ id: string; cidr: string } | undefined> {
  const named = await poolOf(change, caller, request);
  if (named === undefined) {
    if (request.prefixlen === undefined) return undefined;
    throw badResource('subnets', 'prefixlen is for subnets from a subnet pool: name the pool.');
  }
  await sql`select 1 from network.subnetpools where id = ${named.id} for no key update`.execute(
    change.transaction,
  );
  const pool = await find(change.transaction, subnetPoolNoun, caller, named.id);
  if (request.ip_version !== undefined && request.ip_version !== pool.ip_version) {
    throw invalidInput(
      `Requested ip_version ${request.ip_version} does not match subnet pool ${pool.id} of IPv${pool.ip_version}.`,
    );
  }
  const asked = typeof request.cidr === 'string' ? parseCidr(request.cidr)! : undefined;
  if (asked !== undefined && request.prefixlen !== undefined) {
    throw badResource('subnets', 'cidr and prefixlen must not be sent together.');
  }
  if (asked === undefined && request.allocation_pools !== undefined) {
    throw badResource('subnets', 'allocation_pools are only for subnets whose cidr is sent.');
  }
  const length = asked?.prefixLength ?? request.prefixlen ?? pool.default_prefixlen;
  if (length < pool.min_prefixlen || length > pool.max_prefixlen) {
    const low = length < pool.min_prefixlen;
    throw badRequest(
      `Unable to allocate subnet with prefix length ${length}, ${low ? 'minimum' : 'maximum'} allowed prefix is ${low ? pool.min_prefixlen : pool.max_prefixlen}.`,
      low ? 'MinPrefixSubnetAllocationError' : 'MaxPrefixSubnetAllocationError',
    );
  }
  const subnets = await sql<{ cidr: string; project_id: string }>`select cidr, project_id
    from network.subnets where subnetpool_id = ${pool.id}`.execute(change.transaction);
  const taken = subnets.rows.map((row) => ({ ...row, range: parseCidr(row.cidr)! }));
  const ranges = pool.prefixes.map((text) => parseCidr(text)!);
  const range =
    asked ??
    firstFree(
      ranges,
      taken.map((subnet) => subnet.range),
      length,
    );
  if (range === undefined) {
    throw refused(`Insufficient prefix space to allocate subnet size /${length}`);
  }
  if (!covers(ranges, range) || taken.some((subnet) => cidrsOverlap(subnet.range, range))) {
    throw refused(
      `Cannot allocate requested subnet ${formatCidr(range)} from the available set of prefixes`,
    );
  }
  const used = taken
    .filter(({ project_id }) => project_id === request.project_id)
    .reduce((sum, subnet) => sum + costOf(subnet.range), 0n);
  if (pool.default_quota !== null && used + costOf(range) > BigInt(pool.default_quota)) {
    throw conflict(
      `Per-tenant subnet pool prefix quota exceeded: the project has ${used} of ${pool.default_quota} and the subnet needs ${costOf(range)}.`,
      'SubnetPoolQuotaExceeded',
    );
  }
  return { id: pool.id, cidr: formatCidr(range) };
}
