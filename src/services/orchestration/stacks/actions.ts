import { Fault } from '../../../core/errors.ts';
import type { OrchestrationContext } from '../context.ts';
import { notSupported } from '../errors.ts';
import type { StackRow } from '../tables.ts';
import { startAction } from './model.ts';

type Act = (
  context: OrchestrationContext,
  stack: StackRow,
  rights: StackRow['rights'],
) => Promise<unknown>;

const begin =
  (action: 'SUSPEND' | 'RESUME' | 'CHECK'): Act =>
  (context, stack, rights) => {
    if (stack.action === 'DELETE') {
      throw notSupported(`${action} of a stack that is deleted is not supported.`);
    }
    return startAction(context, stack, action, { rights });
  };

async function cancel(
  context: OrchestrationContext,
  stack: StackRow,
  how: 'rollback' | 'stop',
): Promise<void> {
  const state = `${stack.action}_${stack.status}`;
  const can = state === 'UPDATE_IN_PROGRESS' || (how === 'stop' && state === 'CREATE_IN_PROGRESS');
  if (!can) throw notSupported(`Cancelling update when stack is ${state} is not supported.`);
  await context.engine.cancel(stack.id, how);
}

const ACTIONS: Readonly<Record<string, Act>> = {
  suspend: begin('SUSPEND'),
  resume: begin('RESUME'),
  check: begin('CHECK'),
  cancel_update: (context, stack) => cancel(context, stack, 'rollback'),
  cancel_without_rollback: (context, stack) => cancel(context, stack, 'stop'),
};

/** Does the one action that a body names. */
export async function act(
  context: OrchestrationContext,
  stack: StackRow,
  body: unknown,
  rights: StackRow['rights'],
): Promise<void> {
  const names = Object.keys((body ?? {}) as object);
  const [name = ''] = names;
  if (names.length === 0) throw new Fault('badRequest', 'No action specified');
  if (names.length > 1) throw new Fault('badRequest', 'Multiple actions specified');
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (!action) {
    const known = Object.keys(ACTIONS).join(', ');
    throw new Fault('badRequest', `Invalid action ${name} specified: use one of ${known}.`);
  }
  await action(context, stack, rights);
}
