import { sql, type RawBuilder } from 'kysely';
import { badRequest } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import { booleanOf } from '../attributes/types.ts';
import type { Query } from './filters.ts';
import type { AnyNoun } from './noun.ts';

/** One column of an order; null counts as greater than everything. */
interface Term {
  readonly column: string;
  readonly descending: boolean;
}

/** Which part of a list is asked for, and in which order. */
export interface Page {
  readonly terms: readonly Term[];
  /** Largest number of rows; undefined: all. */
  readonly limit: number | undefined;
  readonly marker: string | undefined;
  /** The page before the marker instead of the one after it. */
  readonly reverse: boolean;
}

/** Reads `sort_key`, `sort_dir`, `limit`, `marker` and `page_reverse`. */
export function pageOf(noun: AnyNoun, query: Query): Page {
  const limit = query['limit']?.at(-1);
  if (limit !== undefined && !/^\d{1,9}$/.test(limit)) {
    throw badRequest(
      `Invalid input for limit. Reason: '${limit.slice(0, 100)}' is not a number of objects.`,
      'HTTPBadRequest',
    );
  }
  const marker = query['marker']?.at(-1);
  if (marker !== undefined && !isUuid(marker)) throw badMarker(marker);
  return {
    terms: termsOf(noun, query['sort_key'] ?? [], query['sort_dir'] ?? []),
    limit: limit === undefined || Number(limit) === 0 ? undefined : Number(limit),
    marker,
    reverse: booleanOf(query['page_reverse']?.at(-1)) ?? false,
  };
}

const badMarker = (marker: string) =>
  badRequest(
    `The marker ${marker.slice(0, 100)} is not the id of an object in this list.`,
    'HTTPBadRequest',
  );

function termsOf(noun: AnyNoun, keys: readonly string[], directions: readonly string[]): Term[] {
  if (directions.length > keys.length) {
    throw badRequest(
      `There are ${directions.length} sort_dir for ${keys.length} sort_key: each sort_key has at most one.`,
      'HTTPBadRequest',
    );
  }
  const terms = keys.map((key, index): Term => {
    const direction = directions[index] ?? 'asc';
    if (direction !== 'asc' && direction !== 'desc') {
      throw badRequest(
        `'${direction.slice(0, 100)}' is invalid for sort_dir: use asc or desc.`,
        'HTTPBadRequest',
      );
    }
    const column = Object.hasOwn(noun.attributes, key) ? noun.attributes[key]?.column : undefined;
    if (column === undefined) {
      throw badRequest(
        `'${key.slice(0, 100)}' is invalid attribute for sort_key of ${noun.plural}.`,
        'HTTPBadRequest',
      );
    }
    return { column, descending: direction === 'desc' };
  });
  // Without keys the oldest comes first; the id makes every order total, so that pages do not overlap.
  if (terms.length === 0) terms.push({ column: 'created_at', descending: false });
  if (!terms.some(({ column }) => column === 'id')) terms.push({ column: 'id', descending: false });
  return terms;
}

/** `order by` and `limit`. */
export function orderOf(page: Page): RawBuilder<unknown> {
  const terms = page.terms.map(
    ({ column, descending }) =>
      sql`${sql.ref(`o.${column}`)} ${sql.raw(descending === page.reverse ? 'asc nulls last' : 'desc nulls first')}`,
  );
  const limit = page.limit === undefined ? sql`` : sql` limit ${page.limit}`;
  return sql`order by ${sql.join(terms)}${limit}`;
}

/** Condition for rows behind the marker (in front of it for a reversed page), whose row's alias is `m`. */
export function behindMarker(noun: AnyNoun, page: Page): RawBuilder<boolean> | undefined {
  if (page.marker === undefined) return undefined;
  const alternatives = page.terms.map((term, index) => {
    const equal = page.terms
      .slice(0, index)
      .map(
        ({ column }) =>
          sql`${sql.ref(`o.${column}`)} is not distinct from ${sql.ref(`m.${column}`)}`,
      );
    const [here, there] = [sql.ref(`o.${term.column}`), sql.ref(`m.${term.column}`)];
    const later =
      term.descending === page.reverse
        ? sql`(${here} > ${there} or (${here} is null and ${there} is not null))`
        : sql`(${here} < ${there} or (${there} is null and ${here} is not null))`;
    return sql`(${sql.join([...equal, later], sql` and `)})`;
  });
  return sql<boolean>`exists (select 1 from ${sql.table(noun.table)} m
    where m.id = ${page.marker} and (${sql.join(alternatives, sql` or `)}))`;
}

/**
 * The `<plural>_links` of a page; only lists with a limit have them. As in Neutron a page has a link onwards, in the
 * direction of the reading, when it is full, even if nothing follows, and always a link backwards.
 */
export function linksOf(
  page: Page,
  target: { readonly url: string; readonly query: Query },
  rows: {
    readonly count: number;
    readonly first: string | undefined;
    readonly last: string | undefined;
  },
): { rel: string; href: string }[] | undefined {
  if (page.limit === undefined) return undefined;
  const link = (rel: string, marker: string | undefined, reverse: boolean) => {
    const parameters = new URLSearchParams();
    for (const [name, values] of Object.entries(target.query)) {
      if (name === 'marker' || name === 'page_reverse') continue;
      for (const value of values) parameters.append(name, value);
    }
    if (marker !== undefined) parameters.append('marker', marker);
    if (reverse) parameters.append('page_reverse', 'True');
    return { rel, href: `${target.url}?${parameters.toString()}` };
  };
  const links = [];
  const full = rows.count === page.limit;
  if (full || page.reverse) links.push(link('next', rows.last, false));
  if (full || !page.reverse) links.push(link('previous', rows.first, true));
  return links;
}
