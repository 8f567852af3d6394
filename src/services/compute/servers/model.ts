import { sql, type Selectable, type Updateable } from 'kysely';
import { isUuid } from '../../../core/ids.ts';
import type { Database, Transaction } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import { serverNotFound } from '../errors.ts';
import { tablesOf, type ServerPortRow, type ServerRow } from '../tables.ts';

export type Server = Selectable<ServerRow>;
export type ServerPort = Selectable<ServerPortRow>;
export type ServerChange = Omit<Updateable<ServerRow>, 'id' | 'number' | 'revision' | 'project_id'>;

/** Nova's name of the machine itself. */
export const instanceName = (server: Pick<Server, 'number'>): string =>
  `instance-${server.number.toString(16).padStart(8, '0')}`;

/** The server, or 404 when there is none or it is another project's; deleted ones only when asked for. */
export async function requireServer(
  database: Database | Transaction,
  caller: Caller,
  id: string,
  options: { readonly lock?: boolean; readonly deleted?: boolean } = {},
): Promise<Server> {
  if (!isUuid(id)) throw serverNotFound(id);
  let query = tablesOf(database).selectFrom('compute.servers').selectAll().where('id', '=', id);
  if (!options.deleted) query = query.where('deleted_at', 'is', null);
  if (!caller.isAdmin) query = query.where('project_id', '=', caller.projectId ?? '');
  if (options.lock) query = query.forUpdate();
  const server = await query.executeTakeFirst();
  if (!server) throw serverNotFound(id);
  return server;
}

/** Servers that are not deleted, by id. */
export async function loadServers(
  database: Database | Transaction,
  ids: readonly string[],
  options: { readonly lock?: boolean } = {},
): Promise<Server[]> {
  if (ids.length === 0) return [];
  const query = tablesOf(database)
    .selectFrom('compute.servers')
    .selectAll()
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .where('deleted_at', 'is', null);
  return (options.lock ? query.forUpdate() : query).execute();
}

/** Changes a server that the transaction has locked; counts its revision up. */
export async function updateServer(
  transaction: Transaction,
  id: string,
  change: ServerChange,
): Promise<Server> {
  return tablesOf(transaction)
    .updateTable('compute.servers')
    .set((row) => ({
      updated_at: sql<Date>`clock_timestamp()`,
      ...change,
      revision: row('revision', '+', 1),
    }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The same without a lock, if nobody changed it since it was read; false when somebody did. */
export async function updateServerAt(
  database: Database | Transaction,
  server: Pick<Server, 'id' | 'revision'>,
  change: ServerChange,
): Promise<boolean> {
  const row = await tablesOf(database)
    .updateTable('compute.servers')
    .set((columns) => ({
      updated_at: sql<Date>`clock_timestamp()`,
      ...change,
      revision: columns('revision', '+', 1),
    }))
    .where('id', '=', server.id)
    .where('revision', '=', server.revision)
    .where('deleted_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** The servers' ports, in the order of their interfaces. */
export async function portsOfServers(
  database: Database | Transaction,
  serverIds: readonly string[],
): Promise<ServerPort[]> {
  if (serverIds.length === 0) return [];
  return tablesOf(database)
    .selectFrom('compute.server_ports')
    .selectAll()
    .where('server_id', '=', sql<string>`any(${serverIds}::uuid[])`)
    .orderBy('server_id')
    .orderBy('position')
    .execute();
}

/** Servers' ports by their own ids. */
export async function serverPorts(
  database: Database | Transaction,
  portIds: readonly string[],
): Promise<ServerPort[]> {
  if (portIds.length === 0) return [];
  return tablesOf(database)
    .selectFrom('compute.server_ports')
    .selectAll()
    .where('port_id', '=', sql<string>`any(${portIds}::uuid[])`)
    .execute();
}

/** Servers that these ports belong to. */
export const serversOfPorts = async (
  database: Database,
  portIds: readonly string[],
): Promise<string[]> => [
  ...new Set((await serverPorts(database, portIds)).map((port) => port.server_id)),
];

/** Ids of servers that wait for something, or all that are not deleted. */
export async function serverIds(database: Database, which: 'unsettled' | 'all'): Promise<string[]> {
  let query = tablesOf(database)
    .selectFrom('compute.servers')
    .select('id')
    .where('deleted_at', 'is', null);
  if (which === 'unsettled')
    query = query.where((where) =>
      where.or([
        where('task_state', 'is not', null),
        where('vm_state', 'in', ['building', 'error']),
      ]),
    );
  return (await query.execute()).map((row) => row.id);
}

/** Of the host of `s`, with its row `h`: where it never told a chassis, it is its own. */
const CHASSIS = sql<string>`coalesce(h.chassis, s.host)`;

/** Which networks have servers on which chassis: each such pair needs a metadata port. */
export async function servedNetworks(
  database: Database,
  pairs?: readonly { host: string; networkId: string }[],
): Promise<{ host: string; networkId: string }[]> {
  let query = tablesOf(database)
    .selectFrom('compute.server_ports as p')
    .innerJoin('compute.servers as s', 's.id', 'p.server_id')
    .leftJoin('compute.hosts as h', 'h.name', 's.host')
    .select(['p.network_id', CHASSIS.as('host')])
    .distinct()
    .where('s.host', 'is not', null)
    .where('s.deleted_at', 'is', null);
  if (pairs !== undefined) {
    if (pairs.length === 0) return [];
    query = query.where((where) =>
      where.or(
        pairs.map(({ host, networkId }) =>
          where.and([where(CHASSIS, '=', host), where('p.network_id', '=', networkId)]),
        ),
      ),
    );
  }
  return (await query.execute()).map((row) => ({ host: row.host!, networkId: row.network_id }));
}
