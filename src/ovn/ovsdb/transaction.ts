import type { Commit, OperationResult } from './client.ts';
import { decode, encode, encodePart } from './codec.ts';
import { OvsdbError } from './error.ts';
import type { LiveRow } from '../desired.ts';
import type { Columns, Comparison, Condition, Mutation, Operation, Where } from './operation.ts';
import { columnOf, tableOf } from './schema.ts';
import type { Schema } from './schema.ts';
import { NamedUuid } from './value.ts';

/** Operations as the server wants them (RFC 7047 §5.2). Throws `OvsdbError` naming the operation that is wrong. */
export function encodeOperations(schema: Schema, operations: readonly Operation[]): unknown[] {
  return operations.map((operation, position) => {
    try {
      return encodeOperation(schema, operation);
    } catch (error) {
      if (!(error instanceof OvsdbError)) throw error;
      throw new OvsdbError(error.error, error.details, { position, operation, cause: error });
    }
  });
}

function encodeOperation(schema: Schema, operation: Operation): unknown {
  const { op } = operation;
  if (!('table' in operation)) return operation;
  const { table } = operation;
  tableOf(schema, table);
  if (op === 'insert') {
    const { row, name, uuid } = operation;
    return {
      op,
      table,
      row: encodeRow(schema, table, row),
      ...(name === undefined ? {} : { 'uuid-name': name }),
      ...(uuid === undefined ? {} : { uuid }),
    };
  }
  const where = encodeWhere(schema, table, operation.where);
  switch (op) {
    case 'update':
      return { op, table, where, row: encodeRow(schema, table, operation.row) };
    case 'mutate':
      return {
        op,
        table,
        where,
        mutations: operation.mutations.map((mutation) => encodeMutation(schema, table, mutation)),
      };
    case 'select':
      return {
        op,
        table,
        where,
        ...(operation.columns === undefined
          ? {}
          : { columns: [...new Set(['_uuid', ...operation.columns])] }),
      };
    case 'wait': {
      const { until, rows, columns, timeout } = operation;
      return {
        op,
        table,
        where,
        until,
        timeout,
        columns,
        rows: rows.map((row) => encodeRow(schema, table, row)),
      };
    }
    default:
      return { op, table, where };
  }
}

function encodeRow(schema: Schema, table: string, row: Columns): Record<string, unknown> {
  const encoded: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (value !== undefined) encoded[name] = encode(columnOf(schema, table, name), value);
  }
  return encoded;
}

/** Conditions as the server wants them, for transactions and monitors. */
export function encodeWhere(schema: Schema, table: string, where: Where): unknown[] {
  if (typeof where === 'string' || where instanceof NamedUuid)
    return encodeWhere(schema, table, [['_uuid', '==', where]]);
  return where.map((condition) => encodeCondition(schema, table, condition));
}

const PARTIAL: ReadonlySet<Comparison> = new Set(['includes', 'excludes']);

function encodeCondition(
  schema: Schema,
  table: string,
  [name, comparison, value]: Condition,
): unknown {
  const column = columnOf(schema, table, name);
  const encoded =
    column.kind === 'scalar'
      ? encode(column, value)
      : PARTIAL.has(comparison)
        ? encodePart(column, value, 'elements')
        : column.max === 1 && comparison !== '==' && comparison !== '!='
          ? encodePart(column, value, 'scalar')
          : encode(column, value);
  return [name, comparison, encoded];
}

function encodeMutation(schema: Schema, table: string, [name, mutator, value]: Mutation): unknown {
  const column = columnOf(schema, table, name);
  const use = mutator === 'insert' ? 'elements' : mutator === 'delete' ? 'keys' : 'scalar';
  return [name, mutator, encodePart(column, value, use)];
}

/** Reads the reply to `transact`; throws the `OvsdbError` of the operation that failed. */
export function readReply(
  schema: Schema,
  operations: readonly Operation[],
  reply: unknown,
  sequence: number,
): Commit {
  if (!Array.isArray(reply))
    throw new OvsdbError('bad message', 'the reply to transact is no array');
  const uuids = new Map<string, string>();
  const results = reply.map((result: unknown, position): OperationResult => {
    if (typeof result !== 'object' || result === null) return {};
    const { error, details, count, uuid, rows } = result as Record<string, unknown>;
    const operation = operations[position];
    if (typeof error === 'string') {
      throw new OvsdbError(error, typeof details === 'string' ? details : undefined, {
        position: operation === undefined ? undefined : position,
        operation,
      });
    }
    if (operation?.op === 'insert' && Array.isArray(uuid)) {
      if (operation.name !== undefined) uuids.set(operation.name, String(uuid[1]));
      return { uuid: String(uuid[1]) };
    }
    if (operation?.op === 'select' && Array.isArray(rows)) {
      return {
        rows: rows.map((row) => readRow(schema, operation.table, row as Record<string, unknown>)),
      };
    }
    return typeof count === 'number' ? { count } : {};
  });
  return { results: results.slice(0, operations.length), uuids, sequence };
}

function readRow(schema: Schema, table: string, row: Record<string, unknown>): LiveRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, wire]) => [name, decode(columnOf(schema, table, name), wire)]),
  ) as LiveRow;
}
