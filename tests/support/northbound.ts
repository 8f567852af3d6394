import { readFileSync } from 'node:fs';
import type { LiveRow, Projection } from '../../src/ovn/index.ts';
import { paths } from '../../src/core/configuration.ts';
import { type TestCloud } from './cloud.ts';
import { command } from './command.ts';

/** Columns that others write: northd, and who counts. */
const OBSERVED = new Set(['_uuid', 'up', 'dynamic_addresses', 'status', 'ipv6_prefix']);

const SCHEMA = JSON.parse(readFileSync('/usr/share/ovn/ovn-nb.ovsschema', 'utf8')) as {
  readonly tables: Readonly<Record<string, { readonly isRoot?: boolean }>>;
};

/** A row as `ovn-nbctl list` shows it. */
export interface NorthboundRow {
  readonly table: string;
  readonly uuid: string;
  /** Undefined for rows that are not ours. */
  readonly key: string | undefined;
  readonly columns: LiveRow;
}

/** Northbound as somebody with `ovn-nbctl` sees it and changes it by hand. */
export class HandOnNorthbound {
  readonly cloud: TestCloud;
  readonly projection: Projection;

  constructor(cloud: TestCloud, projection: Projection) {
    this.cloud = cloud;
    this.projection = projection;
  }

  /** Runs `ovn-nbctl`; fails with what it printed. */
  async run(...args: readonly string[]): Promise<string> {
    const database = `--db=unix:${paths(this.cloud.home).northbound}`;
    const output = await command('ovn-nbctl', [database, ...args]);
    if (output.code !== 0) throw new Error(`ovn-nbctl ${args.join(' ')}: ${output.stderr}`);
    return output.stdout.trim();
  }

  /** All rows of the tables of the projection. */
  async rows(): Promise<NorthboundRow[]> {
    const tables = Object.keys(this.projection.tables);
    // One process for all tables: each prints one line of JSON.
    const lists = tables.flatMap((table) => ['--', 'list', table]);
    const output = await this.run('--format=json', ...lists.slice(1));
    return output.split('\n').flatMap((line, index) => {
      const { headings, data } = JSON.parse(line) as { headings: string[]; data: unknown[][] };
      return data.map((cells) => {
        const columns = Object.fromEntries(
          headings.map((heading, at) => [heading, plain(cells[at])]),
        ) as unknown as LiveRow;
        const table = tables[index]!;
        const key = this.projection.tables[table]!.key(columns);
        return { table, uuid: String(columns._uuid), key, columns };
      });
    });
  }

  /** Everything in words that stay the same when a row is made again: keys stand for uuids. */
  async picture(): Promise<readonly string[]> {
    const rows = await this.rows();
    const names = new Map(rows.map(({ table, uuid, key }) => [uuid, key && `${table} ${key}`]));
    const named = (value: unknown): unknown => {
      if (typeof value === 'string') return names.get(value) ?? value;
      if (Array.isArray(value)) return value.map((element) => named(element)).toSorted();
      if (typeof value !== 'object' || value === null) return value;
      return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    };
    return rows
      .map(({ table, uuid, key, columns }) => {
        const cells = Object.entries(columns)
          .filter(([name]) => !OBSERVED.has(name))
          .map(([name, value]) => [name, named(value)]);
        return `${table} ${key ?? uuid} ${JSON.stringify(cells)}`;
      })
      .toSorted();
  }

  /** Whether rows can be deleted one by one; others live and die with the row that refers to them. */
  isRemovable(table: string): boolean {
    const isChild = this.projection.memberships.some(({ child }) => child === table);
    return isChild || SCHEMA.tables[table]?.isRoot === true;
  }

  /**
   * Deletes a row; one that lives by being in a set is taken out of it, for `destroy` says of such rows that all
   * went well and does nothing.
   */
  async remove({ table, uuid }: NorthboundRow): Promise<void> {
    if (SCHEMA.tables[table]?.isRoot === true) return void (await this.run('destroy', table, uuid));
    const rows = await this.rows();
    const parents = this.projection.memberships
      .filter(({ child }) => child === table)
      .flatMap(({ table: parentTable, column }) =>
        rows
          .filter((row) => row.table === parentTable && has(row, column, uuid))
          .flatMap((row) => ['--', 'remove', parentTable, row.uuid, column, uuid]),
      );
    if (parents.length === 0) throw new Error(`${table} ${uuid} cannot be deleted by hand`);
    await this.run(...parents.slice(1));
  }
}

/** Whether the set column of the row has the uuid; a set of one is shown as its element. */
export const has = ({ columns }: NorthboundRow, column: string, uuid: string): boolean =>
  [columns[column]].flat().includes(uuid);

/** RFC 7047 §5.1 values as plain ones. */
function plain(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const [kind, content] = value as [string, unknown];
  if (kind === 'uuid') return content;
  if (kind === 'set') return (content as unknown[]).map((element) => plain(element));
  return Object.fromEntries((content as unknown[][]).map(([name, of]) => [name, plain(of)]));
}
