import { sql, type Expression, type RawBuilder, type SqlBool } from 'kysely';
import type { OperationRequest } from '../operation.ts';
import { badRequest } from '../../core/errors.ts';
import { readTime } from './times.ts';
import { couldNotFind } from './errors.ts';

type Request = Pick<OperationRequest, 'query' | 'serviceUrl' | 'target'>;

interface Selectable<Row> {
  where(expression: Expression<SqlBool>): this;
  orderBy(expression: Expression<unknown>): this;
  limit(rows: number): this;
  execute(): Promise<Row[]>;
}

/** What a list can be asked by: attribute → column and kind. */
export type Filters = Readonly<
  Record<string, { readonly column: string; readonly kind: 'text' | 'flag' | 'time' }>
>;

export const text = (column: string) => ({ column, kind: 'text' }) as const;
export const flag = (column: string) => ({ column, kind: 'flag' }) as const;
/** Asked for as `operator:time`, the operator one of lt, lte, gt, gte, eq, neq. */
export const time = (column: string) => ({ column, kind: 'time' }) as const;

/** Keystone reads every value but these as true; a bare `?enabled` is true. */
export const isTrue = (value: string): boolean => !/^(false|0|no|off)$/i.test(value);

/** The single value of a query parameter; the last one when it is repeated. */
export const one = (query: Request['query'], name: string): string | undefined =>
  query[name]?.at(-1);

const like = (value: string): string => value.replace(/[\\%_]/g, '\\$&');

/** `name__contains` and its kin: https://docs.openstack.org/api-ref/identity/v3/#filtering-and-search */
const COMPARATORS: Readonly<
  Record<string, (column: RawBuilder<unknown>, value: string) => RawBuilder<SqlBool>>
> = {
  contains: (column, value) => sql`${column} like ${`%${like(value)}%`}`,
  icontains: (column, value) => sql`${column} ilike ${`%${like(value)}%`}`,
  startswith: (column, value) => sql`${column} like ${`${like(value)}%`}`,
  istartswith: (column, value) => sql`${column} ilike ${`${like(value)}%`}`,
  endswith: (column, value) => sql`${column} like ${`%${like(value)}`}`,
  iendswith: (column, value) => sql`${column} ilike ${`%${like(value)}`}`,
};

const OPERATORS: Readonly<Record<string, RawBuilder<unknown>>> = {
  lt: sql`<`,
  lte: sql`<=`,
  gt: sql`>`,
  gte: sql`>=`,
  eq: sql`=`,
  neq: sql`<>`,
};

/** `lt:2016-11-06T15:32:17Z`; without an operator the time itself. */
function comparison(
  attribute: string,
  column: RawBuilder<unknown>,
  value: string,
): RawBuilder<SqlBool> {
  const [, operator = 'eq', text = ''] = /^(?:([a-z]+):)?(.*)$/s.exec(value) ?? [];
  const sign = OPERATORS[operator];
  if (sign === undefined) {
    throw badRequest(
      `Invalid filter ${attribute}: ${operator.slice(0, 20)} is no operator, there are ${Object.keys(OPERATORS).join(', ')}.`,
    );
  }
  return sql`${column} ${sign} ${readTime(text, attribute)}`;
}

function conditions(query: Request['query'], filters: Filters): RawBuilder<SqlBool>[] {
  const found: RawBuilder<SqlBool>[] = [];
  for (const [parameter, values] of Object.entries(query)) {
    const value = values.at(-1) ?? '';
    const [attribute = '', comparator] = parameter.split('__');
    const filter = filters[attribute];
    if (filter === undefined) continue; // Keystone ignores what it does not know
    const column = sql.ref(filter.column);
    if (comparator !== undefined) {
      const compare = filter.kind === 'text' ? COMPARATORS[comparator] : undefined;
      if (compare) found.push(compare(column, value));
    } else if (filter.kind === 'time') {
      found.push(comparison(attribute, column, value));
    } else if (filter.kind === 'flag') {
      found.push(sql`${column} = ${isTrue(value)}`);
    } else {
      found.push(
        value === '' || value === 'None' ? sql`${column} is null` : sql`${column} = ${value}`,
      );
    }
  }
  return found;
}

function limitOf(query: Request['query']): number | undefined {
  const given = one(query, 'limit');
  if (given === undefined) return undefined;
  if (!/^\d{1,9}$/.test(given) || Number(given) === 0) {
    throw badRequest(
      `Invalid input for query parameter limit: it must be a whole number of at least 1 (value: ${given.slice(0, 40)}).`,
    );
  }
  return Number(given);
}

/**
 * Answers a list: filters, order, `limit` and `marker` (the id of the last object seen), and Keystone's links.
 * @param key the collection's name in the document, such as `users`
 * @param order columns, the last of which is the id
 */
export async function collection<Row extends { id: string }>(
  request: Request,
  key: string,
  select: Selectable<Row>,
  options: {
    readonly filters: Filters;
    readonly table: string;
    readonly named: boolean;
    readonly view: (row: Row, serviceUrl: string) => unknown;
  },
): Promise<Record<string, unknown>> {
  const { query, serviceUrl } = request;
  const columns = options.named ? [sql.ref('name'), sql.ref('id')] : [sql.ref('id')];
  let selection = select;
  for (const condition of conditions(query, options.filters))
    selection = selection.where(condition);
  const marker = one(query, 'marker');
  if (marker !== undefined) {
    selection = selection.where(
      sql<SqlBool>`(${sql.join(columns)}) > (select ${sql.join(columns)} from ${sql.table(options.table)} where id = ${marker})`,
    );
  }
  for (const column of columns) selection = selection.orderBy(column);
  const limit = limitOf(query);
  const rows = await (limit === undefined ? selection : selection.limit(limit + 1)).execute();
  const more = limit !== undefined && rows.length > limit;
  const page = more ? rows.slice(0, limit) : rows;
  return {
    [key]: page.map((row) => options.view(row, serviceUrl)),
    links: links(request, more ? page.at(-1)?.id : undefined),
    ...(more ? { truncated: true } : {}),
  };
}

/** `links` of a list: the address that was asked, and that of the next page. */
export function links(request: Request, nextMarker?: string): Record<string, string | null> {
  const [path = '', search = ''] = request.target.split('?', 2);
  const self = request.serviceUrl.replace(/\/identity$/, '') + path;
  const next = new URLSearchParams(search);
  if (nextMarker !== undefined) next.set('marker', nextMarker);
  return {
    self: search === '' ? self : `${self}?${search}`,
    previous: null,
    next: nextMarker === undefined ? null : `${self}?${next}`,
  };
}

/** The row, or 404 in Keystone's words. */
export function found<Row>(row: Row | undefined, kind: string, id: string): Row {
  if (row === undefined) throw couldNotFind(kind, id);
  return row;
}
