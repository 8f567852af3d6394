import { Fault } from '../../../core/errors.ts';
import type { OperationRequest } from '../../operation.ts';
import type { OrchestrationContext } from '../context.ts';
import { rowsOf } from '../engine/view.ts';
import { parametersOf } from '../engine/target.ts';
import { actionInProgress, notSupported } from '../errors.ts';
import { changedImmutables } from '../language/index.ts';
import { changedBetween } from '../resources/properties.ts';
import type { ResourceRow, StackRow } from '../tables.ts';
import { readDefinition, templateOf } from '../templates/model.ts';
import { readGiven, readPatched, type GivenDefinition } from '../templates/request.ts';
import { minutesOf, tagsOf, truth } from './body.ts';
import { checkDefinition } from './check.ts';
import { rightsFor, type StackBody } from './create.ts';
import { startAction, type ActionChanges } from './model.ts';

/** What an update would make of a stack: looked at, and nothing begun. */
export async function plannedUpdate(
  context: OrchestrationContext,
  request: OperationRequest,
  stack: StackRow,
  patch: boolean,
): Promise<
  Awaited<ReturnType<typeof checkDefinition>> & { given: GivenDefinition; rows: ResourceRow[] }
> {
  const body = (request.body ?? {}) as StackBody;
  const present = await templateOf(context.tables, stack.template_id ?? stack.shown_template_id);
  if (!present) throw new Error(`the template of stack ${stack.id} is gone`);
  const given = patch ? readPatched(body, present) : readGiven(body);
  const former = readDefinition(present);
  const before = parametersOf(former, stack, context.configuration.region).values;
  const after = parametersOf(given, stack, context.configuration.region).values;
  const fixed = changedImmutables(former.template.parameters, before, after);
  if (fixed.length > 0) {
    throw new Fault(
      'badRequest',
      `The following parameters are immutable and may not be updated: ${fixed.join(', ')}`,
      { type: 'ImmutableParameterModified' },
    );
  }
  const owner = { ...stack, rights: rightsFor(request, stack) };
  const rows = await rowsOf(context, stack.id);
  const checked = await checkDefinition(context, given, owner, rows);
  refuseImmutable(checked, rows);
  return { ...checked, given, rows };
}

/** Properties that may never change are told of before anything is begun. */
function refuseImmutable(
  { wanted, target }: Awaited<ReturnType<typeof checkDefinition>>,
  rows: readonly ResourceRow[],
): void {
  for (const one of wanted) {
    const row = rows.find(({ name, replaced_by: by }) => name === one.name && by === null);
    if (!row?.properties || row.type !== one.type) continue;
    for (const name of changedBetween(row.properties, one.properties)) {
      if (!one.kind.properties[name]?.immutable || one.pending.has(name)) continue;
      const definition = target.template.resources.get(one.name)!;
      target.template.fail(
        [...definition.path, target.template.words.resource.properties, name],
        `Update to property ${name} of ${one.name} (${one.type}) is not allowed: it is immutable`,
        'NotSupported',
      );
    }
  }
}

/** Begins to bring a stack to another template or other values. */
export async function update(
  context: OrchestrationContext,
  request: OperationRequest,
  stack: StackRow,
  patch: boolean,
): Promise<void> {
  const body = (request.body ?? {}) as StackBody;
  if (stack.status === 'IN_PROGRESS') throw actionInProgress(stack.name, stack.action);
  if (stack.action === 'SUSPEND') {
    throw notSupported('Updating a stack when it is suspended is not supported: resume it first.');
  }
  if (stack.action === 'DELETE') {
    throw notSupported('Updating a stack when it is deleting is not supported.');
  }
  const { given } = await plannedUpdate(context, request, stack, patch);
  const changes: ActionChanges = {
    definition: given.stored,
    rights: rightsFor(request, stack),
    converge: truth('converge', body.converge, false),
    disable_rollback: truth('disable_rollback', body.disable_rollback, stack.disable_rollback),
    ...(body.timeout_mins === undefined ? {} : { timeout_minutes: minutesOf(body.timeout_mins) }),
    ...(body.tags === undefined && patch ? {} : { tags: tagsOf(body.tags) ?? [] }),
  };
  await startAction(context, stack, 'UPDATE', changes);
}
