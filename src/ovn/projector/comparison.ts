import type { DesiredState, Difference } from '../desired.ts';
import { completed } from './committer.ts';
import type { LiveView } from './live-view.ts';
import { plan } from './plan.ts';
import type { ProjectorOptions } from './projector.ts';

/** What a comparison found. */
export interface Comparison {
  /** Owners whose rows differ, or cannot be brought to what they should be. */
  readonly owners: ReadonlySet<string>;
  readonly differences: readonly Difference[];
}

/** Compares the owners given with what they should have; one without a state should have nothing. */
export function compareState(
  view: LiveView,
  owners: Iterable<string>,
  state: DesiredState,
): Comparison {
  const { differences, blocked, failed } = plan(view, completed(owners, state));
  const differing = new Set([
    ...differences.map(({ owner }) => owner),
    ...blocked.keys(),
    ...failed.keys(),
  ]);
  return { owners: differing, differences };
}

/** Every owner, of rows that are and of rows that should be. */
export async function ownersOf(
  view: LiveView,
  { owners, loadAll }: Pick<ProjectorOptions, 'owners' | 'loadAll'>,
): Promise<Set<string>> {
  const wanted = (await owners?.()) ?? (await loadAll()).keys();
  return new Set([...view.owners(), ...wanted]);
}

/**
 * Compares everything. What differs is loaded and compared once more: an owner may have changed since the state
 * of all was read, and rows that others have made meanwhile must not look like leftovers.
 */
export async function differencesOf(
  view: LiveView,
  { load, loadAll }: Pick<ProjectorOptions, 'load' | 'loadAll'>,
): Promise<Comparison> {
  const all = await loadAll();
  const first = compareState(view, new Set([...all.keys(), ...view.owners()]), all);
  if (first.owners.size === 0) return first;
  return compareState(view, first.owners, await load([...first.owners]));
}
