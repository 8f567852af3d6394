import { sql } from 'kysely';
import { idOf } from '../attributes/body.ts';
import { badRequest, conflict } from '../../../core/errors.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import { addressScopeNoun } from '../address_scopes/noun.ts';
import { formatCidr, parseCidr } from '../addresses/cidr.ts';
import { bitsOf } from '../addresses/ip.ts';
import type { Values } from '../attributes/body.ts';
import { standardColumns } from '../attributes/standard.ts';
import type { Change } from '../change.ts';
import { find } from '../collections/noun.ts';
import type { Rules } from '../collections/operations.ts';
import { invalidInput } from '../errors.ts';
import { reserve } from '../quotas/reserve.ts';
import type { SubnetPoolRow } from './noun.ts';
import { compact, covers } from './prefixes.ts';

/** What a pool is, beside its standard attributes. */
interface Pool {
  readonly ip_version: 4 | 6;
  readonly prefixes: string[];
  readonly default_prefixlen: number;
  readonly min_prefixlen: number;
  readonly max_prefixlen: number;
  readonly default_quota: number | null;
  readonly address_scope_id: string | null;
  readonly is_default: boolean;
}

type PoolValues = Partial<Pool> & { readonly project_id: string; readonly shared: boolean };

/** The pool that the values make of `present`, checked in itself. */
function planPool(values: Partial<Pool>, present?: SubnetPoolRow): Pool {
  const ranges = (values.prefixes ?? present?.prefixes ?? []).map((text) => parseCidr(text)!);
  const version = ranges[0]?.version;
  if (version === undefined) {
    throw badRequest(
      'Empty subnet pool prefix list: a subnet pool must have at least one prefix.',
      'EmptySubnetPoolPrefixList',
    );
  }
  if (ranges.some((range) => range.version !== version)) {
    throw badRequest(
      'Cannot mix IPv4 and IPv6 prefixes in a subnet pool.',
      'PrefixVersionMismatch',
    );
  }
  const bits = bitsOf(version);
  const minimum = values.min_prefixlen ?? present?.min_prefixlen ?? (version === 4 ? 8 : 64);
  const maximum = values.max_prefixlen ?? present?.max_prefixlen ?? bits;
  const usual = values.default_prefixlen ?? present?.default_prefixlen ?? minimum;
  for (const [name, number] of Object.entries({ minimum, maximum, default: usual })) {
    if (number <= bits) continue;
    throw badRequest(
      `Illegal prefix length: the ${name} of ${number} is more than the ${bits} bits of IPv${version}.`,
      'UnsupportedMinSubnetPoolPrefix',
    );
  }
  if (minimum > usual || usual > maximum) {
    throw badRequest(
      `Illegal prefix bounds: min_prefixlen ${minimum}, default_prefixlen ${usual} and max_prefixlen ${maximum} must not fall.`,
      'IllegalSubnetPoolPrefixBounds',
    );
  }
  return {
    ip_version: version,
    prefixes: compact(ranges).map(formatCidr),
    default_prefixlen: usual,
    min_prefixlen: minimum,
    max_prefixlen: maximum,
    default_quota: choose(values.default_quota, present?.default_quota),
    address_scope_id: choose(values.address_scope_id, present?.address_scope_id),
    is_default: values.is_default ?? present?.is_default ?? false,
  };
}

const choose = <T>(wanted: T | null | undefined, present: T | null | undefined): T | null =>
  wanted === undefined ? (present ?? null) : wanted;

/** No two pools of a scope may overlap; the lock on the scope keeps it so. */
async function checkScope(change: Change, caller: Caller, id: string, pool: Pool): Promise<void> {
  await checkNetworks(change, id, pool);
  if (pool.address_scope_id === null) return;
  // First the lock, then the look: the scope may be deleted while this waits.
  await sql`select 1 from network.address_scopes where id = ${pool.address_scope_id}
    for no key update`.execute(change.transaction);
  const scope = await find(change.transaction, addressScopeNoun, caller, pool.address_scope_id);
  if (scope.ip_version !== pool.ip_version) {
    throw badRequest(
      `Illegal subnetpool association: subnetpool ${id} cannot associate with address scope ${scope.id} because subnetpool ip_version is not ${scope.ip_version}.`,
      'IllegalSubnetPoolIpVersionAssociationToAddressScope',
    );
  }
  const other = await sql<{ id: string; prefix: string }>`
    select p.id, x.prefix from network.subnetpools p, unnest(p.prefixes) as x (prefix)
    where p.address_scope_id = ${scope.id} and p.id <> ${id}
      and exists (select 1 from unnest(${pool.prefixes}::cidr[]) as y (prefix)
        where y.prefix && x.prefix::cidr) limit 1`.execute(change.transaction);
  const found = other.rows[0];
  if (found === undefined) return;
  throw conflict(
    `Failed to associate address scope: subnetpools within an address scope must have unique prefixes, and subnet pool ${found.id} has ${found.prefix}.`,
    'AddressScopePrefixConflict',
  );
}

