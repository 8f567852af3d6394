import { capacityOf } from '../inventories/model.ts';
import type { Provider } from '../providers/model.ts';
import { traitsMeet } from '../traits/query.ts';
import { landscapeOf, servingsOf, type Landscape, type Serving } from './groups.ts';
import type { CandidateRequest, RequestGroup } from './query.ts';

/** One set of allocations that would serve the whole request. */
export interface Candidate {
  /** Provider → class → amount. */
  readonly allocations: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** Suffix → the providers that serve that group. */
  readonly mappings: Readonly<Record<string, readonly string[]>>;
}

/** So many combinations are looked at, and so many ways to serve a group: more is nobody's real question. */
const MOST_STEPS = 1_000_000;
const MOST_SERVINGS = 100_000;

/** Whether all these providers stand at or below one of them. */
function inOneSubtree(ids: ReadonlySet<string>, { byId }: Landscape): boolean {
  const lineages = [...ids].map((id) => {
    const line = new Set<string>();
    for (
      let above = byId.get(id);
      above;
      above = above.parentId ? byId.get(above.parentId) : undefined
    )
      line.add(above.id);
    return line;
  });
  return [...ids].some((id) => lineages.every((line) => line.has(id)));
}

/** Amounts as they pile up while one group after the other is given a serving. */
class Pile {
  readonly #amounts = new Map<string, number>();
  readonly #groups: ReadonlyMap<string, RequestGroup>;

  constructor(groups: ReadonlyMap<string, RequestGroup>) {
    this.#groups = groups;
  }

  /** Adds (or with -1 takes away) what the serving takes; false when an inventory cannot give that much together. */
  add({ suffix, parts }: Serving, sign: 1 | -1): boolean {
    let fits = true;
    for (const { provider, resourceClass } of parts) {
      const key = `${provider.id} ${resourceClass}`;
      const wanted = this.#groups.get(suffix)!.resources[resourceClass]!;
      const amount = (this.#amounts.get(key) ?? 0) + sign * wanted;
      this.#amounts.set(key, amount);
      const inventory = provider.inventories[resourceClass]!;
      fits &&= amount <= inventory.max_unit && inventory.used + amount <= capacityOf(inventory);
    }
    return fits;
  }
}

function combine(
  servings: readonly Serving[],
  groups: ReadonlyMap<string, RequestGroup>,
): Candidate {
  const allocations = new Map<string, Record<string, number>>();
  for (const { suffix, parts } of servings)
    for (const { provider, resourceClass } of parts) {
      const resources = allocations.get(provider.id) ?? {};
      resources[resourceClass] =
        (resources[resourceClass] ?? 0) + groups.get(suffix)!.resources[resourceClass]!;
      allocations.set(provider.id, resources);
    }
  return {
    allocations,
    mappings: Object.fromEntries(
      servings.map(({ suffix, providers }) => [suffix, providers.map(({ id }) => id)]),
    ),
  };
}

/** The same allocations by the same providers for the same groups: shared ones are found below several anchors. */
const identityOf = ({ allocations, mappings }: Candidate): string =>
  JSON.stringify([
    [...allocations]
      .map(([id, resources]) => [id, Object.entries(resources).toSorted()])
      .toSorted(),
    Object.entries(mappings)
      .map(([suffix, ids]) => [suffix, ids.toSorted()])
      .toSorted(),
  ]);

/**
 * All sets of allocations that would serve the request, in the order of the providers, and at most as many as it asks
 * for. Pure: what is taken is what `providers` says. Follows placement's own rules (allocation_candidate.py): each
 * candidate belongs to one anchor, the root of the tree that serves what is not shared.
 */
export function findCandidates(
  all: readonly Provider[],
  request: CandidateRequest,
): { candidates: Candidate[]; summaries: Provider[] } {
  const landscape = landscapeOf(all);
  const { byId } = landscape;
  const { rootTraits, isolate, sameSubtrees } = request;
  const isAnchor = (id: string): boolean => traitsMeet(rootTraits, byId.get(id)!.traits);
  const groups = new Map(request.groups.map((group) => [group.suffix, group]));
  const byAnchor = new Map<string, Serving[][]>();
  for (const [index, group] of request.groups.entries())
    for (const serving of servingsOf(group, landscape, isAnchor, MOST_SERVINGS)) {
      const lists = byAnchor.get(serving.anchor) ?? request.groups.map(() => []);
      lists[index]!.push(serving);
      byAnchor.set(serving.anchor, lists);
    }

  const found = new Map<string, Candidate>();
  let steps = 0;
  const isFull = () => steps >= MOST_STEPS || found.size === request.limit;
  const accept = (servings: readonly Serving[]): void => {
    for (const suffixes of sameSubtrees) {
      const ids = servings
        .filter(({ suffix }) => suffixes.includes(suffix))
        .flatMap(({ providers }) => providers.map(({ id }) => id));
      if (!inOneSubtree(new Set(ids), landscape)) return;
    }
    const candidate = combine(servings, groups);
    const ids = [...candidate.allocations.keys()];
    const trees = new Set(ids.map((id) => byId.get(id)!.rootId));
    if (!request.nested && trees.size < ids.length) return;
    const identity = identityOf(candidate);
    if (!found.has(identity)) found.set(identity, candidate);
  };
  const choose = (lists: readonly Serving[][], chosen: Serving[], pile: Pile): void => {
    const list = lists[chosen.length];
    if (list === undefined) return accept(chosen);
    for (const serving of list) {
      if (isFull()) return;
      steps += 1;
      const isTaken =
        isolate &&
        serving.suffix !== '' &&
        chosen.some(
          ({ suffix, providers }) => suffix !== '' && providers[0] === serving.providers[0],
        );
      if (isTaken) continue;
      if (pile.add(serving, 1)) choose(lists, [...chosen, serving], pile);
      pile.add(serving, -1);
    }
  };
  for (const lists of byAnchor.values())
    if (lists.every((list) => list.length > 0)) choose(lists, [], new Pile(groups));

  const candidates = [...found.values()];
  const used = new Set(candidates.flatMap(({ allocations }) => [...allocations.keys()]));
  const trees = new Set([...used].map((id) => byId.get(id)!.rootId));
  const summaries = all.filter(({ id, rootId }) =>
    // Who does not know of trees is told of those providers only that serve.
    request.nested ? trees.has(rootId) : used.has(id),
  );
  return { candidates, summaries };
}
