import { sql } from 'kysely';
import { badRequest, conflict } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
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
  if (version === undefined) throw invalidInput('a subnet pool must have at least one prefix.');
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
  const id = newUuid();
  await checkScope(change, caller, id, pool);
  await writing(
    change.transaction
      .insertInto('network.subnetpools')
      .values({ ...standardColumns(values), id, ...pool, shared: values.shared })
      .execute(),
  );
  return id;
}

async function update(
  change: Change,
  caller: Caller,
  row: SubnetPoolRow,
  raw: Values,
): Promise<void> {
  const values = raw as Partial<PoolValues>;
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
