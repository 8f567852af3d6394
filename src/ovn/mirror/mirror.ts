import type { LiveRow } from '../desired.ts';
import type { Atom } from '../ovsdb/value.ts';

/** The rows of a database's tables by table name, as `models/` has them. */
export type TableTypes = { readonly [table: string]: LiveRow };

/** Tables whose columns nobody described. */
export type AnyTables = { readonly [table: string]: LiveRow };

/** One element of a set column, the value of a scalar column. */
export type ElementOf<Column> = Column extends readonly (infer Element)[] ? Element : Column;

/** What happened to one column, in elements: a scalar is one, a map tells only that it changed. */
export interface ColumnChange {
  readonly column: string;
  readonly removed: readonly Atom[];
  readonly added: readonly Atom[];
}

/** One row's change within one update: `before` is missing for new rows, `after` for those that went. */
export interface Change<Table extends string = string, Row = LiveRow> {
  readonly table: Table;
  readonly uuid: string;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
  /** The columns that changed, all of them for a new row; none for one that went. Reads no large set. */
  readonly columns: readonly ColumnChange[];
}

/** A change of any table, told apart by `table`. */
export type AnyChange<Tables extends TableTypes> = {
  [Table in keyof Tables & string]: Change<Table, Tables[Table]>;
}[keyof Tables & string];

/** Work that a mirror has done. */
export interface MirrorCounters {
  /** Rows handed to readers. */
  readonly rowsRead: number;
  /** Rows that the server inserted, changed or deleted. */
  readonly rowsChanged: number;
  /** Elements of sets that were looked at to apply changes. */
  readonly elementsTouched: number;
}

/** Rows found by what a function says about each of them; kept up to date with every change. */
export interface RowIndex<Row> {
  readonly name: string;
  /** Rows for which the function gave this key, oldest first. */
  find(key: string): readonly Row[];
  first(key: string): Row | undefined;
  /** All keys that some row has now. */
  keys(): IterableIterator<string>;
}

/** The live rows of one table. Rows are immutable: a change makes a new one. */
export interface MirrorTable<Row> {
  readonly name: string;
  readonly size: number;
  get(uuid: string): Row | undefined;
  rows(): IterableIterator<Row>;
  /**
   * Rows whose column is the value or, for a set column, contains it: `table('Logical_Switch').find('ports', uuid)`
   * are a port's switches. The first call for a column makes an index, so that each look-up costs the same
   * however many rows there are.
   */
  find<Column extends keyof Row & string>(
    column: Column,
    value: ElementOf<Row[Column]>,
  ): readonly Row[];
  /** The first of `find`. */
  first<Column extends keyof Row & string>(
    column: Column,
    value: ElementOf<Row[Column]>,
  ): Row | undefined;
  /** The uuids that `find` would give; reads no row. */
  uuidsOf(column: string, value: string | number | boolean): ReadonlySet<string>;
  /** Looks at every row. */
  filter(predicate: (row: Row) => boolean): Row[];
  /**
   * Declares an index by function (`undefined`: the row is not in it). Asking again for a name gives the same index.
   */
  index(name: string, keysOf: (row: Row) => string | readonly string[] | undefined): RowIndex<Row>;
}

/** A live copy of the monitored tables, at all times a state that the database has been in. */
export interface Mirror<Tables extends TableTypes = AnyTables> {
  readonly database: string;
  /** False until the first full copy is there; after a lost connection it stays true, the rows are then the last known. */
  readonly filled: boolean;
  /** Work done so far, for tests and metrics. */
  readonly counters: MirrorCounters;
  /** Number of updates applied. */
  readonly sequence: number;
  table<Table extends keyof Tables & string>(name: Table): MirrorTable<Tables[Table]>;
  /**
   * Calls the listener after each update has been applied as a whole, with what it changed (in the tables
   * named, or all). After a reconnect these are the changes missed meanwhile. Gives a function that ends it.
   */
  watch<Table extends keyof Tables & string = keyof Tables & string>(
    listener: (changes: readonly AnyChange<Pick<Tables, Table>>[]) => void,
    tables?: readonly Table[],
  ): () => void;
  /**
   * Resolves when the mirror holds what the commit wrote. The server sends a transaction's update before its
   * reply, so for this client's own commits that is at once; after a lost connection, when the mirror is back.
   */
  contains(commit: { readonly sequence: number }): Promise<void>;
}
