import { Type } from 'typebox';
import { Fault } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { OrchestrationContext } from '../context.ts';
import { liveRows, rowsOf } from '../engine/view.ts';
import { resourceNotFound } from '../errors.ts';
import { findStack, viewOf } from '../stacks/find.ts';
import { truth, wholeNumber } from '../stacks/body.ts';
import { STACK } from '../stacks/api.ts';
import { isMap, type Value } from '../language/index.ts';
import { isUuid } from '../../../core/ids.ts';
import { isSignalToken } from '../signals/urls.ts';
import { stackById } from '../stacks/model.ts';
import { deliverSignal } from '../signals/deliver.ts';
import type { ResourceRow, StackRow } from '../tables.ts';
import { attributesOf, requiredBy, summaryOf } from './view.ts';
import { wordOf } from '../language/value.ts';

const RESOURCES = `${STACK}/resources`;
const RESOURCE = `${RESOURCES}/{resource_name}`;

const FILTERS: Readonly<Record<string, (row: ResourceRow) => string | null>> = {
  id: (row) => row.id,
  type: (row) => row.type,
  resource_type: (row) => row.type,
  name: (row) => row.name,
  resource_name: (row) => row.name,
  logical_resource_id: (row) => row.name,
  status: (row) => row.status,
  resource_status: (row) => `${row.action}_${row.status}`,
  action: (row) => row.action,
  resource_action: (row) => row.action,
  physical_resource_id: (row) => row.physical_id,
};

/** All stacks of a tree down to a depth below one of them. */
export async function below(
  { tables }: Pick<OrchestrationContext, 'tables'>,
  stack: StackRow,
  depth: number,
): Promise<StackRow[]> {
  const all = await tables
    .selectFrom('orchestration.stacks')
    .selectAll()
    .where('root_id', '=', stack.root_id)
    .where('deleted_at', 'is', null)
    .orderBy('seq')
    .execute();
  const found = [stack];
  const inside = new Set([stack.id]);
  for (const one of all) {
    if (one.parent_id === null || !inside.has(one.parent_id)) continue;
    if (one.depth > stack.depth + depth + 1) continue;
    inside.add(one.id);
    found.push(one);
  }
  return found;
}

async function list(context: OrchestrationContext, request: OperationRequest) {
  const stack = await findStack(context, request, { deleted: true });
  const { query } = request;
  for (const name of Object.keys(query)) {
    if (name in FILTERS || ['nested_depth', 'with_detail', 'sort_keys', 'sort_dir'].includes(name))
      continue;
    throw new Fault('badRequest', `Invalid filter parameters ['${name}']`);
  }
  const depth = wholeNumber('nested_depth', query['nested_depth']?.at(-1)) ?? 0;
  const detail = truth('with_detail', query['with_detail']?.at(-1), false);
  const stacks = await below(context, stack, depth);
  const nested = new Map(stacks.map((one) => [one.id, one]));
  const shown: unknown[] = [];
  for (const one of stacks) {
    if (one.depth > stack.depth + depth) continue;
    const rows = await rowsOf(context, one.id);
    const users = requiredBy(rows);
    for (const row of liveRows(rows).values()) {
      const fits = Object.entries(query).every(
        ([name, values]) => !FILTERS[name] || values.includes(FILTERS[name](row) ?? ''),
      );
      if (!fits) continue;
      const summary = summaryOf(request, { stack: one, rows, nested }, row, users);
      shown.push({
        ...summary,
        ...(depth > 0 ? { stack_name: one.name } : {}),
        ...(detail ? { description: row.description, metadata: row.metadata } : {}),
      });
    }
  }
  return { resources: shown };
}

/** A resource of the stack that the path names. */
export async function findResource(
  context: OrchestrationContext,
  request: Pick<OperationRequest, 'caller' | 'params'>,
): Promise<{ stack: StackRow; row: ResourceRow; rows: ResourceRow[] }> {
  const stack = await findStack(context, request);
  const rows = await rowsOf(context, stack.id);
  const name = request.params['resource_name'] ?? '';
  const row = liveRows(rows).get(name) ?? rows.find(({ physical_id: id }) => id === name);
  if (!row) throw resourceNotFound(name, stack.name);
  return { stack, row, rows };
}

async function show(context: OrchestrationContext, request: OperationRequest) {
  const { stack, row, rows } = await findResource(context, request);
  const view = await viewOf(context, stack);
  const nested = new Map((await below(context, stack, 0)).map((one) => [one.id, one]));
  const names = request.query['with_attr'] ?? [];
  return {
    resource: {
      ...summaryOf(request, { stack, rows, nested }, row, requiredBy(rows)),
      description: row.description,
      attributes: await attributesOf(view, row, names),
    },
  };
}

