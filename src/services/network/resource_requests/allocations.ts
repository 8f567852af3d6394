import { sql, type RawBuilder } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import type { Transaction } from '../../../database/database.ts';
import type { Change } from '../change.ts';
import { minimumColumn, requestOf, type Requester } from './request.ts';

/** A server's port for which bandwidth was taken. */
export interface Holder extends Requester {
  /** The server: whose it is in placement. */
  readonly device_id: string;
  /** Request group → the provider that serves it (`allocation` in `binding:profile`). */
  readonly allocation: Readonly<Record<string, string>>;
}

type Amounts = Record<string, number>;

/** Servers' ports under a condition (`o` the port) for which bandwidth was taken; they stay as they are. */
export async function holders(change: Change, where: RawBuilder<unknown>): Promise<Holder[]> {
  const { rows } = await sql<Holder>`
    select o.id, o.device_id, o.binding_vnic_type, o.binding_profile -> 'allocation' as allocation,
      ${minimumColumn}
    from network.ports o
    where ${where} and o.device_owner like 'compute:%'
      and jsonb_typeof(o.binding_profile -> 'allocation') = 'object'
    order by o.id for no key update of o`.execute(change.transaction);
  return rows;
}

/** What the port has of its request: the group, and the provider that serves it. */
function heldBy(port: Holder) {
  for (const group of requestOf(port)?.request_groups ?? []) {
    const provider = port.allocation[group.id];
    if (provider !== undefined) return { group, provider };
  }
  return undefined;
}

async function adjust(
  change: Change,
  consumer: string,
  provider: string,
  amounts: Amounts,
): Promise<void> {
  const differences = Object.entries(amounts).filter(([, amount]) => amount !== 0);
  if (differences.length === 0) return;
  // The same transaction, as others who know nothing of our tables see it.
  const transaction = change.transaction as unknown as Transaction;
  const result = await change.settings.allocations?.adjust(transaction, consumer, {
    [provider]: Object.fromEntries(differences),
  });
  if (result === undefined || result.fits) return;
  const reasons = result.shortages.map((one) => `${one.resourceClass}: ${one.reason}`).join('; ');
  throw conflict(
    `Updating placement allocation with ${JSON.stringify({ [provider]: Object.fromEntries(differences) })} for consumer ${consumer} failed. The requested resources would exceed the capacity available: ${reasons}.`,
    'QosPlacementAllocationUpdateConflict',
  );
}

/**
 * After another policy came to hold for these ports: what their servers have in placement follows, at the same
 * providers, or 409 QosPlacementAllocationUpdateConflict. A port for which nothing was taken before stays so: that
 * would need another look for a host, as Neutron's documentation says.
 */
export async function reallocate(change: Change, before: readonly Holder[]): Promise<void> {
  if (before.length === 0) return;
  const ids = before.map(({ id }) => id);
  const after = new Map(
    (await holders(change, sql`o.id = any(${ids}::uuid[])`)).map((port) => [port.id, port]),
  );
  for (const port of before) {
    const held = heldBy(port);
    const now = after.get(port.id);
    if (held === undefined || now === undefined) continue;
    const [wanted] = requestOf(now)?.request_groups ?? [];
    const amounts: Amounts = { ...wanted?.resources };
    for (const [name, amount] of Object.entries(held.group.resources))
      amounts[name] = (amounts[name] ?? 0) - amount;
    await adjust(change, port.device_id, held.provider, amounts);
    const allocation = wanted === undefined ? {} : { [wanted.id]: held.provider };
    await sql`update network.ports
      set binding_profile = binding_profile || ${JSON.stringify({ allocation })}::jsonb
      where id = ${port.id}`.execute(change.transaction);
  }
}

/** Before a port leaves its server, or goes: what was taken for it is given back. */
export async function release(change: Change, portId: string): Promise<void> {
  for (const port of await holders(change, sql`o.id = ${portId}`)) {
    const held = heldBy(port);
    if (held === undefined) continue;
    const amounts = Object.entries(held.group.resources).map(([name, amount]) => [name, -amount]);
    await adjust(change, port.device_id, held.provider, Object.fromEntries(amounts) as Amounts);
  }
}
