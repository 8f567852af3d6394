import { nothingLess, type Wanted } from './wanted.ts';
import { Fault } from '../../../core/errors.ts';
import { mapOf } from '../language/value.ts';
import { jsonOf, type ValueMap } from '../language/index.ts';
import { changedBetween } from '../resources/properties.ts';
import { ReplacementNeeded, type ResourceType } from '../resources/type.ts';
import type { ResourceRow } from '../tables.ts';
import { hook } from './hooks.ts';
import { remove } from './remove.ts';
import { bringNested, nestedDiffers, takeNestedIn } from './nested.ts';
import type { Run } from './run.ts';
import { updateStepOf } from './step.ts';

/** Properties whose difference cannot be made good in the thing that is there. */
export function replacing(
  type: ResourceType,
  former: ValueMap,
  properties: ValueMap,
  changed: ReadonlySet<string>,
): boolean {
  for (const name of changed) if (!type.properties[name]?.updateAllowed) return true;
  return type.mustReplace?.({ properties, former, changed }) ?? false;
}

/** How well a resource that is there fits what is wanted: less is better. */
function unfitness(run: Run, row: ResourceRow, wanted: Wanted): number {
  if (row.generation === run.stack.generation && row.action !== 'DELETE') return 0;
  if (row.action === 'DELETE') return 9;
  if (row.type !== wanted.type || row.external !== (wanted.externalId !== undefined)) return 8;
  const healthy = isHealthy(row);
  const changed = changedBetween(row.properties ?? mapOf([]), wanted.properties);
  if (healthy && changed.size === 0) return 1;
  const replaced = replacing(wanted.kind, row.properties ?? mapOf([]), wanted.properties, changed);
  if (healthy) return replaced ? 4 : 2;
  return row.action === 'CREATE' || row.properties === null ? 7 : replaced ? 6 : 3;
}

const isHealthy = (row: ResourceRow): boolean => row.status === 'COMPLETE' && !row.unhealthy;

/** The reason of a thing that turned out to need a successor while it was changed. */
const OUTGROWN = 'another one has to take its place';

/** Whether the thing that is there cannot become what is wanted. */
function mustReplace(run: Run, row: ResourceRow, wanted: Wanted): boolean {
  if (row.generation === run.stack.generation && row.status === 'IN_PROGRESS') return false;
  if (row.type !== wanted.type || row.external !== (wanted.externalId !== undefined)) return true;
  if (row.generation === run.stack.generation) return row.reason === OUTGROWN;
  if (wanted.kind.alwaysReplaced && run.stack.action === 'UPDATE') return true;
  if (row.external) return row.physical_id !== wanted.externalId;
  if (row.action === 'DELETE' || row.unhealthy) return true;
  // What was not made to the end is made anew; stacks inside go on from where they are.
  if (row.status !== 'COMPLETE' && (row.action === 'CREATE' || row.action === 'ADOPT')) {
    return row.nested_id === null;
  }
  if (row.status === 'FAILED' && row.action === 'CHECK') return row.nested_id === null;
  if (row.properties === null) return true;
  const changed = changedBetween(row.properties, wanted.properties);
  return replacing(wanted.kind, row.properties, wanted.properties, changed);
}

/** Makes, changes, replaces or leaves one resource, so that it is as its template wants it. */
export async function apply(run: Run, wanted: Wanted): Promise<void> {
  const candidates = [...run.rows.values()].filter(({ name }) => name === wanted.name);
  const [best] = candidates.toSorted(
    (one, other) =>
      unfitness(run, one, wanted) - unfitness(run, other, wanted) ||
      Number(one.replaced_by !== null) - Number(other.replaced_by !== null) ||
      Number(other.created_at) - Number(one.created_at),
  );
  if (best && best.generation === run.stack.generation && best.status === 'FAILED') {
    // It failed before the engine was started again.
    throw await run.fail(best, new Error(best.reason));
  }
  if (best && !mustReplace(run, best, wanted)) {
    await choose(run, best, candidates);
    return keep(run, best, wanted);
  }
  if (best) refuseReplacing(run, best, wanted);
  return create(run, wanted, best, candidates);
}

/** This one stands for the name from now on. */
async function choose(
  run: Run,
  row: ResourceRow,
  candidates: readonly ResourceRow[],
): Promise<void> {
  const changed: ResourceRow[] = [];
  for (const one of candidates) {
    const by = one === row ? null : row.id;
    if (one.replaced_by === by || (one !== row && one.replaced_by !== null)) continue;
    one.replaced_by = by;
    changed.push(one);
  }
  if (changed.length > 0) await run.context.journal.write({ rows: changed });
  if (!row.made_way) return;
  // Its successors go first: they have what it gave away.
  for (const one of candidates) if (one !== row && run.rows.has(one.id)) await remove(run, one);
  try {
    const type = run.typeOf(row);
    await run.ask(async () => type.takeBack?.(run.step(row, { signal: run.signal })));
  } catch (error) {
    throw await run.fail(row, error);
  }
  row.made_way = false;
  await run.context.journal.write({ rows: [row] });
}

function refuseReplacing(run: Run, row: ResourceRow, wanted: Wanted): void {
  const restricted = run.target?.environment.registry.restrictedActions(wanted.name);
  if (!restricted?.has('replace')) return;
  throw new Fault(
    'badRequest',
    `replace is restricted for resource ${row.name}: its environment says so`,
    { type: 'ResourceActionRestricted' },
  );
}

