import { isBarred, isMember } from '../aggregates/query.ts';
import type { Provider } from '../providers/model.ts';
import { hasRoom } from '../providers/rules.ts';
import { traitsMeet } from '../traits/query.ts';
import type { RequestGroup } from './query.ts';

/** One way to serve a group: who gives what, for servers whose host is the root `anchor`. */
export interface Serving {
  readonly suffix: string;
  /** Id of the root provider of the tree that everything else comes from, whatever is shared. */
  readonly anchor: string;
  /** Who gives each class; a group without resources is served by a provider all the same. */
  readonly parts: readonly { readonly provider: Provider; readonly resourceClass: string }[];
  readonly providers: readonly Provider[];
}

/** All providers, and what is often asked about them. */
export interface Landscape {
  readonly providers: readonly Provider[];
  readonly byId: ReadonlyMap<string, Provider>;
  /** Ids of the roots with which a sharing provider has an aggregate in common, its own included. */
  readonly anchorsOf: (sharing: Provider) => ReadonlySet<string>;
  readonly hasTrees: boolean;
  readonly hasSharing: boolean;
}

/** The trait of providers that give to everybody in their aggregates. */
const SHARES = 'MISC_SHARES_VIA_AGGREGATE';
const isSharing = ({ traits }: Provider): boolean => traits.has(SHARES);

export function landscapeOf(providers: readonly Provider[]): Landscape {
  const rootsIn = new Map<string, Set<string>>();
  for (const { aggregates, rootId } of providers)
    for (const aggregate of aggregates) {
      const roots = rootsIn.get(aggregate) ?? new Set();
      rootsIn.set(aggregate, roots.add(rootId));
    }
  return {
    providers,
    byId: new Map(providers.map((provider) => [provider.id, provider])),
    anchorsOf: ({ aggregates }) =>
      new Set([...aggregates].flatMap((aggregate) => [...(rootsIn.get(aggregate) ?? [])])),
    hasTrees: providers.some(({ parentId }) => parentId !== null),
    hasSharing: providers.some(isSharing),
  };
}

/** A group that one provider serves alone: a suffixed one, or any where there are neither trees nor sharing. */
function byOne(
  group: RequestGroup,
  { providers, anchorsOf }: Landscape,
  isAnchor: (id: string) => boolean,
  treeRoot: string | undefined,
): Serving[] {
  const able = providers.filter(
    (provider) =>
      (treeRoot === undefined || provider.rootId === treeRoot) &&
      traitsMeet(group.traits, provider.traits) &&
      isMember(group.memberOf, provider.aggregates) &&
      !isBarred(group.memberOf, provider.aggregates) &&
      hasRoom(provider, group.resources),
  );
  return able.flatMap((provider) => {
    const anchors = new Set([provider.rootId, ...(isSharing(provider) ? anchorsOf(provider) : [])]);
    const parts = Object.keys(group.resources).map((resourceClass) => ({
      provider,
      resourceClass,
    }));
    return [...anchors]
      .filter(isAnchor)
      .map((anchor) => ({ suffix: group.suffix, anchor, parts, providers: [provider] }));
  });
}

/** Who could give this class below each anchor. */
function giversOf(
  group: RequestGroup,
  resourceClass: string,
  { providers, byId, anchorsOf }: Landscape,
  isAnchor: (id: string) => boolean,
  treeRoot: string | undefined,
): Map<string, Provider[]> {
  const givers = new Map<string, Provider[]>();
  const amount = { [resourceClass]: group.resources[resourceClass]! };
  for (const provider of providers) {
    if (treeRoot !== undefined && provider.rootId !== treeRoot) continue;
    if (!hasRoom(provider, amount)) continue;
    // What is asked to be in an aggregate is shared only by who is in it too; `in_tree` excludes what is shared.
    const shares =
      isSharing(provider) &&
      treeRoot === undefined &&
      isMember(group.memberOf, provider.aggregates);
    for (const anchor of new Set([provider.rootId, ...(shares ? anchorsOf(provider) : [])])) {
      if (!isAnchor(anchor)) continue;
      // An aggregate of the root holds for the whole tree.
      const root = byId.get(anchor)!;
      const inside =
        isMember(group.memberOf, provider.aggregates) || isMember(group.memberOf, root.aggregates);
      const outside =
        !isBarred(group.memberOf, provider.aggregates) &&
        !isBarred(group.memberOf, root.aggregates);
      if (inside && outside) givers.set(anchor, [...(givers.get(anchor) ?? []), provider]);
    }
  }
  return givers;
}

/** The unsuffixed group: each class from any provider of one tree, or from one that shares with it. */
function byTree(
  group: RequestGroup,
  landscape: Landscape,
  isAnchor: (id: string) => boolean,
  treeRoot: string | undefined,
  most: number,
): Serving[] {
  const classes = Object.keys(group.resources);
  const givers = classes.map((resourceClass) =>
    giversOf(group, resourceClass, landscape, isAnchor, treeRoot),
  );
  const anchors = [...(givers[0]?.keys() ?? [])].filter((anchor) =>
    givers.every((map) => map.has(anchor)),
  );
  const found: Serving[] = [];
  const choose = (anchor: string, parts: Serving['parts']): void => {
    if (found.length >= most) return;
    const next = classes[parts.length];
    if (next !== undefined) {
      for (const provider of givers[parts.length]!.get(anchor)!) {
        if (group.traits.forbidden.some((trait) => provider.traits.has(trait))) continue;
        choose(anchor, [...parts, { provider, resourceClass: next }]);
      }
      return;
    }
    const providers = [...new Set(parts.map(({ provider }) => provider))];
    // Together they must have what is required.
    const traits = new Set(providers.flatMap((provider) => [...provider.traits]));
    if (traitsMeet({ required: group.traits.required, forbidden: [] }, traits))
      found.push({ suffix: group.suffix, anchor, parts, providers });
  };
  for (const anchor of anchors) choose(anchor, []);
  return found;
}

/** All ways to serve one group, at most `most` of them. */
export function servingsOf(
  group: RequestGroup,
  landscape: Landscape,
  isAnchor: (id: string) => boolean,
  most: number,
): Serving[] {
  const treeRoot =
    group.inTree === undefined ? undefined : landscape.byId.get(group.inTree)?.rootId;
  if (group.inTree !== undefined && treeRoot === undefined) return [];
  return group.suffix !== '' || !(landscape.hasTrees || landscape.hasSharing)
    ? byOne(group, landscape, isAnchor, treeRoot)
    : byTree(group, landscape, isAnchor, treeRoot, most);
}
