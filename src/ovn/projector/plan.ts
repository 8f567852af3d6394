import type { DesiredState, Difference } from '../desired.ts';
import type { LiveView } from './live-view.ts';
import { NewUuids } from './new-uuids.ts';
import type { Operation } from '../ovsdb/operation.ts';
import { Planning } from './planning.ts';
import type { Need } from '../reference.ts';

/** What must be done so that the owners given have the rows they should have. */
export interface Plan {
  /** One transaction. */
  readonly operations: readonly Operation[];
  /** For each operation, whose rows it is about. */
  readonly owners: readonly ReadonlySet<string>[];
  readonly differences: readonly Difference[];
  /** Owners that need rows which are neither live nor in this transaction; nothing of them is in it. */
  readonly blocked: ReadonlyMap<string, readonly Need[]>;
  /** Owners whose desired rows cannot be written at all, with the cause; nothing of them is in it. */
  readonly failed: ReadonlyMap<string, Error>;
}

/**
 * Compares what the owners should have with what they have. Pure: it reads the view and changes nothing. An owner
 * without rows should have none.
 */
export function plan(view: LiveView, desired: DesiredState, uuids = new NewUuids()): Plan {
  const failed = new Map<string, Error>();
  for (;;) {
    const known = failed.size;
    const result = new Planning(view, desired, uuids, failed).run();
    // Rows of owners that failed only now may be needed by others: those are judged again without them.
    if (failed.size === known) return result;
  }
}
