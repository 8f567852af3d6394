import { encode, equal } from '../ovsdb/codec.ts';
import type { DesiredRow, DesiredValue, LiveRow, Reference, Scalar } from '../desired.ts';
import type { Mutation } from '../ovsdb/operation.ts';
import { isReference } from '../reference.ts';
import { columnOf } from '../ovsdb/schema.ts';
import type { Schema } from '../ovsdb/schema.ts';
import type { PlainValue, Value } from '../ovsdb/value.ts';

/** How a row differs from what it should be. */
export interface RowDifference {
  /** Columns to write as a whole. */
  readonly columns: Readonly<Record<string, Value>>;
  /** Entries of maps that are partly ours. */
  readonly mutations: readonly Mutation[];
  /** Column → [live, desired], for people. */
  readonly shown: Readonly<Record<string, readonly [unknown, unknown]>>;
}

/**
 * Compares in OVSDB's own normal form. Throws `OvsdbError` for columns that the server has not and for values
 * that do not fit them.
 */
export function compareRow(
  schema: Schema,
  desired: DesiredRow,
  live: LiveRow | undefined,
  resolve: (reference: Reference) => string,
): RowDifference {
  const columns: Record<string, Value> = {};
  const mutations: Mutation[] = [];
  const shown: Record<string, readonly [unknown, unknown]> = {};
  for (const [name, given] of Object.entries(desired.columns)) {
    const column = columnOf(schema, desired.table, name);
    const value = resolveValue(given, resolve);
    if (live !== undefined && equal(column, live[name] as PlainValue, value)) continue;
    encode(column, value);
    if (live !== undefined && !column.mutable) {
      throw new Error(
        `${desired.table} "${desired.key}": ${name} can not change once the row is made (${JSON.stringify(live[name])} to ${JSON.stringify(given)})`,
      );
    }
    columns[name] = value;
    shown[name] = [live?.[name], given];
  }
  for (const [name, entries] of Object.entries(desired.entries ?? {})) {
    const column = columnOf(schema, desired.table, name);
    const present = (live?.[name] ?? {}) as Readonly<Record<string, Scalar>>;
    const changed = Object.entries(entries).filter(
      ([key, value]) => !Object.hasOwn(present, key) || present[key] !== value,
    );
    if (changed.length === 0) continue;
    const wanted = Object.fromEntries(changed);
    encode(column, wanted);
    const stale = changed.map(([key]) => key).filter((key) => Object.hasOwn(present, key));
    if (live === undefined)
      columns[name] = { ...(columns[name] as Record<string, Scalar> | undefined), ...wanted };
    // An insert does not replace the value of a key that is there.
    if (stale.length > 0) mutations.push([name, 'delete', stale]);
    mutations.push([name, 'insert', wanted]);
    shown[name] = [Object.fromEntries(stale.map((key) => [key, present[key]!])), wanted];
  }
  return { columns, mutations, shown };
}

function resolveValue(value: DesiredValue, resolve: (reference: Reference) => string): Value {
  if (isReference(value)) return resolve(value);
  if (Array.isArray(value)) {
    return (value as readonly (Scalar | Reference)[]).map((element) =>
      isReference(element) ? resolve(element) : element,
    );
  }
  return value as Value;
}
