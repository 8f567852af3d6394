import type { ResourceType, Step } from '../resources/type.ts';
import type { ResourceRow } from '../tables.ts';
import { actOnNested } from './nested.ts';
import { throwOthers } from './failure.ts';
import { inOrder, reversed } from './order.ts';
import type { Run } from './run.ts';

export type Sweep = 'SUSPEND' | 'RESUME' | 'CHECK' | 'SNAPSHOT';

/** What an action asks of a type, and how its end is seen. */
function partsOf(type: ResourceType, action: Sweep): [Part | undefined, Look | undefined] {
  switch (action) {
    case 'SUSPEND':
      return [type.suspend?.bind(type), type.isSuspended?.bind(type)];
    case 'RESUME':
      return [type.resume?.bind(type), type.isResumed?.bind(type)];
    case 'CHECK':
      return [type.check?.bind(type) ?? checkByLooking(type), undefined];
    case 'SNAPSHOT':
      return [type.snapshot?.bind(type), type.isSnapshotted?.bind(type)];
  }
}
type Part = (step: Step) => Promise<void>;
type Look = (step: Step) => Promise<boolean>;

/** A thing that can be described is there. */
const checkByLooking = (type: ResourceType): Part | undefined =>
  type.describe && !type.nested
    ? async (step) => {
        await type.describe!(step);
      }
    : undefined;

/** Does the same with every resource of a stack: first with what others need, when it is put to sleep last. */
export async function sweep(run: Run, action: Sweep): Promise<void> {
  const rows = [...run.live.values()];
  const graph = new Map(rows.map((row) => [row.id, new Set(row.needs)]));
  const all = action === 'CHECK';
  const errors = await inOrder(
    action === 'SUSPEND' ? reversed(graph) : graph,
    async (id) => {
      try {
        await one(run, run.rows.get(id)!, action);
      } catch (error) {
        // A check looks at everything, so that all that is wrong is known.
        if (!all || run.signal.aborted) throw error;
      }
    },
    () => run.signal.aborted || (!all && run.failed !== undefined),
  );
  throwOthers(errors);
  if (run.failed) throw run.failed;
  run.signal.throwIfAborted();
}

async function one(run: Run, row: ResourceRow, action: Sweep): Promise<void> {
  const done = row.generation === run.stack.generation && row.action === action;
  if (done && row.status === 'COMPLETE') return;
  const repeated = done && row.status === 'IN_PROGRESS';
  if (!repeated) await run.begin(row, action);
  try {
    const [part, look] = partsOf(run.typeOf(row), action);
    const step = run.step(row, { repeated, signal: run.signal });
    if (row.nested_id !== null) await actOnNested(run, row, action);
    if (part && !row.external) await run.ask(() => part(step));
    if (look && !row.external) await run.until(() => look(step));
  } catch (error) {
    throw await run.fail(row, error);
  }
  run.complete(row);
}
