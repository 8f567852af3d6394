import type { Database, Transaction } from '../../../database/database.ts';
import type { Resources } from '../allocations/replace.ts';
import { loadTree } from '../providers/nested.ts';
import { NO_TRAITS } from '../traits/query.ts';
import type { RequestGroup } from './query.ts';
import { findCandidates } from './search.ts';

/** Resources that one provider must give alone: a granular request group. */
export interface GranularGroup {
  readonly id: string;
  readonly resources: Resources;
  /** Traits that this provider must have, all of them. */
  readonly required: readonly string[];
}

/** A way to serve a request. */
export interface Fit {
  /** Provider → what it would give. */
  readonly allocations: Readonly<Record<string, Resources>>;
  /** Group → the provider that would serve it. */
  readonly mappings: Readonly<Record<string, string>>;
}

/**
 * A way to serve the resources (from anywhere in the tree) and each group (from one provider of it); of each list in
 * `sameSubtrees` all groups at or below the provider of one of them. Undefined when there is none. Nothing is taken: `allocate` may find that somebody was quicker.
 */
export async function findFit(
  database: Database | Transaction,
  rootId: string,
  resources: Resources,
  groups: readonly GranularGroup[],
  {
    sameSubtrees = [],
    isolate = false,
  }: {
    readonly sameSubtrees?: readonly (readonly string[])[];
    /** No two groups from one provider (`group_policy=isolate`). */
    readonly isolate?: boolean;
  } = {},
): Promise<Fit | undefined> {
  const tree = await loadTree(database, rootId);
  const plain = { memberOf: { required: [], forbidden: [] }, inTree: rootId };
  const request: RequestGroup[] = groups.map(({ id, resources: wanted, required }) => ({
    ...plain,
    suffix: id,
    resources: wanted,
    traits: { required: required.map((trait) => [trait]), forbidden: [] },
  }));
  if (Object.keys(resources).length > 0)
    request.unshift({ ...plain, suffix: '', resources, traits: NO_TRAITS });
  const { candidates } = findCandidates(tree, {
    groups: request,
    isolate,
    rootTraits: NO_TRAITS,
    sameSubtrees: sameSubtrees.filter(({ length }) => length > 1),
    limit: 1,
    nested: true,
  });
  const [found] = candidates;
  return (
    found && {
      allocations: Object.fromEntries(found.allocations),
      mappings: Object.fromEntries(groups.map(({ id }) => [id, found.mappings[id]![0]!])),
    }
  );
}
