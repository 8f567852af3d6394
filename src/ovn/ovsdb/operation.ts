import type { NamedUuid, Value } from './value.ts';

/** Columns to write; the rest get their defaults (insert) or stay (update). */
export type Columns = Readonly<Record<string, Value>>;

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'includes' | 'excludes';

/** One clause of RFC 7047 §5.1 `<condition>`. */
export type Condition = readonly [column: string, comparison: Comparison, value: Value];

/** Which rows: one by its uuid, or all for which every condition holds (an empty list: all rows). */
export type Where = string | NamedUuid | readonly Condition[];

export type Mutator = '+=' | '-=' | '*=' | '/=' | '%=' | 'insert' | 'delete';

/** RFC 7047 §5.1 `<mutation>`. `delete` on a map takes keys (array) or pairs (record). */
export type Mutation = readonly [column: string, mutator: Mutator, value: Value];

/** One operation of a transaction (RFC 7047 §5.2), with plain values. */
export type Operation =
  | {
      readonly op: 'insert';
      readonly table: string;
      readonly row: Columns;
      readonly name?: string;
      readonly uuid?: string;
    }
  | { readonly op: 'update'; readonly table: string; readonly where: Where; readonly row: Columns }
  | {
      readonly op: 'mutate';
      readonly table: string;
      readonly where: Where;
      readonly mutations: readonly Mutation[];
    }
  | { readonly op: 'delete'; readonly table: string; readonly where: Where }
  | {
      readonly op: 'select';
      readonly table: string;
      readonly where: Where;
      readonly columns?: readonly string[];
    }
  | {
      readonly op: 'wait';
      readonly table: string;
      readonly where: Where;
      readonly until: '==' | '!=';
      readonly rows: readonly Columns[];
      readonly columns: readonly string[];
      /** Milliseconds; 0 fails at once. */
      readonly timeout: number;
    }
  | { readonly op: 'commit'; readonly durable: boolean }
  | { readonly op: 'comment'; readonly comment: string }
  | { readonly op: 'assert'; readonly lock: string }
  | { readonly op: 'abort' };

/**
 * Inserts a row; `name` lets other operations of the transaction refer to it by `named(name)`, `uuid` chooses its
 * uuid (ovsdb-server 2.13 and newer): a second insert of it then fails with `duplicate uuid`.
 */
export const insert = (table: string, row: Columns, name?: string, uuid?: string): Operation => ({
  op: 'insert',
  table,
  row,
  ...(name === undefined ? {} : { name }),
  ...(uuid === undefined ? {} : { uuid }),
});

export const update = (table: string, where: Where, row: Columns): Operation => ({
  op: 'update',
  table,
  where,
  row,
});

export const mutate = (table: string, where: Where, ...mutations: Mutation[]): Operation => ({
  op: 'mutate',
  table,
  where,
  mutations,
});

/** Deletes rows (`delete` is a word of the language). */
export const remove = (table: string, where: Where): Operation => ({ op: 'delete', table, where });

export const select = (
  table: string,
  where: Where = [],
  columns?: readonly string[],
): Operation => ({
  op: 'select',
  table,
  where,
  ...(columns === undefined ? {} : { columns }),
});

/**
 * Guard: the transaction goes on only if the named columns of the rows found are (`==`) or are not (`!=`) these.
 * With a timeout the server waits that long (milliseconds) for it to become so, else it fails with `timed out`.
 */
export const wait = (
  table: string,
  where: Where,
  until: '==' | '!=',
  rows: readonly Columns[],
  timeout = 0,
  columns: readonly string[] = [...new Set(rows.flatMap((row) => Object.keys(row)))],
): Operation => ({ op: 'wait', table, where, until, rows, columns, timeout });

/** With `durable`, the reply comes only after the transaction is on the disk. */
export const commit = (durable = true): Operation => ({ op: 'commit', durable });

/** A note for the server's log (`ovsdb-tool show-log`). */
export const comment = (text: string): Operation => ({ op: 'comment', comment: text });

/** The transaction fails with `not owner` unless this connection holds the lock. */
export const assertLock = (lock: string): Operation => ({ op: 'assert', lock });
