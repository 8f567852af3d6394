import type { TableMonitor } from './client.ts';
import { decode } from './codec.ts';
import { OvsdbError } from './error.ts';
import type { MirrorStore, TableUpdates } from '../mirror/mirror-store.ts';
import type { Condition } from './operation.ts';
import type { RpcConnection } from './rpc.ts';
import type { Column, Schema } from './schema.ts';
import { encodeWhere } from './transaction.ts';

/** The monitor methods, newest first: each is the fallback of the one before. */
const METHODS = ['monitor_cond_since', 'monitor_cond', 'monitor'] as const;
export type MonitorMethod = (typeof METHODS)[number];

const MONITOR_ID = 'mirror';
export const NO_TRANSACTION = '00000000-0000-0000-0000-000000000000';

/** What the mirror wants of each table. */
export type TableMonitors = ReadonlyMap<string, TableMonitor>;

/** Reads either form of `ConnectOptions.monitor`. */
export function readMonitors(request: unknown): TableMonitors {
  if (request === undefined) return new Map();
  if (Array.isArray(request)) return new Map((request as string[]).map((table) => [table, {}]));
  return new Map(
    Object.entries(request as Record<string, true | TableMonitor | undefined>)
      .filter((entry): entry is [string, true | TableMonitor] => entry[1] !== undefined)
      .map(([table, monitor]) => [table, monitor === true ? {} : monitor]),
  );
}

/** Keeps a mirror up to date over one connection after the other. */
export class Monitor {
  readonly #mirror: MirrorStore;
  readonly #monitors: TableMonitors;
  /** The newest method that the server turned out to know. */
  #method: MonitorMethod = METHODS[0];
  /** Of the latest update in the mirror; a cluster can go on from there. */
  #lastTransaction = NO_TRANSACTION;
  #schema: Schema | undefined;

  constructor(mirror: MirrorStore, monitors: TableMonitors) {
    this.#mirror = mirror;
    this.#monitors = monitors;
  }

  get method(): MonitorMethod {
    return this.#method;
  }

  /** Fills the mirror, or brings it up to date when the server still knows the last update that it got. */
  async start(connection: RpcConnection, schema: Schema, timeout: number): Promise<void> {
    // Positions in the log of another schema mean nothing for the columns of this one.
    if (this.#schema?.version !== schema.version) this.#lastTransaction = NO_TRANSACTION;
    this.#schema = schema;
    const columns = monitoredColumns(schema, this.#monitors);
    this.#mirror.describe(columns);
    if (columns.size === 0) {
      this.#mirror.replaceAll({});
      return;
    }
    for (;;) {
      const method = this.#method;
      try {
        await connection.request(method, this.#parameters(schema, columns), {
          timeout,
          received: (result) => this.#received(method, result),
        });
        return;
      } catch (error) {
        const next = METHODS[METHODS.indexOf(method) + 1];
        if (
          !(error instanceof OvsdbError) ||
          error.error !== 'unknown method' ||
          next === undefined
        )
          throw error;
        this.#method = next;
      }
    }
  }

  /** Applies an update notification; false when the notification is none of ours. */
  notified(method: string, params: readonly unknown[]): boolean {
    if (params[0] !== MONITOR_ID) return false;
    if (method === 'update3') {
      this.#mirror.apply(params[2] as TableUpdates);
      this.#lastTransaction = String(params[1]);
    } else if (method === 'update2') {
      this.#mirror.apply(params[1] as TableUpdates);
    } else if (method === 'update') {
      this.#mirror.apply(this.#choose(params[1] as TableUpdates));
    } else {
      return false;
    }
    return true;
  }

  #parameters(
    schema: Schema,
    columns: ReadonlyMap<string, ReadonlyMap<string, Column>>,
  ): unknown[] {
    const requests: Record<string, unknown> = {};
    for (const [table, known] of columns) {
      const where = this.#monitors.get(table)?.where;
      const conditional = this.#method !== 'monitor' && where !== undefined;
      requests[table] = [
        {
          columns: [...known.keys()],
          // No condition at all would mean every row.
          ...(conditional
            ? { where: where.length === 0 ? [false] : encodeWhere(schema, table, where) }
            : {}),
        },
      ];
    }
    const parameters: unknown[] = [schema.name, MONITOR_ID, requests];
    if (this.#method === 'monitor_cond_since') parameters.push(this.#lastTransaction);
    return parameters;
  }

  #received(method: MonitorMethod, result: unknown): void {
    if (method !== 'monitor_cond_since') {
      this.#lastTransaction = NO_TRANSACTION;
      const updates = result as TableUpdates;
      this.#mirror.replaceAll(method === 'monitor' ? this.#choose(updates) : updates);
      return;
    }
    const [found, transaction, updates] = result as [boolean, string, TableUpdates];
    if (found) this.#mirror.apply(updates);
    else this.#mirror.replaceAll(updates);
    this.#lastTransaction = transaction;
  }

  /** What conditions leave over, where the server knows none (plain `monitor`). */
  #choose(updates: TableUpdates): TableUpdates {
    const chosen: Record<string, TableUpdates[string]> = {};
    for (const [table, rows] of Object.entries(updates)) {
      const where = this.#monitors.get(table)?.where;
      const columns = this.#schema?.tables.get(table)?.columns;
      chosen[table] =
        where === undefined || columns === undefined
          ? rows
          : Object.fromEntries(
              Object.entries(rows).map(([uuid, update]) => [
                uuid,
                update.new === undefined ||
                where.some((condition) => holds(columns, condition, update.new!))
                  ? update
                  : {},
              ]),
            );
    }
    return chosen;
  }
}

/** The columns that the mirror asks for, of those that the server has. */
export function monitoredColumns(
  schema: Schema,
  monitors: TableMonitors,
): ReadonlyMap<string, ReadonlyMap<string, Column>> {
  const tables = new Map<string, ReadonlyMap<string, Column>>();
  for (const [name, { columns }] of monitors) {
    const table = schema.tables.get(name);
    if (table === undefined) continue;
    const wanted = columns === undefined ? undefined : new Set(columns);
    tables.set(
      name,
      new Map([...table.columns].filter(([column]) => wanted === undefined || wanted.has(column))),
    );
  }
  return tables;
}

/** RFC 7047 §5.1 `<condition>` on a row as it came; only what monitors use: (in)equality and inclusion. */
function holds(
  columns: ReadonlyMap<string, Column>,
  condition: Condition,
  row: Readonly<Record<string, unknown>>,
): boolean {
  const [name, comparison, value] = condition;
  const column = columns.get(name);
  if (column === undefined || !Object.hasOwn(row, name)) return false;
  const live = decode(column, row[name]);
  const elements = Array.isArray(live) ? live : [live];
  const wanted: unknown[] = Array.isArray(value) ? value : [value];
  const includes = wanted.every((element) => elements.includes(element as never));
  switch (comparison) {
    case '==':
      return includes && wanted.length === elements.length;
    case '!=':
      return !(includes && wanted.length === elements.length);
    case 'includes':
      return includes;
    case 'excludes':
      return !wanted.some((element) => elements.includes(element as never));
    default:
      throw new OvsdbError(
        'bad value',
        `a monitor of ${column.table} by ${comparison} needs a server with monitor_cond`,
      );
  }
}
