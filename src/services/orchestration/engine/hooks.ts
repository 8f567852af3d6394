import type { Hook } from '../language/index.ts';
import type { ResourceRow } from '../tables.ts';
import type { Run } from './run.ts';

/**
 * Waits at a hook that the environment sets for the resource, until somebody clears it
 * (`openstack stack hook clear`): a breakpoint.
 */
export async function hook(
  run: Run,
  row: ResourceRow,
  hook: Hook,
  others: readonly ResourceRow[] = [],
): Promise<void> {
  const target = run.target ?? run.former;
  if (!target?.environment.registry.hooks(row.name).has(hook)) return;
  const key = `${run.stack.generation} ${hook}`;
  if (row.hooks[key] === 'cleared') return;
  const waiting = row.hooks[key] === 'waiting';
  row.hooks = { ...row.hooks, [key]: 'waiting' };
  const action = hook.split('-')[1]!.toUpperCase();
  const reason = `${action} paused until Hook ${hook} is cleared`;
  await run.context.journal.write({
    rows: [row, ...others],
    events: waiting ? [] : [run.event(row, reason)],
  });
  // Whoever clears it changes the row that we hold, and wakes us.
  for (;;) {
    if ((row.hooks as ResourceRow['hooks'])[key] === 'cleared') return;
    await run.pause(5000);
  }
}

/** The hooks at which a resource waits now. */
export const waitingHooks = (row: ResourceRow): string[] =>
  Object.entries(row.hooks)
    .filter(([, state]) => state === 'waiting')
    .map(([key]) => key.split(' ')[1]!);