/** A network's subnets of one IP version are from pools of one scope. */
async function checkNetworks(change: Change, id: string, pool: Pool): Promise<void> {
  const other = await sql<{ id: string }>`select s.id from network.subnets s
    left join network.subnetpools p on p.id = s.subnetpool_id
    where s.ip_version = ${pool.ip_version} and s.subnetpool_id is distinct from ${id}
      and p.address_scope_id is distinct from ${pool.address_scope_id}::uuid
      and exists (select 1 from network.subnets own
        where own.network_id = s.network_id and own.subnetpool_id = ${id}) limit 1`.execute(
    change.transaction,
  );
  const found = other.rows[0];
  if (found !== undefined) throw scopeAffinity(found.id);
}

/** Subnet `id` is on the same network and in another scope. */
export const scopeAffinity = (id: string) =>
  badRequest(
    `Subnets of the same address family hosted on the same network must all participate in the same address scope: subnet ${id} does not.`,
    'NetworkAddressScopeAffinityError',
  );

/** Only who owns a scope, or an administrator, changes a pool that is in it. */
async function checkPresentScope(
  change: Change,
  caller: Caller,
  row: SubnetPoolRow,
): Promise<void> {
  if (row.address_scope_id === null || caller.isAdmin) return;
  const scope = await change.transaction
    .selectFrom('network.address_scopes')
    .select('project_id')
    .where('id', '=', row.address_scope_id)
    .executeTakeFirst();
  if (scope?.project_id === caller.projectId) return;
  throw badRequest(
    `Illegal subnetpool update : subnetpool ${row.id} cannot be updated when associated with shared address scope ${row.address_scope_id}.`,
    'IllegalSubnetPoolUpdate',
  );
}

/** Whether routers translate addresses depends on their scope. */
export async function touchRoutersOfPool(change: Change, poolId: string): Promise<void> {
  const routers = await sql<{ id: string }>`select distinct p.router_id as id from network.subnets s
    join network.ip_allocations a on a.subnet_id = s.id join network.ports p on p.id = a.port_id
    where s.subnetpool_id = ${poolId} and p.router_id is not null`.execute(change.transaction);
  change.touch(...routers.rows.map(({ id }) => `router:${id}`));
}

/** One default for each IP version. */
async function writing(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (violatedConstraint(error) !== 'subnetpools_default') throw error;
    throw invalidInput(
      'A default subnetpool for this IP family has already been set. Only one default may exist per IP family.',
    );
  }
}

async function create(change: Change, caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as PoolValues;
  const pool = planPool(values);
  await reserve(change, 'subnetpool', values.project_id);
  const id = idOf(values);
  await checkScope(change, caller, id, pool);
  await writing(
    change.transaction
      .insertInto('network.subnetpools')
      .values({ ...standardColumns(values), id, ...pool, shared: values.shared })
      .execute(),
  );
  return id;
}

/** Changes a pool by the rules and gives the prefixes that it has now. */
export async function changePool(
  change: Change,
  caller: Caller,
  row: SubnetPoolRow,
  raw: Values,
): Promise<string[]> {
  const values = raw as Partial<PoolValues>;
  await checkPresentScope(change, caller, row);
  const pool = planPool(values, row);
  const ranges = pool.prefixes.map((text) => parseCidr(text)!);
  const lost = row.prefixes.find((text) => !covers(ranges, parseCidr(text)!));
  if (lost !== undefined || pool.ip_version !== row.ip_version) {
    throw badRequest(
      `Illegal update to prefixes: a subnet pool's prefixes can only grow, and ${lost} would be lost.`,
      'IllegalSubnetPoolPrefixUpdate',
    );
  }
  await checkScope(change, caller, row.id, pool);
  await writing(
    change.transaction
      .updateTable('network.subnetpools')
      .set({
        ...values,
        ...pool,
        revision_number: sql`revision_number + 1`,
        updated_at: sql`now()`,
      })
      .where('id', '=', row.id)
      .execute(),
  );
  if (pool.address_scope_id !== row.address_scope_id) await touchRoutersOfPool(change, row.id);
  return pool.prefixes;
}

async function update(
  change: Change,
  caller: Caller,
  row: SubnetPoolRow,
  values: Values,
): Promise<void> {
  await changePool(change, caller, row, values);
}

async function remove(change: Change, _caller: Caller, row: SubnetPoolRow): Promise<void> {
  try {
    await change.transaction.deleteFrom('network.subnetpools').where('id', '=', row.id).execute();
  } catch (error) {
    if (violatedConstraint(error) !== 'subnets_pool') throw error;
    throw badRequest(
      `Unable to delete subnet pool: Subnet pool has existing allocations: delete its subnets first.`,
      'SubnetPoolDeleteError',
    );
  }
}

export const subnetPoolRules: Rules<SubnetPoolRow> = { create, update, delete: remove };
