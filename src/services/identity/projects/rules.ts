import { forbidden } from '../../../core/errors.ts';
import type { StoredProject } from './model.ts';

/** Most levels of a tree of projects, the domain included: Keystone's default, and what the model of limits can say. */
const MAXIMUM_DEPTH = { flat: 5, strict_two_level: 2 } as const;

/** @param above the parent and all above it */
export function checkDepth(
  above: readonly StoredProject[],
  model: keyof typeof MAXIMUM_DEPTH,
): void {
  const most = MAXIMUM_DEPTH[model];
  if (above.length < most) return;
  throw forbidden(
    `Max hierarchy depth reached for ${above[0]?.id ?? ''} branch: a tree has at most ${most} levels, its domain included.`,
  );
}

/** A project can be enabled only below enabled ones. */
export function checkEnabling(project: StoredProject, above: readonly StoredProject[]): void {
  const disabled = above.find((parent) => !parent.enabled);
  if (disabled === undefined) return;
  throw forbidden(
    `Cannot enable project ${project.id} since it has disabled parents: ${disabled.id} (${disabled.name}).`,
  );
}

/** A project can be disabled only when nothing below it is enabled. */
export function checkDisabling(project: StoredProject, below: readonly StoredProject[]): void {
  const enabled = below.find((child) => child.enabled);
  if (enabled === undefined) return;
  throw forbidden(
    `Cannot disable project ${project.id} since its subtree contains enabled projects: ${enabled.id} (${enabled.name}).`,
  );
}

export function checkLeaf(project: StoredProject, below: readonly StoredProject[]): void {
  if (below.length === 0) return;
  throw forbidden(
    `Cannot delete the project ${project.id} since it is not a leaf in the hierarchy: delete the ${below.length} below it first.`,
  );
}

/** Nested ids as Keystone prints `parents_as_ids` and `subtree_as_ids`; null for nothing. */
export type IdTree = { [id: string]: IdTree } | null;

/** @param above nearest first */
export const parentsAsIds = (above: readonly StoredProject[]): IdTree =>
  above.toReversed().reduce<IdTree>((tree, project) => ({ [project.id]: tree }), null);

export function subtreeAsIds(id: string, below: readonly StoredProject[]): IdTree {
  const children = below.filter((project) => project.parent_id === id);
  if (children.length === 0) return null;
  return Object.fromEntries(children.map((child) => [child.id, subtreeAsIds(child.id, below)]));
}
