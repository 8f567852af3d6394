import type { Run } from '../engine/run.ts';
import { isMap, member } from '../language/value.ts';
import type { Value, ValueMap } from '../language/index.ts';
import { exportOf } from '../stacks/export.ts';

/** Keeps what a snapshot is made of, once every resource has kept its own. */
export async function storeSnapshot(run: Run): Promise<void> {
  const { tables } = run.context;
  const { snapshot_id: id } = run.stack;
  if (id === null) return;
  const data = await exportOf(run);
  await tables
    .updateTable('orchestration.snapshots')
    .set({
      status: 'COMPLETE',
      reason: 'Stack SNAPSHOT completed successfully',
      data: JSON.stringify({ ...data, status: 'COMPLETE', action: 'SNAPSHOT' }),
    })
    .where('id', '=', id)
    .execute();
}

/** What the resources kept for the snapshot that a stack is brought back to. */
export async function keptOf(run: Run): Promise<Map<string, Record<string, string>>> {
  const kept = new Map<string, Record<string, string>>();
  const { snapshot_id: id } = run.stack;
  if (id === null) return kept;
  const row = await run.context.tables
    .selectFrom('orchestration.snapshots')
    .select('data')
    .where('id', '=', id)
    .executeTakeFirst();
  const resources = row && isMap(row.data) ? member(row.data, 'resources') : undefined;
  for (const [name, one] of Object.entries(isMap(resources) ? resources : {})) {
    const data = isMap(one) ? member(one, 'resource_data') : undefined;
    if (isMap(data)) kept.set(name, data as Record<string, string>);
  }
  return kept;
}

/** Lets the resources forget what they kept for a stack's snapshots. */
export async function forgetSnapshots(run: Run): Promise<void> {
  const { tables } = run.context;
  const snapshots = await tables
    .selectFrom('orchestration.snapshots')
    .selectAll()
    .where('stack_id', '=', run.stack.id)
    .execute();
  for (const { id, data } of snapshots) {
    await forgetSnapshot(run, data);
    await tables.deleteFrom('orchestration.snapshots').where('id', '=', id).execute();
  }
}

/** Lets the resources forget what they kept for one snapshot. */
export async function forgetSnapshot(run: Run, data: Value): Promise<void> {
  const resources = isMap(data) ? member(data, 'resources') : undefined;
  if (!isMap(resources)) return;
  for (const [name, kept] of Object.entries(resources)) {
    const row = run.live.get(name);
    if (!row || !isMap(kept)) continue;
    const type = run.typeOf(row);
    const notes = (member(kept, 'resource_data') ?? {}) as ValueMap;
    const step = run.step({ ...row, data: notes as Record<string, string> });
    if (type.deleteSnapshot) await run.ask(() => type.deleteSnapshot!(step));
  }
}
