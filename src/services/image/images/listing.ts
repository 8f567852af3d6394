import { sql, type Kysely, type RawBuilder } from 'kysely';
import { badRequest } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import type { PropertyProtections } from '../properties/protections.ts';
import type { ImageRow, ImageTables } from '../tables.ts';

/** Glance's `limit_param_default` and `api_limit_max`. */
const DEFAULT_LIMIT = 25;
const MAXIMUM_LIMIT = 1000;

const SORT_KEYS = [
  'name', 'status', 'container_format', 'disk_format', 'size', 'id', 'created_at', 'updated_at',
] as const; // prettier-ignore
type SortKey = (typeof SORT_KEYS)[number];

/** Filters that accept several values as `in:a,b`. */
const IN_FILTERS = ['id', 'name', 'status', 'container_format', 'disk_format', 'checksum'] as const;
const EXACT_FILTERS = ['owner', 'os_hash_algo', 'os_hash_value'] as const;
const NUMBER_FILTERS = {
  min_disk: 'min_disk',
  min_ram: 'min_ram',
  size: 'size',
  virtual_size: 'virtual_size',
  size_min: 'size',
  size_max: 'size',
} as const;
const ATTRIBUTES: ReadonlySet<string> = new Set<string>([
  ...IN_FILTERS,
  ...EXACT_FILTERS,
  ...Object.keys(NUMBER_FILTERS),
]);
const CONTROL = new Set(['limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'visibility', 'member_status', 'tag', 'protected', 'os_hidden', 'created_at', 'updated_at']); // prettier-ignore
const COMPARISONS: Readonly<Record<string, string>> = {
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  eq: '=',
  neq: '<>',
};

export interface ImageListing {
  readonly conditions: readonly RawBuilder<boolean>[];
  readonly sort: readonly { readonly key: SortKey; readonly direction: 'asc' | 'desc' }[];
  readonly limit: number;
  readonly marker: string | undefined;
}

type Query = Readonly<Record<string, readonly string[]>>;

const boolean = (name: string, text: string): boolean => {
  if (/^(true|1)$/i.test(text)) return true;
  if (/^(false|0)$/i.test(text)) return false;
  throw badRequest(
    `Invalid value ${JSON.stringify(text)} for filter ${name}: it is true or false.`,
  );
};

/** `in:a,"b,c"` → ['a', 'b,c']; anything else is one value. */
export function valuesOf(text: string): string[] {
  if (!text.startsWith('in:')) return [text];
  return [...text.slice(3).matchAll(/"([^"]*)"|([^,]+)/g)].map((match) => match[1] ?? match[2]!);
}

/** What the caller may see, narrowed by `visibility` as Glance does. */
function visibleTo(
  caller: Caller,
  visibility: string | undefined,
  memberStatus: string,
): RawBuilder<boolean> {
  const project = caller.projectId ?? '';
  const member = sql`exists (select from image.members m where m.image_id = images.id and m.member = ${project}
    ${memberStatus === 'all' ? sql`` : sql`and m.status = ${memberStatus}`})`;
  if (visibility === undefined || visibility === 'all') {
    if (caller.isAdmin) return sql<boolean>`true`;
    const community = visibility === 'all' ? sql`or visibility = 'community'` : sql``;
    return sql<boolean>`(owner = ${project} or visibility = 'public' or (visibility = 'shared' and ${member}) ${community})`;
  }
  const named = sql`visibility = ${visibility}`;
  if (visibility === 'public' || visibility === 'community' || caller.isAdmin)
    return sql<boolean>`(${named})`;
  if (visibility === 'private') return sql<boolean>`(${named} and owner = ${project})`;
  return sql<boolean>`(${named} and (owner = ${project} or ${member}))`;
}

/** Reads a list request's query; fails with 400 naming what is wrong. */
export function parseListing(
  query: Query,
  caller: Caller,
  protections: PropertyProtections,
): ImageListing {
  const one = (name: string) => query[name]?.at(-1);
  const visibility = one('visibility');
  if (
    visibility !== undefined &&
    !['public', 'private', 'shared', 'community', 'all'].includes(visibility)
  ) {
    throw badRequest(`Invalid visibility value: ${visibility.slice(0, 40)}`);
  }
  const memberStatus = one('member_status') ?? 'accepted';
  if (!['accepted', 'pending', 'rejected', 'all'].includes(memberStatus)) {
    throw badRequest(`Invalid status: ${memberStatus.slice(0, 40)}`);
  }
  const conditions: RawBuilder<boolean>[] = [visibleTo(caller, visibility, memberStatus)];
  const hidden = one('os_hidden');
  conditions.push(
    sql<boolean>`os_hidden = ${hidden === undefined ? false : boolean('os_hidden', hidden)}`,
  );
  const isProtected = one('protected');
  if (isProtected !== undefined)
    conditions.push(sql<boolean>`protected = ${boolean('protected', isProtected)}`);
  for (const tag of query['tag'] ?? []) conditions.push(sql<boolean>`${tag} = any(tags)`);
  for (const column of ['created_at', 'updated_at'] as const) {
    const text = one(column);
    if (text !== undefined) conditions.push(timeCondition(column, text));
  }
  for (const [name, values] of Object.entries(query)) {
    if (CONTROL.has(name)) continue;
    const condition = filter(name, values.at(-1)!);
    // A filter must not tell what its answer would hide.
    const hidden = !ATTRIBUTES.has(name) && !protections.allows(caller, 'read', name);
    conditions.push(hidden ? sql<boolean>`false` : condition);
  }
  return {
    conditions,
    sort: parseSort(query),
    limit: parseLimit(one('limit')),
    marker: one('marker'),
  };
}

function filter(name: string, text: string): RawBuilder<boolean> {
  if (Object.hasOwn(NUMBER_FILTERS, name)) {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < 0) {
      throw badRequest(
        `Invalid value ${JSON.stringify(text)} for filter ${name}: it is a number of at least 0.`,
      );
    }
    const column = sql.ref(NUMBER_FILTERS[name as keyof typeof NUMBER_FILTERS]);
    const comparison = name === 'size_min' ? sql`>=` : name === 'size_max' ? sql`<=` : sql`=`;
    return sql<boolean>`${column} ${comparison} ${value}`;
  }
  if ((IN_FILTERS as readonly string[]).includes(name)) {
    return sql<boolean>`${sql.ref(name)} = any(${valuesOf(text)}::text[])`;
  }
  if ((EXACT_FILTERS as readonly string[]).includes(name))
    return sql<boolean>`${sql.ref(name)} = ${text}`;
  return sql<boolean>`properties ->> ${name} = ${text}`;
}

function timeCondition(column: string, text: string): RawBuilder<boolean> {
  const match =
    /^(?:(gt|gte|lt|lte|eq|neq):)?(\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?)$/.exec(
      text,
    );
  if (match === null || Number.isNaN(Date.parse(match[2]!))) {
    throw badRequest(
      `Invalid value ${JSON.stringify(text.slice(0, 60))} for filter ${column}: it is an operator and a time, such as gte:2026-01-01T00:00:00Z.`,
    );
  }
  // Clients see whole seconds: compare what they see.
  return sql<boolean>`date_trunc('second', ${sql.ref(column)}) ${sql.raw(COMPARISONS[match[1] ?? 'eq']!)} ${new Date(match[2]!)}`;
}

function parseSort(query: Query): ImageListing['sort'] {
  const keys: string[] = [];
  const directions: string[] = [];
  if (query['sort'] !== undefined) {
    for (const part of query['sort'].join(',').split(',')) {
      const [key, direction] = part.trim().split(':');
      keys.push(key ?? '');
      directions.push(direction || 'desc');
    }
  } else {
    keys.push(...(query['sort_key'] ?? []));
    directions.push(...(query['sort_dir'] ?? []));
  }
  const sort = keys.map((key, index) => {
    const direction = directions[index] ?? directions.at(-1) ?? 'desc';
    if (!(SORT_KEYS as readonly string[]).includes(key)) {
      throw badRequest(
        `Invalid sort key: ${key.slice(0, 60)}. It must be one of the following: ${SORT_KEYS.join(', ')}.`,
      );
    }
    if (direction !== 'asc' && direction !== 'desc') {
      throw badRequest(
        `Invalid sort direction: ${direction.slice(0, 60)}. It must be asc or desc.`,
      );
    }
    return { key: key as SortKey, direction } as const;
  });
  const direction = sort[0]?.direction ?? 'desc';
  for (const key of ['created_at', 'id'] as const) {
    if (!sort.some((entry) => entry.key === key)) sort.push({ key, direction });
  }
  return sort;
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0) {
    throw badRequest(
      `Invalid limit ${JSON.stringify(text.slice(0, 40))}: it is a number of at least 0.`,
    );
  }
  return Math.min(limit, MAXIMUM_LIMIT);
}

