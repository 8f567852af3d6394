import { sql } from 'kysely';
import { Fault, notFound } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { OrchestrationContext } from '../context.ts';
import { below } from '../resources/api.ts';
import { STACK } from '../stacks/api.ts';
import { wholeNumber } from '../stacks/body.ts';
import { findStack } from '../stacks/find.ts';
import { stackUrl, time } from '../stacks/view.ts';
import type { EventRow, StackRow } from '../tables.ts';

const FILTERS: Readonly<Record<string, keyof EventRow>> = {
  resource_status: 'status',
  resource_action: 'action',
  resource_name: 'resource_name',
  resource_type: 'resource_type',
};
const SORTS: Readonly<Record<string, string>> = {
  event_time: 'at',
  created_at: 'at',
  resource_type: 'resource_type',
};

function documentOf(
  request: OperationRequest,
  stacks: ReadonlyMap<string, StackRow>,
  event: EventRow,
  { detail = false, nested = false } = {},
) {
  const stack = stacks.get(event.stack_id)!;
  const root = stacks.get(event.root_id);
  const resource = `/resources/${encodeURIComponent(event.resource_name)}`;
  return {
    id: event.id,
    event_time: time(event.at),
    links: [
      { href: stackUrl(request, stack, `${resource}/events/${event.id}`), rel: 'self' },
      { href: stackUrl(request, stack, resource), rel: 'resource' },
      { href: stackUrl(request, stack), rel: 'stack' },
      ...(nested && root ? [{ href: stackUrl(request, root), rel: 'root_stack' }] : []),
    ],
    resource_name: event.resource_name,
    logical_resource_id: event.resource_name,
    physical_resource_id: event.physical_id,
    resource_status: `${event.action}_${event.status}`,
    resource_status_reason: event.reason,
    ...(detail
      ? { resource_type: event.resource_type, resource_properties: event.properties ?? {} }
      : {}),
  };
}

async function select(
  { tables }: OrchestrationContext,
  ids: readonly string[],
  request: OperationRequest,
  name?: string,
): Promise<EventRow[]> {
  const { query } = request;
  const conditions = [sql`e.stack_id = any(${[...ids]}::uuid[])`];
  for (const [filter, column] of Object.entries(FILTERS)) {
    const values = query[filter];
    if (values) conditions.push(sql`e.${sql.ref(column)} = any(${[...values]}::text[])`);
  }
  if (name !== undefined) conditions.push(sql`e.resource_name = ${name}`);
  const down = query['sort_dir']?.at(-1) === 'desc';
  const keys = (query['sort_keys'] ?? []).flatMap((key) => key.split(','));
  const columns = [...keys.flatMap((key) => SORTS[key] ?? []), 'seq'];
  const direction = down ? sql`desc` : sql`asc`;
  const order = columns.map((column) => sql`e.${sql.ref(column)} ${direction}`);
  const { rows } = await sql<EventRow>`select e.* from orchestration.events e
    where ${sql.join(conditions, sql` and `)} order by ${sql.join(order)}`.execute(tables);
  const marker = query['marker']?.at(-1);
  const from = marker === undefined ? 0 : rows.findIndex(({ id }) => id === marker) + 1;
  const limit = wholeNumber('limit', query['limit']?.at(-1));
  return rows.slice(from, limit ? from + limit : undefined);
}

async function list(context: OrchestrationContext, request: OperationRequest, name?: string) {
  const stack = await findStack(context, request, { deleted: true });
  const depth = wholeNumber('nested_depth', request.query['nested_depth']?.at(-1));
  const stacks = depth ? await below(context, stack, depth) : [stack];
  const known = new Map(stacks.map((one) => [one.id, one]));
  const nested = depth !== null;
  const events = await select(context, [...known.keys()], request, name);
  if (name !== undefined && events.length === 0) {
    throw notFound(`No events found for resource ${name}`);
  }
  return { events: events.map((event) => documentOf(request, known, event, { nested })) };
}

export function eventOperations(context: OrchestrationContext): Operation[] {
  const read = { method: 'GET', role: 'reader', success: 200 } as const;
  return [
    operation({
      ...read,
      name: 'list_events',
      path: `${STACK}/events`,
      summary: 'List what happened in a stack',
      handle: async (request) => ({ body: await list(context, request) }),
    }),
    operation({
      ...read,
      name: 'list_resource_events',
      path: `${STACK}/resources/{resource_name}/events`,
      summary: 'List what happened to a resource',
      handle: async (request) => ({
        body: await list(context, request, request.params['resource_name']),
      }),
    }),
    operation({
      ...read,
      name: 'show_event',
      path: `${STACK}/resources/{resource_name}/events/{event_id}`,
      summary: 'Show an event',
      async handle(request) {
        const stack = await findStack(context, request, { deleted: true });
        const { event_id: id = '', resource_name: name } = request.params;
        const events = await select(context, [stack.id], { ...request, query: {} }, name);
        const event = events.find((one) => one.id === id);
        if (!event) throw new Fault('notFound', `No event ${id} found`);
        const known = new Map([[stack.id, stack]]);
        return { body: { event: documentOf(request, known, event, { detail: true }) } };
      },
    }),
  ];
}