async function create(
  run: Run,
  wanted: Wanted,
  old: ResourceRow | undefined,
  candidates: readonly ResourceRow[],
): Promise<void> {
  const row = run.newRow({
    ...nothingLess(wanted),
    name: wanted.name,
    type: wanted.type,
    replaces: old?.id ?? null,
    external: wanted.externalId !== undefined,
    physical_id: wanted.externalId ?? null,
    wanted: wanted.properties,
    metadata: wanted.metadata,
  });
  const others = candidates.filter((one) => one.replaced_by === null);
  for (const one of others) one.replaced_by = row.id;
  if (old && canMakeWay(run, old)) old.made_way = true;
  await hook(run, row, 'pre-create', others);
  await run.begin(row, run.stack.action === 'ADOPT' ? 'ADOPT' : 'CREATE', {}, others);
  await make(run, row, wanted.kind, false);
}

const canMakeWay = (run: Run, old: ResourceRow): boolean =>
  old.physical_id !== null && !old.external && run.typeOf(old).makeWay !== undefined;

async function make(
  run: Run,
  row: ResourceRow,
  type: ResourceType,
  repeated: boolean,
): Promise<void> {
  const properties = row.wanted ?? mapOf([]);
  const step = run.step(row, { properties, repeated, signal: run.signal });
  try {
    if (row.external) {
      if (type.check) await run.ask(() => type.check!(step));
    } else if (row.action === 'ADOPT' && row.physical_id !== null) {
      if (row.nested_id === null && type.check) await run.ask(() => type.check!(step));
    } else {
      const old = row.replaces === null ? undefined : run.rows.get(row.replaces);
      if (old?.made_way) await run.ask(async () => run.typeOf(old).makeWay?.(run.step(old)));
      await run.ask(() => type.create(step));
      const nested = await type.nested?.(step);
      if (nested) await bringNested(run, row, nested);
      await run.until(type.isCreated && (() => type.isCreated!(step)));
    }
  } catch (error) {
    throw await run.fail(row, error);
  }
  run.complete(row, { properties, wanted: null });
  await hook(run, row, 'post-create');
}

/** The thing that is there becomes what is wanted, if it is not that already. */
async function keep(run: Run, row: ResourceRow, wanted: Wanted): Promise<void> {
  const { kind } = wanted;
  if (row.generation === run.stack.generation) {
    if (row.status === 'COMPLETE')
      return hook(run, row, row.action === 'UPDATE' ? 'post-update' : 'post-create');
    if (row.action === 'CREATE' || row.action === 'ADOPT') return make(run, row, kind, true);
    return change(run, row, wanted, true);
  }
  const properties = row.properties ?? mapOf([]);
  const changed = changedBetween(properties, wanted.properties);
  const unfinished = row.status !== 'COMPLETE';
  const drift = run.stack.converge && !row.external && (await hasDrifted(run, row, kind));
  if (drift) {
    row.unhealthy = true;
    return apply(run, wanted);
  }
  const inside = kind.nested ? await nestedDiffers(run, row, kind, wanted.properties) : false;
  const rest = nothingLess(wanted);
  if (changed.size === 0 && !unfinished && !inside) {
    // Nothing to do but to write down what only we look at.
    const before = jsonOf([row.needs, row.template_metadata, row.update_policy]);
    const same = before === jsonOf([rest.needs, rest.template_metadata, rest.update_policy]);
    if (same && row.deletion_policy === rest.deletion_policy) return;
    if (jsonOf(row.template_metadata) !== jsonOf(rest.template_metadata))
      row.metadata = wanted.metadata;
    Object.assign(row, rest);
    await run.context.journal.write({ rows: [row] });
    return;
  }
  const restricted = run.target?.environment.registry.restrictedActions(wanted.name);
  if (restricted?.has('update')) {
    throw new Fault(
      'badRequest',
      `update is restricted for resource ${row.name}: its environment says so`,
      { type: 'ResourceActionRestricted' },
    );
  }
  if (jsonOf(row.template_metadata) !== jsonOf(rest.template_metadata))
    row.metadata = wanted.metadata;
  await hook(run, row, 'pre-update');
  await run.begin(row, 'UPDATE', { ...rest, wanted: wanted.properties });
  await change(run, row, wanted, false);
}

async function change(
  run: Run,
  row: ResourceRow,
  wanted: Wanted,
  repeated: boolean,
): Promise<void> {
  const { kind } = wanted;
  const properties = row.wanted ?? wanted.properties;
  const former = row.properties ?? mapOf([]);
  const changed = changedBetween(former, properties);
  const step = updateStepOf(run, row, {
    properties,
    former,
    changed,
    repeated,
    signal: run.signal,
  });
  try {
    if (!row.external) {
      // A stack behind that could not be made before is made now.
      if (row.nested_id === null && kind.nested && row.physical_id === null) {
        await run.ask(() => kind.create(step));
      }
      if (kind.update) await run.ask(() => kind.update!(step));
      const nested = await kind.nested?.(step);
      if (nested) await bringNested(run, row, nested);
      else if (row.nested_id !== null && kind.nested) await takeNestedIn(run, row);
      await run.until(kind.isUpdated && (() => kind.isUpdated!(step)));
    }
  } catch (error) {
    if (error instanceof ReplacementNeeded) {
      Object.assign(row, { status: 'COMPLETE', reason: OUTGROWN, wanted: null });
      await run.context.journal.write({ rows: [row], events: [run.event(row)] });
      return apply(run, wanted);
    }
    throw await run.fail(row, error);
  }
  run.complete(row, { properties, wanted: null });
  await hook(run, row, 'post-update');
}

/** Whether the thing is gone or unwell, for updates that look (`--converge`). */
async function hasDrifted(run: Run, row: ResourceRow, type: ResourceType): Promise<boolean> {
  if (!type.check || row.nested_id !== null) return false;
  try {
    await run.ask(() => type.check!(run.step(row)));
    return false;
  } catch (error) {
    if (error instanceof Fault && error.kind !== 'notFound') throw error;
    return true;
  }
}
