import type { OperationRequest } from '../../operation.ts';
import { newUuid } from '../../../core/ids.ts';
import type { OrchestrationContext } from '../context.ts';
import { replacing } from '../engine/apply.ts';
import type { Wanted } from '../engine/wanted.ts';
import { liveRows } from '../engine/view.ts';
import { changedBetween } from '../resources/properties.ts';
import { isMap, mapOf } from '../language/value.ts';
import type { Target } from '../engine/target.ts';
import type { ResourceRow, StackRow } from '../tables.ts';
import { readGiven } from '../templates/request.ts';
import { minutesOf, nameOf, tagsOf, truth } from './body.ts';
import { checkDefinition, imagined } from './check.ts';
import { callerRights, type StackBody } from './create.ts';
import { plannedUpdate } from './update.ts';
import { documentOf, stackUrl, time } from './view.ts';

function shown(
  request: OperationRequest,
  stack: StackRow,
  one: Pick<Wanted, 'name' | 'type' | 'description' | 'properties' | 'metadata'>,
  row?: ResourceRow,
) {
  const now = time(new Date());
  return {
    resource_name: one.name,
    logical_resource_id: one.name,
    links: [
      {
        href: stackUrl(request, stack, `/resources/${encodeURIComponent(one.name)}`),
        rel: 'self',
      },
      { href: stackUrl(request, stack), rel: 'stack' },
    ],
    resource_identity: {
      stack_name: stack.name,
      stack_id: stack.id,
      tenant: stack.project_id,
      path: `/resources/${one.name}`,
    },
    stack_name: stack.name,
    stack_identity: {
      stack_name: stack.name,
      stack_id: stack.id,
      tenant: stack.project_id,
      path: '',
    },
    resource_type: one.type,
    resource_action: row?.action ?? 'INIT',
    resource_status: row?.status ?? 'COMPLETE',
    resource_status_reason: row?.reason ?? '',
    physical_resource_id: row?.physical_id ?? '',
    description: one.description,
    metadata: one.metadata,
    attributes: {},
    properties: one.properties,
    required_by: [],
    creation_time: row ? time(row.created_at) : now,
    updated_time: row ? time(row.updated_at ?? row.created_at) : now,
  };
}

/** What a new stack would be. */
export async function preview(context: OrchestrationContext, request: OperationRequest) {
  const body = request.body as StackBody;
  const given = readGiven(body);
  const stack: StackRow = {
    ...imagined({ id: newUuid(), name: nameOf(body.stack_name), rights: callerRights(request) }),
    user_name: request.caller.userName,
    timeout_minutes: minutesOf(body.timeout_mins),
    disable_rollback: truth('disable_rollback', body.disable_rollback, true),
    tags: tagsOf(body.tags) ?? [],
  };
  const { view, wanted } = await checkDefinition(context, given, stack);
  const document = await documentOf(request, view, { outputs: false, state: false });
  return {
    stack: { ...document, resources: wanted.map((one) => shown(request, stack, one)) },
  };
}

/** The properties that mention one of these resources. */
function mentioning(
  { evaluation, template }: Target,
  one: Wanted,
  moved: ReadonlySet<string>,
): string[] {
  const definition = evaluation.resources.get(one.name)!;
  const { properties } = definition;
  if (!isMap(properties)) return [];
  const path = [...definition.path, template.words.resource.properties];
  return Object.keys(properties).filter((name) =>
    evaluation
      .references(properties[name]!, [...path, name])
      .some(({ resource }) => moved.has(resource)),
  );
}

type Change = 'unchanged' | 'updated' | 'replaced' | 'added' | 'deleted';

/** What an update would do to each resource, as far as it can be told beforehand. */
export async function previewUpdate(
  context: OrchestrationContext,
  request: OperationRequest,
  stack: StackRow,
  patch: boolean,
) {
  const { wanted, rows, target } = await plannedUpdate(context, request, stack, patch);
  const live = liveRows(rows);
  const changes: Record<Change, unknown[]> = {
    unchanged: [],
    updated: [],
    replaced: [],
    added: [],
    deleted: [],
  };
  // What refers to something that is replaced changes with it.
  const moved = new Set<string>();
  const graph = target.evaluation.dependencies();
  const kinds = new Map<string, Change>();
  const judge = (one: Wanted): Change => {
    const row = live.get(one.name);
    if (!row) return 'added';
    if (
      row.type !== one.type ||
      row.unhealthy ||
      (row.status === 'FAILED' && row.action === 'CREATE')
    ) {
      return 'replaced';
    }
    const former = row.properties ?? mapOf([]);
    const needsMoved = [...(graph.get(one.name) ?? [])].some((need) => moved.has(need));
    const changed = new Set(
      [...changedBetween(former, one.properties)].filter(
        (name) => !one.pending.has(name) || needsMoved,
      ),
    );
    if (needsMoved) for (const name of mentioning(target, one, moved)) changed.add(name);
    if (changed.size === 0) return row.status === 'FAILED' ? 'updated' : 'unchanged';
    return replacing(one.kind, former, one.properties, changed) ? 'replaced' : 'updated';
  };
  const byName = new Map(wanted.map((one) => [one.name, one]));
  const visit = (name: string): void => {
    if (kinds.has(name) || !byName.has(name)) return;
    kinds.set(name, 'unchanged');
    for (const need of graph.get(name) ?? []) visit(need);
    const kind = judge(byName.get(name)!);
    kinds.set(name, kind);
    if (kind === 'replaced' || kind === 'added') moved.add(name);
  };
  for (const one of wanted) visit(one.name);
  for (const one of wanted) {
    changes[kinds.get(one.name)!].push(shown(request, stack, one, live.get(one.name)));
  }
  for (const row of live.values()) {
    if (byName.has(row.name)) continue;
    const properties = row.properties ?? mapOf([]);
    changes.deleted.push(shown(request, stack, { ...row, properties }, row));
  }
  return { resource_changes: changes };
}
