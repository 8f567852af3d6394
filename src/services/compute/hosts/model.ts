import type { Selectable } from 'kysely';
import type { Database, Transaction } from '../../../database/database.ts';
import { tablesOf, type HostRow } from '../tables.ts';

export type HostRecord = Selectable<HostRow>;

export const listHostRows = (database: Database | Transaction): Promise<HostRecord[]> =>
  tablesOf(database).selectFrom('compute.hosts').selectAll().orderBy('name').execute();

/** Makes the row of a host that was not known, and gives it. */
export async function ensureHostRow(
  database: Database,
  name: string,
  ids: { id: string; serviceId: string },
): Promise<HostRecord> {
  const tables = tablesOf(database);
  await tables
    .insertInto('compute.hosts')
    .values({
      name,
      id: ids.id,
      service_id: ids.serviceId,
      disabled_reason: null,
      chassis: null,
    })
    .onConflict((clash) => clash.column('name').doNothing())
    .execute();
  return tables
    .selectFrom('compute.hosts')
    .selectAll()
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
}

/** Notes which chassis a host has. */
export async function noteChassis(
  database: Database,
  name: string,
  chassis: string,
): Promise<void> {
  await tablesOf(database)
    .updateTable('compute.hosts')
    .set({ chassis })
    .where('name', '=', name)
    .execute();
}

/** Enables, disables or forces down. */
export async function updateHostRow(
  database: Database,
  name: string,
  values: { disabled?: boolean; disabled_reason?: string | null; forced_down?: boolean },
): Promise<void> {
  await tablesOf(database)
    .updateTable('compute.hosts')
    .set({ ...values, updated_at: new Date() })
    .where('name', '=', name)
    .execute();
}

/** Forgets a host; it leaves its aggregates. */
export async function deleteHostRow(transaction: Transaction, name: string): Promise<void> {
  await tablesOf(transaction).deleteFrom('compute.hosts').where('name', '=', name).execute();
}

/** Whether some server lives on the host. */
export async function hasServers(database: Database | Transaction, name: string): Promise<boolean> {
  const row = await tablesOf(database)
    .selectFrom('compute.servers')
    .select('id')
    .where('host', '=', name)
    .where('deleted_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Servers by host, for lists of hypervisors with their servers. */
export async function serversByHost(
  database: Database,
): Promise<Map<string, { id: string; name: string }[]>> {
  const rows = await tablesOf(database)
    .selectFrom('compute.servers')
    .select(['id', 'number', 'host'])
    .where('host', 'is not', null)
    .where('deleted_at', 'is', null)
    .orderBy('number')
    .execute();
  const byHost = new Map<string, { id: string; name: string }[]>();
  for (const row of rows) {
    const list = byHost.get(row.host!) ?? [];
    list.push({ id: row.id, name: `instance-${row.number.toString(16).padStart(8, '0')}` });
    byHost.set(row.host!, list);
  }
  return byHost;
}
