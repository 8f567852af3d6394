import type { DesiredRow, LiveRow, Projection, TableProjection } from '../desired.ts';
import { OvsdbError } from '../ovsdb/error.ts';
import type { Mirror, RowIndex } from '../mirror/mirror.ts';
import type { Schema } from '../ovsdb/schema.ts';

/** A row and what the projection says about it. */
export interface ProjectedRow {
  readonly table: string;
  readonly row: LiveRow;
}

interface ProjectedTable {
  readonly projection: TableProjection;
  readonly byOwner: RowIndex<LiveRow>;
  readonly byKey: RowIndex<LiveRow>;
}

let views = 0;
const NONE: readonly never[] = [];

/**
 * The mirror as a projection sees it: rows by owner and by key, each kept up to date with the change of a row, so
 * that looking at one owner costs the same however many others there are.
 */
export class LiveView {
  readonly projection: Projection;
  readonly #mirror: Mirror;
  readonly #tables: ReadonlyMap<string, ProjectedTable>;
  readonly #schemaOf: () => Schema | undefined;
  readonly #children = new Map<string, { column: string; child: string }[]>();
  /** Columns by table that some row was ever wanted to have a value in. */
  readonly #desired = new Map<string, Set<string>>();
  /** Owner → rows that are no longer recognised as its own, since somebody changed what tells so. */
  readonly #remembered = new Map<string, Map<string, string>>();

  constructor(mirror: Mirror, projection: Projection, schemaOf: () => Schema | undefined) {
    this.projection = projection;
    this.#mirror = mirror;
    this.#schemaOf = schemaOf;
    const view = `projection ${++views}`;
    this.#tables = new Map(
      Object.entries(projection.tables).map(([name, table]) => {
        const live = mirror.table(name);
        return [
          name,
          {
            projection: table,
            byOwner: live.index(`${view}: owner`, (row) => table.owner(row)),
            byKey: live.index(`${view}: key`, (row) => table.key(row)),
          },
        ];
      }),
    );
    for (const { table, column, child } of projection.memberships) {
      // Made now rather than when the first port is planned.
      mirror.table(table).uuidsOf(column, '');
      const children = this.#children.get(table);
      if (children === undefined) this.#children.set(table, [{ column, child }]);
      else children.push({ column, child });
    }
  }

  /** The server's schema; throws `OvsdbError` "not connected" when there is none at the moment. */
  get schema(): Schema {
    const schema = this.#schemaOf();
    if (schema === undefined)
      throw new OvsdbError('not connected', `${this.projection.database} is not connected`);
    return schema;
  }

  /** Whether the projection names the table. */
  knows(table: string): boolean {
    return this.#tables.has(table);
  }

  /** All rows of an owner, in all tables. */
  ofOwner(owner: string): ProjectedRow[] {
    const rows: ProjectedRow[] = [];
    for (const [table, { byOwner }] of this.#tables) {
      for (const row of byOwner.find(owner)) rows.push({ table, row });
    }
    return rows;
  }

  /** Every owner that has rows. */
  owners(): Set<string> {
    const owners = new Set<string>();
    for (const { byOwner } of this.#tables.values())
      for (const owner of byOwner.keys()) owners.add(owner);
    return owners;
  }

  /**
   * Rows with this key, others' included; the same order in every process. The one with the most members is the
   * first: to keep it rather than its twin moves nothing.
   */
  byKey(table: string, key: string): readonly LiveRow[] {
    const rows = this.#tables.get(table)?.byKey.find(key) ?? [];
    if (rows.length < 2) return rows;
    const members = (row: LiveRow) =>
      this.childrenOf(table).reduce(
        (sum, { column }) => sum + ((row[column] as readonly unknown[] | undefined)?.length ?? 0),
        0,
      );
    return rows.toSorted((a, b) => members(b) - members(a) || (a._uuid < b._uuid ? -1 : 1));
  }

  /** How many rows have this key. */
  count(table: string, key: string): number {
    return this.#tables.get(table)?.byKey.find(key).length ?? 0;
  }

  keyOf(table: string, row: LiveRow): string | undefined {
    return this.#tables.get(table)?.projection.key(row);
  }

  ownerOf(table: string, row: LiveRow): string | undefined {
    return this.#tables.get(table)?.projection.owner(row);
  }

  /** The owner of a row that is there. */
  ownerOfUuid(table: string, uuid: string): string | undefined {
    const row = this.#mirror.table(table).get(uuid);
    return row === undefined ? undefined : this.ownerOf(table, row);
  }

  /** In which of its columns a table has members. */
  childrenOf(table: string): readonly { column: string; child: string }[] {
    return this.#children.get(table) ?? NONE;
  }

  /** Notes which columns are ours: others' changes of the rest concern nobody. */
  learn({ table, columns, entries }: DesiredRow): void {
    let known = this.#desired.get(table);
    if (known === undefined) this.#desired.set(table, (known = new Set()));
    for (const column in columns) known.add(column);
    for (const column in entries) known.add(column);
  }

  /** What a row holds in columns of ours, as a difference shows a row that goes. */
  heldBy(table: string, row: LiveRow): Record<string, readonly [unknown, undefined]> {
    const columns = [...(this.#desired.get(table) ?? [])];
    return Object.fromEntries(columns.map((name) => [name, [row[name], undefined] as const]));
  }

  isDesired(table: string, column: string): boolean {
    return this.#desired.get(table)?.has(column) === true;
  }

  /** Remembers that a row was the owner's, though its name or ids no longer say so. */
  remember(owner: string, table: string, key: string, uuid: string): void {
    let rows = this.#remembered.get(owner);
    if (rows === undefined) this.#remembered.set(owner, (rows = new Map()));
    rows.set(`${table}\n${key}`, uuid);
  }

  /**
   * The row that was the owner's under this key until somebody changed that, unless it is another owner's now or one
   * that the owner wants as it is.
   */
  remembered(
    owner: string,
    { table, key }: DesiredRow,
    wanted: readonly DesiredRow[],
  ): LiveRow | undefined {
    const uuid = this.#remembered.get(owner)?.get(`${table}\n${key}`);
    const row = uuid === undefined ? undefined : this.#mirror.table(table).get(uuid);
    if (row === undefined) return undefined;
    const claimed = this.ownerOf(table, row);
    if (claimed === undefined) return row;
    const name = this.keyOf(table, row);
    const isWanted = wanted.some((other) => other.table === table && other.key === name);
    return claimed === owner && !isWanted ? row : undefined;
  }

  /** The owner has all its rows again. */
  forget(owner: string): void {
    this.#remembered.delete(owner);
  }

  /** Which rows have the uuid in their set column. */
  parents(table: string, column: string, uuid: string): ReadonlySet<string> {
    return this.#mirror.table(table).uuidsOf(column, uuid);
  }

  /** The parent's key for people, or its uuid. */
  name(table: string, uuid: string): string {
    const row = this.#mirror.table(table).get(uuid);
    return (row === undefined ? undefined : this.keyOf(table, row)) ?? uuid;
  }
}
