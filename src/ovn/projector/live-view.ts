import type { LiveRow, Projection, TableProjection } from '../desired.ts';
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

/**
 * The mirror as a projection sees it: rows by owner and by key, each kept up to date with the change of a row, so
 * that looking at one owner costs the same however many others there are.
 */
export class LiveView {
  readonly projection: Projection;
  readonly #mirror: Mirror;
  readonly #tables: ReadonlyMap<string, ProjectedTable>;
  readonly #schemaOf: () => Schema | undefined;

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
    // Made now rather than when the first port is planned.
    for (const { table, column } of projection.memberships) mirror.table(table).uuidsOf(column, '');
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

  /** Rows with this key, others' included; the same order in every process. */
  byKey(table: string, key: string): readonly LiveRow[] {
    const rows = this.#tables.get(table)?.byKey.find(key) ?? [];
    return rows.length < 2 ? rows : rows.toSorted((a, b) => (a._uuid < b._uuid ? -1 : 1));
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