export function resourceOperations(context: OrchestrationContext): Operation[] {
  return [
    operation({
      name: 'list_resources',
      method: 'GET',
      path: RESOURCES,
      summary: 'List the resources of a stack',
      role: 'reader',
      success: 200,
      handle: async (request) => ({ body: await list(context, request) }),
    }),
    operation({
      name: 'show_resource',
      method: 'GET',
      path: RESOURCE,
      summary: 'Show a resource with its attributes',
      role: 'reader',
      success: 200,
      handle: async (request) => ({ body: await show(context, request) }),
    }),
    operation({
      name: 'show_resource_metadata',
      method: 'GET',
      path: `${RESOURCE}/metadata`,
      summary: 'Show the metadata of a resource',
      role: 'reader',
      success: 200,
      async handle(request) {
        const { row } = await findResource(context, request);
        return { body: { metadata: row.metadata } };
      },
    }),
    operation({
      name: 'signal_resource',
      method: 'POST',
      path: `${RESOURCE}/signal`,
      summary: 'Tell a resource something, or clear one of its hooks',
      // Beside members, whoever has the token that was made for this one resource.
      role: 'public',
      success: 200,
      async handle(request) {
        const { stack, row } = await signalled(context, request);
        const details = (request.body ?? null) as Value;
        await deliverSignal(context, stack, row, details);
        return { body: null };
      },
    }),
    operation({
      name: 'mark_resource_unhealthy',
      method: 'PATCH',
      path: RESOURCE,
      summary: 'Say that a resource is unwell, so that the next update replaces it, or well again',
      role: 'member',
      success: 200,
      body: Type.Unknown(),
      async handle(request) {
        const { stack, row } = await findResource(context, request);
        const body = request.body as Record<string, Value>;
        if (!isMap(body) || !Object.hasOwn(body, 'mark_unhealthy')) {
          throw new Fault(
            'badRequest',
            'Missing mandatory (mark_unhealthy) key from mark unhealthy request',
          );
        }
        const wrong = Object.keys(body).filter(
          (name) => name !== 'mark_unhealthy' && name !== 'resource_status_reason',
        );
        if (wrong.length > 0) {
          throw new Fault(
            'badRequest',
            `Invalid keys in resource mark unhealthy {'${wrong.join("', '")}'}`,
          );
        }
        const unhealthy = truth('mark_unhealthy', body['mark_unhealthy'], true);
        await mark(context, stack, row, unhealthy, wordOf(body['resource_status_reason'] ?? ''));
        return { body: null };
      },
    }),
  ];
}

/** The resource that somebody signals who may: a member of the project, or the bearer of its own token. */
async function signalled(
  context: OrchestrationContext,
  request: OperationRequest,
): Promise<{ stack: StackRow; row: ResourceRow }> {
  const { maybeCaller: caller } = request;
  if (caller) {
    if (!caller.isAdmin && !caller.roles.has('member')) {
      throw new Fault('forbidden', 'Signalling a resource needs the role member.', {
        type: 'Forbidden',
      });
    }
    return findResource(context, { caller, params: request.params });
  }
  const { stack_id: id = '', resource_name: name = '' } = request.params;
  const token = request.headers['x-auth-token'] ?? '';
  if (!isUuid(id) || !isSignalToken(context, id, name, token)) {
    throw new Fault('unauthorized', 'The request you have made requires authentication.');
  }
  const stack = await stackById(context, id);
  const row = stack && liveRows(await rowsOf(context, id)).get(name);
  if (!stack || stack.deleted_at !== null || !row) throw resourceNotFound(name, id);
  return { stack, row };
}

async function mark(
  context: OrchestrationContext,
  stack: StackRow,
  row: ResourceRow,
  unhealthy: boolean,
  why: string,
): Promise<void> {
  if (stack.status === 'IN_PROGRESS') {
    throw new Fault(
      'conflict',
      `Stack ${stack.name} already has an action (${stack.action}) in progress.`,
      {
        type: 'ActionInProgress',
      },
    );
  }
  if (unhealthy === row.unhealthy && (unhealthy || row.status !== 'FAILED')) return;
  Object.assign(row, {
    unhealthy,
    action: 'CHECK',
    status: unhealthy ? 'FAILED' : 'COMPLETE',
    reason: why || (unhealthy ? 'state changed by resource mark unhealthy' : 'Healthy since'),
  } satisfies Partial<ResourceRow>);
  await context.journal.write({
    rows: [row],
    events: [
      {
        stack_id: stack.id,
        root_id: stack.root_id,
        resource_name: row.name,
        resource_type: row.type,
        physical_id: row.physical_id,
        action: row.action,
        status: row.status,
        reason: row.reason,
        properties: row.properties,
      },
    ],
  });
}
