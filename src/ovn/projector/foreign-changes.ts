import type { LiveRow } from '../desired.ts';
import type { Change } from '../mirror/mirror.ts';
import type { LiveView } from './live-view.ts';

/** Who is told what changes of the mirror mean. */
export interface Concern {
  /** This owner's rows may no longer be as they should. */
  suspect(owner: string): void;
  /** A row with this key is there now. */
  appeared(table: string, key: string): void;
}

/**
 * Tells whose rows a change of the database concerns, whoever made it. Columns that nobody desires (what northd and
 * hosts observe) concern nobody, so that a port's coming up costs a look into a set.
 */
export function concernOf(view: LiveView, changes: readonly Change[], concern: Concern): void {
  for (const change of changes) {
    if (view.knows(change.table)) lookAtRow(view, change, concern);
    for (const { column, child } of view.childrenOf(change.table))
      lookAtMembers(view, change, column, child, concern);
  }
}

function lookAtRow(view: LiveView, change: Change, concern: Concern): void {
  const { table, before, after, columns } = change;
  if (before === undefined) {
    if (after !== undefined) lookAtArrival(view, table, after, undefined, concern);
    return;
  }
  if (after === undefined) {
    const owner = view.ownerOf(table, before);
    if (owner !== undefined) concern.suspect(owner);
    return;
  }
  if (!columns.some(({ column }) => view.isDesired(table, column))) return;
  const owner = view.ownerOf(table, before);
  const key = view.keyOf(table, before);
  if (owner !== undefined) {
    concern.suspect(owner);
    // Without its name or ids it would look like somebody else's: its owner is to know it again.
    if (key !== undefined && view.keyOf(table, after) !== key)
      view.remember(owner, table, key, after._uuid);
  }
  lookAtArrival(view, table, after, key, concern);
}

/** A row that has this key and owner now. */
function lookAtArrival(
  view: LiveView,
  table: string,
  row: LiveRow,
  earlierKey: string | undefined,
  concern: Concern,
): void {
  const owner = view.ownerOf(table, row);
  if (owner !== undefined) concern.suspect(owner);
  const key = view.keyOf(table, row);
  if (key === undefined || key === earlierKey) return;
  concern.appeared(table, key);
  if (view.count(table, key) < 2) return;
  // Two rows claim to be the same: who made the other one is to decide too.
  for (const twin of view.byKey(table, key)) {
    const other = view.ownerOf(table, twin);
    if (other !== undefined) concern.suspect(other);
  }
}

/** Rows that joined or left the parent; all that are still there when it went itself. */
function lookAtMembers(
  view: LiveView,
  { before, after, columns }: Change,
  column: string,
  child: string,
  concern: Concern,
): void {
  const look = (uuids: readonly unknown[]) => {
    for (const uuid of uuids) {
      const owner = view.ownerOfUuid(child, String(uuid));
      if (owner !== undefined) concern.suspect(owner);
    }
  };
  if (after === undefined) return look((before?.[column] as readonly unknown[] | undefined) ?? []);
  for (const change of columns) {
    if (change.column !== column) continue;
    look(change.removed);
    look(change.added);
  }
}
