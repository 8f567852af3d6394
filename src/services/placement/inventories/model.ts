import { sql } from 'kysely';
import { badRequest, notFound } from '../../../core/errors.ts';
import type { Transaction } from '../../../database/database.ts';
import { inventoryInUse } from '../errors.ts';
import type { PlacementTables } from '../tables.ts';

/** How much of one class a provider has. */
export interface Inventory {
  readonly total: number;
  /** Kept back from consumers. */
  readonly reserved: number;
  readonly min_unit: number;
  readonly max_unit: number;
  readonly step_size: number;
  /** How often `total - reserved` may be given away. */
  readonly allocation_ratio: number;
}

/** The api-ref's largest integer, and the default of `max_unit`. */
export const MAXIMUM = 2_147_483_647;

/** Fills in what the api-ref says of members that are not given, and refuses what can hold nothing. */
export function completeInventory(
  resourceClass: string,
  given: { total: number } & { -readonly [Key in keyof Inventory]?: Inventory[Key] | undefined },
  allowFullyReserved: boolean,
): Inventory {
  const inventory: Inventory = {
    total: given.total,
    reserved: given.reserved ?? 0,
    min_unit: given.min_unit ?? 1,
    max_unit: given.max_unit ?? MAXIMUM,
    step_size: given.step_size ?? 1,
    allocation_ratio: given.allocation_ratio ?? 1,
  };
  const capacity = capacityOf(inventory);
  if (capacity < 0 || (capacity === 0 && !allowFullyReserved))
    throw badRequest(
      `Invalid inventory for '${resourceClass}': of a total of ${inventory.total}, with ${inventory.reserved} reserved and an allocation ratio of ${inventory.allocation_ratio}, nothing can be given.${
        capacity < 0 ? ' The reserved value is greater than total.' : ''
      }`,
    );
  return inventory;
}

/** What can be given away in all. */
export const capacityOf = (inventory: Inventory): number =>
  Math.floor((inventory.total - inventory.reserved) * inventory.allocation_ratio);

/**
 * The provider's inventories become exactly these. The caller has locked the provider (its generation).
 * Classes that have allocations stay: 409 placement.inventory.inuse, nothing is written.
 */
export async function replaceInventories(
  transaction: Transaction,
  providerId: string,
  inventories: Readonly<Record<string, Inventory>>,
): Promise<void> {
  const tables = transaction.withTables<PlacementTables>();
  const names = Object.keys(inventories);
  const used = await tables
    .selectFrom('placement.allocations')
    .select('resource_class')
    .distinct()
    .where('provider_id', '=', providerId)
    .execute();
  const blocked = used.map((row) => row.resource_class).filter((name) => !names.includes(name));
  if (blocked.length > 0) throw inventoryInUse(blocked, providerId);
  let removal = tables.deleteFrom('placement.inventories').where('provider_id', '=', providerId);
  if (names.length > 0) removal = removal.where('resource_class', 'not in', names);
  await removal.execute();
  if (names.length > 0) await putInventories(transaction, providerId, inventories);
}

/** Writes these classes and leaves others as they are. */
export async function putInventories(
  transaction: Transaction,
  providerId: string,
  inventories: Readonly<Record<string, Inventory>>,
): Promise<void> {
  await transaction
    .withTables<PlacementTables>()
    .insertInto('placement.inventories')
    .values(
      Object.entries(inventories).map(([name, inventory]) => ({
        provider_id: providerId,
        resource_class: name,
        ...inventory,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['provider_id', 'resource_class']).doUpdateSet((excluded) => ({
        total: excluded.ref('excluded.total'),
        reserved: excluded.ref('excluded.reserved'),
        min_unit: excluded.ref('excluded.min_unit'),
        max_unit: excluded.ref('excluded.max_unit'),
        step_size: excluded.ref('excluded.step_size'),
        allocation_ratio: excluded.ref('excluded.allocation_ratio'),
        updated_at: sql<Date>`now()`,
      })),
    )
    .execute();
}

/** Removes one class; 404 when the provider has none, 409 when it is allocated. */
export async function deleteInventory(
  transaction: Transaction,
  providerId: string,
  resourceClass: string,
): Promise<void> {
  const tables = transaction.withTables<PlacementTables>();
  const used = await tables
    .selectFrom('placement.allocations')
    .select('consumer_id')
    .where('provider_id', '=', providerId)
    .where('resource_class', '=', resourceClass)
    .limit(1)
    .executeTakeFirst();
  if (used) throw inventoryInUse([resourceClass], providerId, 'placement.concurrent_update');
  const gone = await tables
    .deleteFrom('placement.inventories')
    .where('provider_id', '=', providerId)
    .where('resource_class', '=', resourceClass)
    .returning('resource_class')
    .executeTakeFirst();
  if (!gone)
    throw notFound(
      `No inventory of class ${resourceClass} found for delete on resource provider ${providerId}.`,
    );
}
