import type { LiveRow, Projection, TableProjection } from '../../../ovn/desired.ts';
import { uniqueBy } from '../collections/unique.ts';

/** What a live row is to us: which one, and whose. */
export interface Recognition {
  /** The row's identity in its table, as its `DesiredRow` has it. */
  readonly key: string;
  /** The object it belongs to: `port:<uuid>`. */
  readonly owner: string;
}

/** How rows of one table are told apart from others' rows and from each other. */
export interface RowRule {
  readonly table: string;
  /** Undefined: not a row of this rule. */
  recognise(row: LiveRow): Recognition | undefined;
}

/** A set column in which rows become members by their `parents`. */
export type MembershipRule = Projection['memberships'][number];

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** A column as text; the empty string when it has no value. */
export const textOf = (row: LiveRow, column: string): string => String(row[column] ?? '');

/** One of the row's `external_ids`. */
export const externalId = (row: LiveRow, name: string): string | undefined =>
  (row['external_ids'] as Readonly<Record<string, string>> | undefined)?.[name];

/** Rows whose name is a prefix, an object's id and a suffix (a regular expression, default the end). */
export function namedRows(table: string, kind: string, prefix: string, suffix = '$'): RowRule {
  const pattern = new RegExp(`^${prefix}(${UUID})${suffix}`);
  return {
    table,
    recognise(row) {
      const name = textOf(row, 'name');
      const match = pattern.exec(name);
      return match === null ? undefined : { key: name, owner: `${kind}:${match[1]}` };
    },
  };
}

/** Rows that say in `external_ids` whose they are: key and owner come from that id. */
export const identifiedRows = (
  table: string,
  kind: string,
  name: string,
  key: (id: string, row: LiveRow) => string = (id) => id,
): RowRule => ({
  table,
  recognise(row) {
    const id = externalId(row, name);
    return id === undefined ? undefined : { key: key(id, row), owner: `${kind}:${id}` };
  },
});

/** The projection of all these rules; for each row the first rule of its table that knows it counts. */
export function projectionOf(
  rules: readonly RowRule[],
  memberships: readonly MembershipRule[],
): Projection {
  const tables: Record<string, TableProjection> = {};
  for (const [table, own] of Map.groupBy(rules, (rule) => rule.table)) {
    const recognise = (row: LiveRow): Recognition | undefined => {
      for (const rule of own) {
        const found = rule.recognise(row);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    tables[table] = {
      key: (row) => recognise(row)?.key,
      owner: (row) => recognise(row)?.owner,
    };
  }
  return {
    database: 'OVN_Northbound',
    tables,
    memberships: uniqueBy(memberships, ({ table, column, child }) => `${table} ${column} ${child}`),
  };
}
