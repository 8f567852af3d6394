import { sql, type RawBuilder } from 'kysely';
import { Fault } from '../../../core/errors.ts';
import type { OperationRequest } from '../../operation.ts';
import type { OrchestrationContext } from '../context.ts';
import type { StackRow } from '../tables.ts';
import { tagsOf, truth, wholeNumber } from './body.ts';
import { projectOf } from './find.ts';
import { summaryOf } from './view.ts';

type Query = OperationRequest['query'];

/** Filter → column. The names of the documents and the shorter ones that clients send as well. */
const FILTERS: Readonly<Record<string, keyof StackRow>> = {
  id: 'id',
  name: 'name',
  stack_name: 'name',
  action: 'action',
  stack_action: 'action',
  tenant: 'project_id',
  username: 'user_name',
  stack_owner: 'user_name',
  owner_id: 'parent_id',
  parent: 'parent_id',
  stack_status_reason: 'reason',
  timeout_mins: 'timeout_minutes',
  disable_rollback: 'disable_rollback',
};
const SORTS: Readonly<Record<string, keyof StackRow>> = {
  stack_name: 'name',
  name: 'name',
  stack_status: 'status',
  status: 'status',
  creation_time: 'created_at',
  created_at: 'created_at',
  updated_time: 'updated_at',
  updated_at: 'updated_at',
};

const one = (query: Query, name: string): string | undefined => query[name]?.at(-1);

function tagged(query: Query): RawBuilder<unknown>[] {
  const list = (name: string): string[] | undefined => {
    const text = one(query, name);
    return text === undefined ? undefined : tagsOf(text);
  };
  const conditions: RawBuilder<unknown>[] = [];
  const [all, any] = [list('tags'), list('tags_any')];
  const [notAll, notAny] = [list('not_tags'), list('not_tags_any')];
  if (all) conditions.push(sql`s.tags @> ${all}::text[]`);
  if (any) conditions.push(sql`s.tags && ${any}::text[]`);
  if (notAll) conditions.push(sql`not s.tags @> ${notAll}::text[]`);
  if (notAny) conditions.push(sql`not s.tags && ${notAny}::text[]`);
  return conditions;
}

/** `CREATE_FAILED`, `FAILED`, `CREATE`: any of several. */
function withStatus(values: readonly string[]): RawBuilder<unknown> {
  return sql`(s.status = any(${values}::text[]) or s.action || '_' || s.status = any(${values}::text[]))`;
}

function conditionsOf(request: OperationRequest, everywhere: boolean): RawBuilder<unknown>[] {
  const { query } = request;
  const conditions = tagged(query);
  if (!everywhere) conditions.push(sql`s.project_id = ${projectOf(request)}`);
  if (!truth('show_deleted', one(query, 'show_deleted'), false))
    conditions.push(sql`s.deleted_at is null`);
  if (!truth('show_nested', one(query, 'show_nested'), false) && !query['owner_id'])
    conditions.push(sql`s.parent_id is null`);
  for (const [name, column] of Object.entries(FILTERS)) {
    const values = query[name];
    if (values) conditions.push(sql`s.${sql.ref(column)}::text = any(${[...values]}::text[])`);
  }
  for (const name of ['status', 'stack_status']) {
    const values = query[name];
    if (values) conditions.push(withStatus([...values]));
  }
  return conditions;
}

/** The stacks that a request asks for, with a link to those behind the last one. */
export async function listStacks(
  { tables }: OrchestrationContext,
  request: OperationRequest,
): Promise<Record<string, unknown>> {
  const { query, caller } = request;
  const everywhere = truth('global_tenant', one(query, 'global_tenant'), false);
  if (everywhere && !caller.isAdmin) {
    throw new Fault('forbidden', 'You are not authorized to list the stacks of all projects.', {
      type: 'Forbidden',
    });
  }
  const conditions = conditionsOf(request, everywhere);
  const where = sql.join([sql`true`, ...conditions], sql` and `);
  const limit = wholeNumber('limit', one(query, 'limit'));
  const down = (one(query, 'sort_dir') ?? 'desc').toLowerCase() !== 'asc';
  const keys = (query['sort_keys'] ?? [])
    .flatMap((text) => text.split(','))
    .flatMap((key) => SORTS[key] ?? []);
  const columns = keys.length > 0 ? keys : (['created_at'] as const);
  const direction = down ? sql`desc` : sql`asc`;
  const order = sql.join(
    [...columns, 'seq'].map((column) => sql`s.${sql.ref(column)} ${direction}`),
  );
  const { rows } = await sql<StackRow>`select s.* from orchestration.stacks s
    where ${where} order by ${order}`.execute(tables);
  const marker = one(query, 'marker');
  const from = marker === undefined ? 0 : rows.findIndex(({ id }) => id === marker) + 1;
  const page = rows.slice(from, limit ? from + limit : undefined);
  const stacks = page.map((stack) => summaryOf(request, stack, caller.isAdmin));
  const last = stacks.at(-1);
  return {
    stacks,
    ...(limit && last && stacks.length === limit
      ? { links: [{ rel: 'next', href: nextLink(request, last.id) }] }
      : {}),
    ...(truth('with_count', one(query, 'with_count'), false) ? { count: rows.length } : {}),
  };
}

function nextLink(request: OperationRequest, marker: string): string {
  const params = new URLSearchParams();
  for (const [name, values] of Object.entries(request.query)) {
    for (const value of values) if (name !== 'marker') params.append(name, value);
  }
  params.set('marker', marker);
  return `${request.serviceUrl}/v1/${request.params['tenant_id']}/stacks?${params.toString()}`;
}
