import type { Target } from './target.ts';
import { apply } from './apply.ts';
import { BatchGate } from './batches.ts';
import { Interrupted, StepFailed, throwOthers } from './failure.ts';
import { inOrder } from './order.ts';
import { removeAll } from './remove.ts';
import type { Run } from './run.ts';
import { dependenciesOf } from './siblings.ts';
import { reserve } from './size.ts';
import { wantedOf, type Wanted } from './wanted.ts';

/**
 * Brings a stack's resources to what its target wants, from whatever there is: makes what is missing, changes or
 * replaces what differs, and takes down last what nobody wants any more. Without a target nothing is wanted.
 * Asked again after a crash it goes on from what was written down.
 */
export async function converge(run: Run, target: Target | undefined): Promise<void> {
  run.target = target;
  if (target) {
    await reserve(run, target.evaluation.resources.size);
    const graph = dependenciesOf(target, await run.lookups([]));
    const gate = new BatchGate(run, run.stack.batches);
    const errors = await inOrder(
      graph,
      async (name) => {
        if (run.failed) throw run.failed;
        run.signal.throwIfAborted();
        try {
          await gate.through(name, async () =>
            apply(run, restoring(run, await wantedOf(run, name, graph.get(name)!))),
          );
        } catch (error) {
          throw await failure(run, name, error);
        }
      },
      () => run.failed !== undefined || run.signal.aborted,
    );
    throwOthers(errors);
  }
  if (run.failed) throw run.failed;
  run.signal.throwIfAborted();
  const kept = target?.evaluation.resources;
  const doomed = [...run.rows.values()].filter(
    (row) => row.replaced_by !== null || !kept?.has(row.name),
  );
  await removeAll(run, doomed);
  if (run.failed) throw run.failed;
  run.signal.throwIfAborted();
}

/** What a snapshot kept of the resource, put into its properties. */
function restoring({ restored }: Run, wanted: Wanted): Wanted {
  const data = restored?.get(wanted.name);
  if (!data || !wanted.kind.restored) return wanted;
  return { ...wanted, properties: wanted.kind.restored(wanted.properties, data) };
}

/** What went wrong before a step of the resource was begun is told at the resource too. */
async function failure(run: Run, name: string, error: unknown): Promise<unknown> {
  if (error instanceof StepFailed || error instanceof Interrupted) return error;
  const definition = run.target!.evaluation.resources.get(name)!;
  const row = run.live.get(name) ?? run.newRow({ name, type: definition.type });
  row.action = row.action === 'INIT' ? 'CREATE' : 'UPDATE';
  row.generation = run.stack.generation;
  return run.fail(row, error);
}
