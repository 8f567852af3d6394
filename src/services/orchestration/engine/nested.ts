import { newUuid } from '../../../core/ids.ts';
import { TemplateError } from '../language/errors.ts';
import { nestedEnvironment, type ValueMap } from '../language/index.ts';
import { mapOf } from '../language/value.ts';
import type { NestedStack, ResourceType } from '../resources/type.ts';
import { createChild, startAction, stackById, type ActionChanges } from '../stacks/model.ts';
import type { ResourceRow, StackAction, StackRow } from '../tables.ts';
import { stored, templateOf, type StoredDefinition } from '../templates/model.ts';
import { NestedFailure } from './failure.ts';
import type { Run } from './run.ts';
import { shortIdOf } from './step.ts';
import type { StackView } from './view.ts';

/** The definition of the stack behind a resource. */
export function nestedDefinition(
  view: StackView,
  row: Pick<ResourceRow, 'name'>,
  nested: NestedStack,
): StoredDefinition {
  const outer = view.target ?? view.former;
  if (!outer) throw new Error('a nested stack needs an outer one');
  const template =
    typeof nested.template === 'string' ? nested.template : JSON.stringify(nested.template);
  const environment = nestedEnvironment(
    outer.environment,
    row.name,
    nested.parameters ?? mapOf([]),
  );
  return stored(template, { ...outer.files, ...nested.files }, environment);
}

const same = (one: StoredDefinition, other: StoredDefinition): boolean =>
  one.template === other.template &&
  one.files === other.files &&
  one.environment === other.environment;

/** Whether the stack behind a resource is not, or not yet, what its type would have there. */
export async function nestedDiffers(
  run: Run,
  row: ResourceRow,
  kind: ResourceType,
  properties: ValueMap,
): Promise<boolean> {
  const nested = await kind.nested!(run.step(row, { properties }));
  if (!nested) return row.nested_id !== null;
  const child = row.nested_id === null ? undefined : await stackById(run.context, row.nested_id);
  if (!child || child.status !== 'COMPLETE' || child.template_id === null) return true;
  // An update that looks at things looks at those inside too.
  if (run.stack.converge) return true;
  const present = await templateOf(run.context.tables, child.template_id);
  return !present || !same(present, nestedDefinition(run, row, nested));
}

/** Makes the stack behind a resource what its type wants there, and waits until it is. */
export async function bringNested(run: Run, row: ResourceRow, nested: NestedStack): Promise<void> {
  const { context, stack } = run;
  const definition = nestedDefinition(run, row, nested);
  if (row.nested_id === null) {
    if (stack.depth + 1 > context.options.max_nested_stack_depth) {
      throw new TemplateError(
        `Recursion depth exceeds ${context.options.max_nested_stack_depth}.`,
        { type: 'RequestLimitExceeded' },
      );
    }
    // Written down first: after a crash the same stack is gone on with.
    row.nested_id = newUuid();
    row.physical_id ??= row.nested_id;
    await context.journal.write({ rows: [row] });
  }
  const id = row.nested_id;
  let child = await stackById(context, id);
  const batches = nested.batches ? { ...nested.batches } : null;
  const options: ActionChanges = {
    batches,
    timeout_minutes: nested.timeoutMinutes ?? stack.timeout_minutes,
    converge: stack.converge,
  };
  if (!child) {
    const name = `${stack.name}-${row.name}-${shortIdOf(row.id)}`;
    child = await createChild(context, {
      id,
      name,
      parent: stack,
      resource: row.name,
      definition,
      ...options,
    });
    return settled(run, id, child.generation);
  }
  child = await idle(run, id);
  const present =
    child.template_id === null ? undefined : await templateOf(context.tables, child.template_id);
  const ready =
    child.status === 'COMPLETE' && child.action !== 'DELETE' && child.action !== 'ROLLBACK';
  if (ready && !stack.converge && present && same(present, definition)) return;
  const started = await startAction(context, child, 'UPDATE', {
    ...options,
    definition,
    rights: stack.rights,
  });
  return settled(run, id, started.generation);
}

/** Does something with the stack behind a resource as a whole, and waits for its end. */
export async function actOnNested(run: Run, row: ResourceRow, action: StackAction): Promise<void> {
  const child = await idle(run, row.nested_id!);
  if (child.action === action && child.status === 'COMPLETE' && action === 'SUSPEND') return;
  const { generation } = await startAction(run.context, child, action, {
    rights: run.stack.rights,
  });
  await settled(run, child.id, generation);
}

/** Takes the stack behind a resource down. */
export async function takeNestedIn(run: Run, row: ResourceRow): Promise<void> {
  const child = row.nested_id === null ? undefined : await stackById(run.context, row.nested_id);
  if (child && child.deleted_at === null) {
    const { generation } =
      child.action === 'DELETE' && child.status === 'IN_PROGRESS'
        ? child
        : await startAction(run.context, child, 'DELETE', { rights: run.stack.rights });
    await settled(run, child.id, generation);
  }
}

/** The stack once nothing goes on in it. */
async function idle(run: Run, id: string): Promise<StackRow> {
  for (;;) {
    const child = await stackById(run.context, id);
    if (!child) throw new Error(`the nested stack ${id} is gone`);
    if (child.status !== 'IN_PROGRESS') return child;
    await waitFor(run, id);
  }
}

async function settled(run: Run, id: string, generation: number): Promise<void> {
  for (;;) {
    const child = await stackById(run.context, id);
    if (!child) return;
    if (child.generation > generation) {
      throw new NestedFailure(`another action (${child.action}) was begun in ${child.name}`);
    }
    if (child.status === 'COMPLETE') return;
    if (child.status === 'FAILED') throw new NestedFailure(child.reason);
    await waitFor(run, id);
  }
}

/** Until something ends in the stack; when we are to stop, so is it. */
async function waitFor(run: Run, id: string): Promise<void> {
  const { engine } = run.context;
  const ended = engine.whenSettled(id, () => run.wake());
  try {
    await run.pause(2000);
  } catch (error) {
    await engine.cancel(id, 'stop');
    throw error;
  } finally {
    ended();
  }
}
