import { Fault } from '../../../core/errors.ts';
import { mapOf } from '../language/value.ts';
import type { ResourceType } from '../resources/type.ts';
import type { ResourceRow } from '../tables.ts';
import { hook } from './hooks.ts';
import { takeNestedIn } from './nested.ts';
import { throwOthers } from './failure.ts';
import { inOrder, reversed } from './order.ts';
import type { Run } from './run.ts';

/** How long a deletion is tried again that something else holds up, in milliseconds. */
const PATIENCE = 30_000;

/** Removes resources, each after all that need it. */
export async function removeAll(run: Run, doomed: readonly ResourceRow[]): Promise<void> {
  const graph = new Map(doomed.map((row) => [row.id, new Set(row.needs)]));
  const errors = await inOrder(
    reversed(graph),
    (id) => remove(run, run.rows.get(id)!),
    () => run.signal.aborted,
  );
  throwOthers(errors);
}

export async function remove(run: Run, row: ResourceRow): Promise<void> {
  const { journal } = run.context;
  if (
    row.generation === run.stack.generation &&
    row.action === 'DELETE' &&
    row.status === 'FAILED'
  ) {
    // It failed before the engine was started again.
    throw await run.fail(row, new Error(row.reason));
  }
  const gone = () => {
    Object.assign(row, { action: 'DELETE', status: 'COMPLETE', reason: 'state changed' });
    run.rows.delete(row.id);
    run.note({ removed: [row.id], events: [run.event(row)] });
  };
  if (row.action === 'INIT' && row.physical_id === null && row.nested_id === null) {
    run.rows.delete(row.id);
    return journal.write({ removed: [row.id] });
  }
  if (row.external || (row.deletion_policy === 'Retain' && row.action !== 'INIT')) return gone();
  let type: ResourceType;
  try {
    type = run.typeOf(row);
  } catch (error) {
    throw await run.fail(row, error);
  }
  // Nobody knows how its creation ended: it is repeated, so that nothing is left behind.
  const doubtful =
    row.action === 'CREATE' && row.status === 'IN_PROGRESS' && row.physical_id === null;
  await hook(run, row, 'pre-delete');
  try {
    const step = run.step(row, {
      properties: row.properties ?? row.wanted ?? mapOf([]),
      repeated: true,
      signal: run.signal,
    });
    if (doubtful) await run.ask(() => type.create(step)).catch(() => undefined);
    if (row.deletion_policy === 'Snapshot' && type.snapshot && row.physical_id !== null) {
      await run.ask(() => type.snapshot!(step));
      await run.until(type.isSnapshotted && (() => type.isSnapshotted!(step)));
    }
    await run.begin(row, 'DELETE');
    if (row.nested_id !== null) await takeNestedIn(run, row);
    if (type.delete) {
      await patiently(run, () => run.ask(() => type.delete!(step)));
      await run.until(type.isDeleted && (() => type.isDeleted!(step)));
    }
    await hook(run, row, 'post-delete');
  } catch (error) {
    throw await run.fail(row, error);
  }
  gone();
}

/** Something may still be going that holds the thing: a server's port, a router's interface. */
async function patiently(run: Run, work: () => Promise<void>): Promise<void> {
  const until = Date.now() + PATIENCE;
  for (let wait = 20; ; wait = Math.min(wait * 2, 1000)) {
    try {
      return await work();
    } catch (error) {
      const held = error instanceof Fault && error.kind === 'conflict';
      if (!held || Date.now() > until || run.failed) throw error;
      await run.pause(wait);
    }
  }
}
