import type { Microversion } from '../../operation.ts';
import { capacityOf } from '../inventories/model.ts';
import { has } from '../microversions.ts';
import type { Provider } from '../providers/model.ts';
import type { Candidate } from './search.ts';

/** One candidate, as a body that `PUT /allocations/{consumer}` of the same version takes parts of. */
function candidateView({ allocations, mappings }: Candidate, version: Microversion): object {
  if (!has(version, 'allocationsByProvider'))
    return {
      allocations: [...allocations].map(([uuid, resources]) => ({
        resource_provider: { uuid },
        resources,
      })),
    };
  return {
    allocations: Object.fromEntries([...allocations].map(([id, resources]) => [id, { resources }])),
    ...(has(version, 'mappings') ? { mappings } : {}),
  };
}

function summaryView(
  provider: Provider,
  requested: ReadonlySet<string>,
  version: Microversion,
): object {
  const all = has(version, 'summaryOfAllClasses');
  return {
    resources: Object.fromEntries(
      Object.entries(provider.inventories)
        .filter(([name]) => all || requested.has(name))
        .map(([name, inventory]) => [
          name,
          { capacity: capacityOf(inventory), used: inventory.used },
        ]),
    ),
    ...(has(version, 'summaryTraits') ? { traits: [...provider.traits].toSorted() } : {}),
    ...(has(version, 'nestedCandidates')
      ? { parent_provider_uuid: provider.parentId, root_provider_uuid: provider.rootId }
      : {}),
  };
}

/** The reply of `GET /allocation_candidates`. */
export const candidatesView = (
  candidates: readonly Candidate[],
  summaries: readonly Provider[],
  requested: ReadonlySet<string>,
  version: Microversion,
): object => ({
  allocation_requests: candidates.map((candidate) => candidateView(candidate, version)),
  provider_summaries: Object.fromEntries(
    summaries.map((provider) => [provider.id, summaryView(provider, requested, version)]),
  ),
});