/** Rows after the marker in the order asked; a marker that the caller cannot see is 400. */
export async function listImages(
  tables: Kysely<ImageTables>,
  listing: ImageListing,
): Promise<ImageRow[]> {
  let select = tables.selectFrom('image.images as images').selectAll();
  for (const condition of listing.conditions) select = select.where(condition);
  if (listing.marker !== undefined) {
    const marker = await tables
      .selectFrom('image.images as images')
      .selectAll()
      .where('id', '=', listing.marker)
      .where(listing.conditions[0]!)
      .executeTakeFirst();
    if (marker === undefined)
      throw badRequest(`The marker ${listing.marker.slice(0, 64)} could not be found.`);
    select = select.where(after(listing.sort, marker));
  }
  for (const { key, direction } of listing.sort) {
    select = select.orderBy(sql`${order(key)} ${sql.raw(direction)}`);
  }
  return select.limit(listing.limit).execute();
}

/** A column as it is compared: no nulls, so that the order is total. */
const order = (key: SortKey) =>
  key === 'size'
    ? sql`coalesce(size, -1)`
    : key.endsWith('_at')
      ? sql`${sql.ref(key)}`
      : sql`coalesce(${sql.ref(key)}, '') collate "C"`;

/** "Comes after the marker" for keys of mixed directions: (a > x) or (a = x and (b < y or …)). */
function after(sort: ImageListing['sort'], marker: ImageRow): RawBuilder<boolean> {
  const [first, ...rest] = sort;
  if (first === undefined) return sql<boolean>`false`;
  const raw = marker[first.key];
  const value = first.key === 'size' ? (raw ?? -1) : first.key.endsWith('_at') ? raw : (raw ?? '');
  const beyond = first.direction === 'asc' ? sql`>` : sql`<`;
  return sql<boolean>`(${order(first.key)} ${beyond} ${value} or (${order(first.key)} = ${value} and ${after(rest, marker)}))`;
}
