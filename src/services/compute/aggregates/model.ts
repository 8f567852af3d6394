import { sql } from 'kysely';
import type { Database, Transaction } from '../../../database/database.ts';
import { newUuid } from '../../../core/ids.ts';

export interface Aggregate {
  readonly id: number;
  /** Its id in placement. */
  readonly uuid: string;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Names, in the order in which they came. */
  readonly hosts: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
}

/** All aggregates, or the one with this id, with their hosts. */
export async function loadAggregates(
  database: Database | Transaction,
  id?: number,
): Promise<Aggregate[]> {
  const chosen = id === undefined ? sql`` : sql`where a.id = ${id}`;
  const { rows } = await sql<Aggregate>`
    select a.id, a.uuid, a.name, a.metadata, a.created_at as "createdAt", a.updated_at as "updatedAt",
      array(select host from compute.aggregate_hosts h where h.aggregate_id = a.id order by number) as hosts
    from compute.aggregates a ${chosen} order by a.id
  `.execute(database);
  return rows;
}

/**
 * Until the transaction ends nobody else changes aggregates (`change`), or nobody changes them at all (`read`): zones
 * stay as they were found.
 */
export async function lockAggregates(
  transaction: Transaction,
  kind: 'change' | 'read',
): Promise<void> {
  const key = sql`hashtextextended('compute.aggregates', 0)`;
  await (
    kind === 'change'
      ? sql`select pg_advisory_xact_lock(${key})`
      : sql`select pg_advisory_xact_lock_shared(${key})`
  ).execute(transaction);
}

/** Makes an aggregate and gives its id; the violated constraint tells of a name that is taken. */
export async function insertAggregate(
  transaction: Transaction,
  name: string,
  metadata: Readonly<Record<string, string>>,
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into compute.aggregates (uuid, name, metadata)
    values (${newUuid()}, ${name}, ${JSON.stringify(metadata)}) returning id
  `.execute(transaction);
  return rows[0]!.id;
}

export async function updateAggregate(
  transaction: Transaction,
  id: number,
  values: { name: string; metadata: Readonly<Record<string, string>> },
): Promise<void> {
  await sql`
    update compute.aggregates set name = ${values.name}, metadata = ${JSON.stringify(values.metadata)},
      updated_at = clock_timestamp() where id = ${id}
  `.execute(transaction);
}

export async function deleteAggregate(transaction: Transaction, id: number): Promise<void> {
  await sql`delete from compute.aggregates where id = ${id}`.execute(transaction);
}

export async function addHost(transaction: Transaction, id: number, host: string): Promise<void> {
  await sql`
    insert into compute.aggregate_hosts (aggregate_id, host) values (${id}, ${host})
  `.execute(transaction);
}

export async function removeHost(
  transaction: Transaction,
  id: number,
  host: string,
): Promise<void> {
  await sql`
    delete from compute.aggregate_hosts where aggregate_id = ${id} and host = ${host}
  `.execute(transaction);
}

/** How many servers live on these hosts. */
export async function serversOn(
  transaction: Transaction,
  hosts: readonly string[],
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from compute.servers where host = any(${hosts}::text[]) and deleted_at is null
  `.execute(transaction);
  return rows[0]!.count;
}
