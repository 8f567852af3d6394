import { sql, type RawBuilder } from 'kysely';
import { badRequest } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import type { OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { markerNotFound } from '../errors.ts';
import { has } from '../microversions.ts';
import { pageOf, type Page } from '../paging.ts';
import { serverConditions } from './filters.ts';
import type { Server } from './model.ts';
import { SHOWN_COLUMNS, showsUserData, type ShownServer } from './view.ts';

/** What a list may be sorted by → expression that is never null (the row's alias is `s`), and its type. */
const text = (column: string) => ({ expression: `coalesce(s.${column}::text, '')`, type: 'text' });
const time = (column: string) => ({
  expression: `coalesce(s.${column}, '-infinity'::timestamptz)`,
  type: 'timestamptz',
});
const number = (column: string) => ({ expression: `s.${column}`, type: 'bigint' });
const constant = { expression: `''::text`, type: 'text' };

const SORT_KEYS: Readonly<Record<string, { expression: string; type: string }>> = {
  created_at: { expression: 's.created_at', type: 'timestamptz' },
  updated_at: { expression: 's.updated_at', type: 'timestamptz' },
  launched_at: time('launched_at'),
  terminated_at: time('terminated_at'),
  display_name: text('name'),
  name: text('name'),
  display_description: text('description'),
  hostname: text('hostname'),
  host: text('host'),
  node: text('host'),
  key_name: text('key_name'),
  availability_zone: text('availability_zone'),
  image_ref: text('image_id'),
  instance_type_id: text('flavor_id'),
  project_id: text('project_id'),
  user_id: text('user_id'),
  uuid: text('id'),
  vm_state: text('vm_state'),
  task_state: text('task_state'),
  power_state: number('power_state'),
  launch_index: number('launch_index'),
  access_ip_v4: text('access_ip_v4'),
  access_ip_v6: text('access_ip_v6'),
  auto_disk_config: text('disk_config'),
  locked_by: text('locked_by'),
  locked: text('locked_by'),
  config_drive: text('config_drive'),
  kernel_id: constant,
  ramdisk_id: constant,
  progress: constant,
  root_device_name: constant,
};

interface Order {
  readonly expression: string;
  readonly type: string;
  readonly direction: 'asc' | 'desc';
}

function orderOf(request: OperationRequest): Order[] {
  const keys = request.query['sort_key'] ?? [];
  const directions = request.query['sort_dir'] ?? [];
  const orders = keys.map((key, index): Order => {
    const found = Object.hasOwn(SORT_KEYS, key) ? SORT_KEYS[key] : undefined;
    if (!found || (key === 'locked' && !has(request.microversion, 'serverLockedReason')))
      throw badRequest(
        `Invalid input for query parameters sort_key. Value: ${key.slice(0, 100)}. It is one of ${Object.keys(SORT_KEYS).join(', ')}.`,
      );
    const direction = directions[index] ?? directions.at(-1) ?? 'desc';
    if (direction !== 'asc' && direction !== 'desc')
      throw badRequest(
        `Invalid input for query parameters sort_dir. Value: ${direction.slice(0, 100)}. It is asc or desc.`,
      );
    return { ...found, direction };
  });
  const created: Order = { ...SORT_KEYS['created_at']!, direction: 'desc' };
  const tail: Order = { expression: 's.id', type: 'uuid', direction: 'desc' };
  return [
    ...orders,
    ...(orders.some(({ expression }) => expression === created.expression) ? [] : [created]),
    tail,
  ];
}

/** Rows behind the marker in this order: greater in the first key that differs. */
function behind(orders: readonly Order[], marker: Record<string, unknown>): RawBuilder<boolean> {
  const alternatives = orders.map((order, index) => {
    const same = orders
      .slice(0, index)
      .map(
        (earlier, at) =>
          sql`${sql.raw(earlier.expression)} = ${marker[`k${at}`]}::${sql.raw(earlier.type)}`,
      );
    const beyond = sql`${sql.raw(order.expression)} ${sql.raw(order.direction === 'asc' ? '>' : '<')} ${marker[`k${index}`]}::${sql.raw(order.type)}`;
    return sql`(${sql.join([...same, beyond], sql` and `)})`;
  });
  return sql<boolean>`(${sql.join(alternatives, sql` or `)})`;
}

/** Columns of the short list. */
const SHORT = sql`s.id, s.name`;

const shownColumns = (request: OperationRequest): RawBuilder<unknown> =>
  sql.join(
    SHOWN_COLUMNS.map((name) =>
      name === 'user_data' && !showsUserData(request)
        ? sql`null as user_data`
        : sql.ref(`s.${name}`),
    ),
  );

export interface ServerPage<Row> {
  readonly servers: Row[];
  readonly page: Page;
  readonly isFull: boolean;
}

/** A page of the servers that the query describes and the caller may see. */
export const listServers = (
  context: ComputeContext,
  request: OperationRequest,
): Promise<ServerPage<ShownServer>> => pageOfServers(context, request, shownColumns(request));

/** The same of their names. */
export const listServersInShort = (
  context: ComputeContext,
  request: OperationRequest,
): Promise<ServerPage<Pick<Server, 'id' | 'name'>>> => pageOfServers(context, request, SHORT);

async function pageOfServers<Row>(
  context: ComputeContext,
  request: OperationRequest,
  columns: RawBuilder<unknown>,
): Promise<ServerPage<Row>> {
  const { database } = context;
  const page = pageOf(request.query);
  const orders = orderOf(request);
  const conditions = serverConditions(request);
  const addresses = addressFilters(request);
  if (addresses.length > 0) conditions.push(await withAddresses(context, conditions, addresses));
  if (page.marker !== undefined) {
    if (!isUuid(page.marker)) throw markerNotFound(page.marker);
    const keys = orders.map(
      ({ expression }, index) => sql`(${sql.raw(expression)})::text as ${sql.ref(`k${index}`)}`,
    );
    const mine = request.caller.isAdmin
      ? sql`true`
      : sql`s.project_id = ${request.caller.projectId ?? ''}`;
    const { rows } = await sql<Record<string, unknown>>`
      select ${sql.join(keys)} from compute.servers s where s.id = ${page.marker} and ${mine}
    `.execute(database);
    if (!rows[0]) throw markerNotFound(page.marker);
    conditions.push(behind(orders, rows[0]));
  }
  const order = orders.map(({ expression, direction }) => sql.raw(`${expression} ${direction}`));
  const where = conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
  try {
    // One more than the page holds tells whether there is another.
    const { rows } = await sql<Row>`
      select ${columns} from compute.servers s where ${where} order by ${sql.join(order)} limit ${page.limit + 1}
    `.execute(database);
    return { servers: rows.slice(0, page.limit), page, isFull: rows.length > page.limit };
  } catch (error) {
    // invalid_regular_expression
    if ((error as { code?: string }).code === '2201B')
      throw badRequest('Invalid filter: it is no regular expression.');
    throw error;
  }
}

interface AddressFilter {
  readonly version: 4 | 6;
  readonly pattern: RegExp;
}

/** `ip` and `ip6`: patterns that some address of the server matches. */
function addressFilters(request: OperationRequest): AddressFilter[] {
  const filters: AddressFilter[] = [];
  for (const [name, version] of [
    ['ip', 4],
    ['ip6', 6],
  ] as const) {
    const pattern = request.query[name]?.at(-1);
    if (pattern === undefined) continue;
    if (version === 6 && !request.caller.isAdmin && !has(request.microversion, 'listByIp6'))
      continue;
    // Addresses are short and so is what is asked for: no pattern can keep the process busy.
    if (!/^[0-9a-fA-F:.^$*+?()[\]|\\d-]{1,100}$/.test(pattern))
      throw badRequest(
        `Invalid ${name} filter: only patterns of addresses, at most 100 characters.`,
      );
    filters.push({ version, pattern: literalOrPattern(name, pattern) });
  }
  return filters;
}

function literalOrPattern(name: string, pattern: string): RegExp {
  if (/[*+].*[*+]|\)[*+]/.test(pattern))
    throw badRequest(`Invalid ${name} filter: it repeats too much.`);
  try {
    return new RegExp(pattern, 'i');
  } catch {
    throw badRequest(`Invalid ${name} filter: it is no regular expression.`);
  }
}

/** Addresses are the network service's: which of the servers in question have one that matches. */
async function withAddresses(
  { database, network }: ComputeContext,
  conditions: readonly RawBuilder<boolean>[],
  filters: readonly AddressFilter[],
): Promise<RawBuilder<boolean>> {
  const where = conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
  const { rows } = await sql<{
    id: string;
  }>`select s.id from compute.servers s where ${where}`.execute(database);
  const ports = await network.portsOfDevices(
    database,
    rows.map(({ id }) => id),
  );
  const found = rows
    .map(({ id }) => id)
    .filter((id) => {
      const own = ports
        .filter(({ deviceId }) => deviceId === id)
        .flatMap(({ addresses }) => addresses);
      return filters.every(({ version, pattern }) =>
        own.some(({ ipAddress, ipVersion }) => ipVersion === version && pattern.test(ipAddress)),
      );
    });
  return sql<boolean>`s.id = any(${found}::uuid[])`;
}
