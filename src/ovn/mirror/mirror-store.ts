import type { Logger } from '../../core/log.ts';
import { OvsdbError } from '../ovsdb/error.ts';
import { Listeners } from '../listeners.ts';
import type { AnyTables, Change, Mirror, MirrorTable } from './mirror.ts';
import type { Column } from '../ovsdb/schema.ts';
import { TableStore } from './table-store.ts';

/** `<table-updates>` of RFC 7047 §4.1.6 or `<table-updates2>` of ovsdb-server(7) 4.1.14. */
export type TableUpdates = Readonly<Record<string, Readonly<Record<string, RowUpdate>>>>;
interface RowUpdate {
  readonly old?: Row;
  readonly new?: Row;
  readonly initial?: Row;
  readonly insert?: Row;
  readonly modify?: Row;
  readonly delete?: null;
}
type Row = Readonly<Record<string, unknown>>;

/** The mirror as its session writes it. */
export class MirrorStore implements Mirror<AnyTables> {
  readonly database: string;
  readonly counters = { rowsRead: 0, rowsChanged: 0, elementsTouched: 0 };
  readonly #tables: ReadonlyMap<string, TableStore>;
  readonly #watchers = new Listeners<readonly Change[]>();
  readonly #log: Logger | undefined;
  filled = false;
  sequence = 0;

  constructor(database: string, tables: readonly string[], log: Logger | undefined) {
    this.database = database;
    this.#tables = new Map(tables.map((table) => [table, new TableStore(table, this.counters)]));
    this.#log = log;
  }

  table(name: string): TableStore & MirrorTable<never> {
    const table = this.#tables.get(name);
    if (table === undefined) {
      throw new OvsdbError(
        'unknown table',
        `${this.database}.${name} is not among the tables that this client monitors`,
      );
    }
    return table as TableStore & MirrorTable<never>;
  }

  watch(listener: (changes: readonly never[]) => void, tables?: readonly string[]): () => void {
    const wanted = tables === undefined ? undefined : new Set(tables);
    return this.#watchers.add((changes) => {
      const chosen =
        wanted === undefined ? changes : changes.filter(({ table }) => wanted.has(table));
      if (chosen.length > 0 || changes.length === 0) listener(chosen as readonly never[]);
    });
  }

  contains(commit: { readonly sequence: number }): Promise<void> {
    if (this.sequence >= commit.sequence) return Promise.resolve();
    return new Promise((resolve) => {
      const end = this.watch(() => {
        if (this.sequence < commit.sequence) return;
        end();
        resolve();
      });
    });
  }

  /** Columns that the server will send, by table; a table that it has not is empty. */
  describe(columns: ReadonlyMap<string, ReadonlyMap<string, Column>>): void {
    for (const [name, table] of this.#tables) table.describe(columns.get(name) ?? new Map());
  }

  /** A full copy: whatever differs from it is changed, so that watchers only hear of real differences. */
  replaceAll(updates: TableUpdates): void {
    const changes: Change[] = [];
    for (const [name, table] of this.#tables) {
      const rows = updates[name] ?? {};
      for (const uuid of Array.from(table.uuids())) {
        if (!Object.hasOwn(rows, uuid)) push(changes, table.remove(uuid));
      }
      for (const [uuid, update] of Object.entries(rows)) {
        push(changes, table.replace(uuid, update.initial ?? update.insert ?? update.new ?? {}));
      }
    }
    this.#deliver(changes);
  }

  /** The differences since the last update. */
  apply(updates: TableUpdates): void {
    const changes: Change[] = [];
    for (const [name, rows] of Object.entries(updates)) {
      const table = this.#tables.get(name);
      if (table === undefined) continue;
      for (const [uuid, update] of Object.entries(rows)) {
        const row = update.new ?? update.insert ?? update.initial;
        if (row !== undefined) push(changes, table.replace(uuid, row));
        else if (update.modify !== undefined) push(changes, table.modify(uuid, update.modify));
        else push(changes, table.remove(uuid));
      }
    }
    this.#deliver(changes);
  }

  #deliver(changes: readonly Change[]): void {
    this.filled = true;
    this.sequence++;
    this.#watchers.tell(changes, (error) =>
      this.#log?.error({ err: error }, `a watcher of ${this.database} failed`),
    );
  }
}

function push(changes: Change[], change: Change | undefined): void {
  if (change !== undefined) changes.push(change);
}
