import { sql, type Selectable } from 'kysely';
import { newUuid } from '../../../core/ids.ts';
import type { Database, Transaction } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import { tablesOf, type InstanceActionRow, type InstanceEventRow } from '../tables.ts';

export type InstanceAction = Selectable<InstanceActionRow>;
export type InstanceEvent = Selectable<InstanceEventRow>;

/** Writes down that somebody ordered something of servers; `event` stays open until it is carried out. */
export async function recordActions(
  transaction: Transaction,
  caller: Caller,
  requestId: string,
  servers: readonly { readonly id: string; readonly host: string | null }[],
  action: string,
  event?: { readonly name: string; readonly failure?: string; readonly done?: boolean },
): Promise<void> {
  if (servers.length === 0) return;
  const ids = servers.map(({ id }) => id);
  const failure = event?.failure ?? null;
  const actions = sql`
    insert into compute.instance_actions (server_id, request_id, action, project_id, user_id, message)
    select id, ${requestId}, ${action}, ${caller.projectId ?? ''}, ${caller.userId},
      ${failure === null ? null : 'Error'}::text
    from unnest(${ids}::uuid[]) as servers (id) on conflict do nothing`;
  if (event === undefined) {
    await actions.execute(transaction);
    return;
  }
  const finished = failure !== null || event.done === true;
  const result = finished ? (failure === null ? 'Success' : 'Error') : null;
  await sql`
    with actions as (${actions})
    insert into compute.instance_events (server_id, request_id, event, host, finished_at, result, details)
    select id, ${requestId}, ${event.name}, host, ${finished ? new Date() : null}::timestamptz,
      ${result}::text, ${failure}::text
    from unnest(${ids}::uuid[], ${servers.map(({ host }) => host)}::text[]) as servers (id, host)
    on conflict do nothing
  `.execute(transaction);
}

/** Writes down that a server's main process ended by itself: as Nova does it, a `stop` that nobody ordered. */
export async function recordEnd(
  transaction: Transaction,
  server: { readonly id: string; readonly host: string | null; readonly project_id: string },
  what: string,
): Promise<void> {
  const requestId = `req-${newUuid()}`;
  const tables = tablesOf(transaction);
  await tables
    .insertInto('compute.instance_actions')
    .values({
      server_id: server.id,
      request_id: requestId,
      action: 'stop',
      project_id: server.project_id,
      user_id: '',
      message: what,
    })
    .execute();
  await tables
    .insertInto('compute.instance_events')
    .values({
      server_id: server.id,
      request_id: requestId,
      event: 'compute_stop_instance',
      host: server.host,
      finished_at: new Date(),
      result: 'Success',
      details: what,
    })
    .execute();
}

/** All that was under way for the server has come to an end. */
export async function finishEvents(
  transaction: Transaction,
  serverId: string,
  result: 'Success' | 'Error',
  details?: string,
): Promise<void> {
  await sql`
    with finished as (
      update compute.instance_events
      set finished_at = clock_timestamp(), result = ${result}, details = ${details ?? null}
      where server_id = ${serverId} and finished_at is null returning request_id
    )
    update compute.instance_actions
    set updated_at = clock_timestamp(), message = ${result === 'Error' ? 'Error' : null}
    where server_id = ${serverId} and request_id in (select request_id from finished)
  `.execute(transaction);
}

/** A server's actions, the newest first. */
export const listActions = (database: Database, serverId: string): Promise<InstanceAction[]> =>
  tablesOf(database)
    .selectFrom('compute.instance_actions')
    .selectAll()
    .where('server_id', '=', serverId)
    .orderBy('started_at', 'desc')
    .orderBy('request_id', 'desc')
    .execute();

export const findAction = (
  database: Database,
  serverId: string,
  requestId: string,
): Promise<InstanceAction | undefined> =>
  tablesOf(database)
    .selectFrom('compute.instance_actions')
    .selectAll()
    .where('server_id', '=', serverId)
    .where('request_id', '=', requestId)
    .executeTakeFirst();

export const listEvents = (
  database: Database,
  serverId: string,
  requestId: string,
): Promise<InstanceEvent[]> =>
  tablesOf(database)
    .selectFrom('compute.instance_events')
    .selectAll()
    .where('server_id', '=', serverId)
    .where('request_id', '=', requestId)
    .orderBy('started_at')
    .execute();
