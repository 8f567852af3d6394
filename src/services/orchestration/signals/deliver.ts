import { Fault } from '../../../core/errors.ts';
import type { OrchestrationContext } from '../context.ts';
import { Run } from '../engine/run.ts';
import { rowsOf } from '../engine/view.ts';
import { waitingHooks } from '../engine/hooks.ts';
import { nestedDefinition } from '../engine/nested.ts';
import { HOOKS, isMap, type Value } from '../language/index.ts';
import { member, wordOf } from '../language/value.ts';
import { startAction, stackById } from '../stacks/model.ts';
import type { EventRow, ResourceRow, StackRow } from '../tables.ts';
import { templateOf } from '../templates/model.ts';

const eventOf = (
  stack: StackRow,
  row: ResourceRow,
  reason: string,
): Omit<EventRow, 'id' | 'seq' | 'at'> => ({
  stack_id: stack.id,
  root_id: stack.root_id,
  resource_name: row.name,
  resource_type: row.type,
  physical_id: row.physical_id,
  action: row.action,
  status: row.status,
  reason,
  properties: row.properties,
});

async function clearHook(
  context: OrchestrationContext,
  stack: StackRow,
  row: ResourceRow,
  wanted: Value,
): Promise<void> {
  const hook = HOOKS.find((one) => one === wanted);
  if (!hook) {
    throw new Fault('badRequest', `There is no hook "${wordOf(wanted)}": use ${HOOKS.join(', ')}.`);
  }
  if (!waitingHooks(row).includes(hook)) {
    throw new Fault(
      'badRequest',
      `The "${hook}" hook is not defined on ResourceInstance "${row.name}"`,
      {
        type: 'InvalidBreakPointHook',
      },
    );
  }
  row.hooks = Object.fromEntries(
    Object.entries(row.hooks).map(([key, state]) => [
      key,
      key.endsWith(` ${hook}`) ? 'cleared' : state,
    ]),
  );
  await context.journal.write({
    rows: [row],
    events: [eventOf(stack, row, `Hook ${hook} is cleared`)],
  });
  context.engine.wake(stack.id);
}

/** Tells a resource something, in the name of the stack's owner. */
export async function deliverSignal(
  context: OrchestrationContext,
  stack: StackRow,
  found: ResourceRow,
  details: Value,
): Promise<void> {
  // What ended a moment ago has been written down since the row was found.
  const rows = context.engine.runOf(stack.id) ? [] : await rowsOf(context, stack.id);
  const running = context.engine.runOf(stack.id);
  // As the engine holds it now, so that nobody writes over what the other has written.
  const row = running?.rows.get(found.id) ?? rows.find(({ id }) => id === found.id) ?? found;
  const hook = isMap(details) ? member(details, 'unset_hook') : undefined;
  if (hook !== undefined) return clearHook(context, stack, row, hook);
  if (stack.action === 'DELETE' || stack.action === 'SUSPEND') {
    throw new Fault('badRequest', `Signal resource during ${stack.action} is not supported.`, {
      type: 'NotSupported',
    });
  }
  const view = running ?? new Run(context, stack, rows);
  if (!running) view.target = await view.readTarget(stack.template_id);
  const type = view.typeOf(row);
  if (!type.signal) {
    throw new Fault(
      'badRequest',
      `Resource ${row.name} of type ${row.type} does not take signals.`,
      {
        type: 'ResourceActionNotSupported',
      },
    );
  }
  const reason = await type.signal(view.step(row), details);
  await context.journal.write({ rows: [row], events: [eventOf(stack, row, reason)] });
  context.engine.wake(stack.id);
  // Whoever waits for it may stand in a stack further out or in.
  if (stack.root_id !== stack.id) context.engine.wake(stack.root_id);
  if (!running && row.nested_id !== null) await follow(context, view, row);
}

/** A signal may have changed what stands behind the resource: a group's size. */
async function follow(context: OrchestrationContext, view: Run, row: ResourceRow): Promise<void> {
  const nested = await view.typeOf(row).nested?.(view.step(row));
  const child = nested && (await stackById(context, row.nested_id!));
  if (!nested || !child || child.template_id === null) return;
  const definition = nestedDefinition(view, row, nested);
  const present = await templateOf(context.tables, child.template_id);
  if (present?.template === definition.template && present.environment === definition.environment) {
    return;
  }
  await startAction(context, child, 'UPDATE', {
    definition,
    rights: view.stack.rights,
    batches: nested.batches ? { ...nested.batches } : null,
  });
}
