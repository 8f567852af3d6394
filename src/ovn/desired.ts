/** What OVSDB can hold in a column, as plain values: uuids are references or strings. */
export type Scalar = string | number | boolean;

/** Points to another row by table and key; becomes its uuid, also when it is made in the same transaction. */
export interface Reference {
  readonly ref: { readonly table: string; readonly key: string };
}

/** A scalar; a set (array, in any order; empty array or null for an empty optional); or a map. */
export type DesiredValue =
  | Scalar
  | Reference
  | null
  | readonly (Scalar | Reference)[]
  | Readonly<Record<string, Scalar>>;

/** Says that the row is an element of a set column of its parent: a switch's `ports`, a port group's `acls`. */
export interface Membership {
  readonly table: string;
  readonly key: string;
  readonly column: string;
}

/** One row as it should be. Columns that are not named are not ours and stay as they are. */
export interface DesiredRow {
  readonly table: string;
  /** Natural identity in its table, as `TableProjection.key` reads it back from a live row. */
  readonly key: string;
  readonly columns: Readonly<Record<string, DesiredValue>>;
  /** Map columns of which only these entries are ours; others' entries stay (NB_Global.options). */
  readonly entries?: Readonly<Record<string, Readonly<Record<string, Scalar>>>>;
  /** All memberships this row should have; those it has in a declared membership column and not here are removed. */
  readonly parents?: readonly Membership[];
}

/** A row of the live mirror as plain values: sets are arrays, maps are records, uuids are strings, optionals are arrays of 0 or 1. */
export type LiveRow = Readonly<Record<string, unknown>> & { readonly _uuid: string };

/** How a table's live rows are recognised as ours. `undefined` twice means: not ours, never touched. */
export interface TableProjection {
  /** The row's natural identity. */
  key(row: LiveRow): string | undefined;
  /** The object that the row belongs to, such as `port:<uuid>`: only its owner updates or deletes it. */
  owner(row: LiveRow): string | undefined;
}

/** How a database is projected: its tables, and in which set columns rows become members by their own `parents`. */
export interface Projection {
  /** Name of the schema: `OVN_Northbound`, `Ovenbird`. */
  readonly database: string;
  readonly tables: Readonly<Record<string, TableProjection>>;
  readonly memberships: readonly {
    readonly table: string;
    readonly column: string;
    readonly child: string;
  }[];
  /** Columns whose values are nobody's business: differences name them and show nothing. */
  readonly undisclosed?: readonly string[];
}

/** The rows each owner should have. An owner with an empty list should have none. */
export type DesiredState = ReadonlyMap<string, readonly DesiredRow[]>;

/** One difference between desired and live, for people: `repair --dry-run` prints these. */
export interface Difference {
  readonly owner: string;
  readonly table: string;
  readonly key: string;
  readonly change: 'insert' | 'update' | 'delete' | 'join' | 'leave';
  /** Column → [live, desired], for updates. */
  readonly columns?: Readonly<Record<string, readonly [unknown, unknown]>>;
}

/**
 * Why rows were compared that nobody had changed through the API: somebody else wrote to the database, the regular
 * comparison found it, the control plane has started or connected anew, or a person asked for a repair.
 */
export type RepairCause = 'changed' | 'compared' | 'started' | 'reconnected' | 'requested';

/** A difference that nobody had asked for, and that has been corrected. */
export interface Repair extends Difference {
  readonly at: Date;
  readonly database: string;
  readonly cause: RepairCause;
  /**
   * The how many-th time in a row the same had to be corrected: more than once when somebody else insists. From the
   * fifth time on only every power of two is told.
   */
  readonly times: number;
}

/**
 * Keeps one OVSDB database equal to what PostgreSQL says. Level-triggered: `mark` says only *which* owner
 * changed; what it should look like is loaded afresh when its turn comes.
 */
export interface Projector {
  /** Compares everything and repairs it, now and after each reconnect; resolves after the first time. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** These owners may have changed. Cheap; several in one tick are one transaction. */
  mark(...owners: string[]): void;
  /**
   * Marks, and resolves true when a state at least as new as this call is committed; false when that takes
   * longer than the time given (default 5,000 ms): it will still be done when the database answers again.
   */
  settled(owners: readonly string[], timeoutMilliseconds?: number): Promise<boolean>;
  /** Full comparison without writing. */
  compare(): Promise<Difference[]>;
  /** Full comparison and repair; gives what was wrong. */
  repair(): Promise<Difference[]>;
  /** Tells what was corrected that nobody had asked for, after it is committed. Gives a function that ends it. */
  watchRepairs(listener: (repairs: readonly Repair[]) => void): () => void;
  /** Compares everything in the background, a pause of about so many seconds after the last time; 0: never. */
  compareEvery(seconds: number): void;
  /**
   * For so many milliseconds corrects nothing unless asked (`mark`, `repair`), so that a person can try something by
   * hand; what differs then is corrected afterwards. 0 ends it at once. A restart ends it too.
   */
  hold(milliseconds: number): void;
}
