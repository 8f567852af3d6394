import { sql, type Selectable } from 'kysely';
import type { Database, Transaction } from '../../../database/database.ts';
import type { PlacementService } from '../../placement/index.ts';
import type { Caller } from '../../identity/caller.ts';
import { tablesOf, type MoveRow, type PortProviders } from '../tables.ts';
import type { Server } from '../servers/model.ts';

export type Move = Selectable<MoveRow>;

/** Statuses of moves that are not over: a server has at most one of them. */
export const OPEN: readonly string[] = ['migrating', 'finished', 'reverting'];

/** Writes down that a server begins to move; from here on it is carried out, whoever dies. */
export async function insertMove(
  transaction: Transaction,
  caller: Caller,
  server: Server,
  move: Pick<Move, 'uuid' | 'type' | 'source_host' | 'dest_host' | 'new_flavor_id'> & {
    readonly allocations: PortProviders;
    readonly old_allocations: PortProviders;
  },
): Promise<Move> {
  return tablesOf(transaction)
    .insertInto('compute.moves')
    .values({
      ...move,
      status: 'migrating',
      allocations: JSON.stringify(move.allocations),
      old_allocations: JSON.stringify(move.old_allocations),
      server_id: server.id,
      project_id: caller.projectId ?? '',
      user_id: caller.userId,
      old_flavor: JSON.stringify(server.flavor),
      old_flavor_id: server.flavor_id,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The server's move that is not over yet. */
export const openMove = (
  database: Database | Transaction,
  serverId: string,
): Promise<Move | undefined> =>
  tablesOf(database)
    .selectFrom('compute.moves')
    .selectAll()
    .where('server_id', '=', serverId)
    .where('status', 'in', OPEN)
    .executeTakeFirst();

/** Says how far the server's open move has come; nothing happens when it has none. */
export async function markMove(
  transaction: Transaction,
  serverId: string,
  status: string,
): Promise<Move | undefined> {
  return tablesOf(transaction)
    .updateTable('compute.moves')
    .set({ status, updated_at: sql<Date>`clock_timestamp()` })
    .where('server_id', '=', serverId)
    .where('status', 'in', OPEN)
    .returningAll()
    .executeTakeFirst();
}

/** Ends the server's open move, if it has one: what it kept of its former resources is given back. */
export async function closeMove(
  transaction: Transaction,
  placement: Pick<PlacementService, 'release'>,
  serverId: string,
  status: 'confirmed' | 'reverted' | 'done' | 'error',
): Promise<void> {
  const move = await markMove(transaction, serverId, status);
  if (move) await placement.release(transaction, move.uuid);
}

/** Servers whose resize has waited for a decision longer than so many seconds. */
export async function undecidedServers(database: Database, seconds: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select server_id as id from compute.moves
    where status = 'finished' and updated_at < clock_timestamp() - make_interval(secs => ${seconds})
  `.execute(database);
  return rows.map(({ id }) => id);
}
