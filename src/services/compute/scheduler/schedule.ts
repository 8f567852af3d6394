import type { ProviderUsage } from '../../placement/index.ts';
import { AGGREGATE_FILTERS } from './aggregate-filters.ts';
import type { Filter } from './filter.ts';
import { GROUP_FILTERS } from './group-filters.ts';
import { HOST_FILTERS } from './host-filters.ts';
import { IMAGE_FILTERS } from './image-filters.ts';
import { RESOURCE_FILTERS } from './resource-filters.ts';
import type { Cloud, HostState, Need } from './state.ts';
import { weightsOf } from './weighers.ts';

/** A host that can take the server. */
export interface Choice extends HostState {
  readonly provider: ProviderUsage;
}

/** Why a host cannot. */
export interface Refusal {
  readonly host: string;
  /** Name of the filter. */
  readonly filter: string;
  /** For administrators. */
  readonly reason: string;
  /** For everybody. */
  readonly short: string;
}

/** In the order in which they are asked; the first that fails is told of. */
export const FILTERS: readonly Filter[] = [
  ...HOST_FILTERS,
  ...IMAGE_FILTERS,
  ...AGGREGATE_FILTERS,
  ...GROUP_FILTERS,
  ...RESOURCE_FILTERS,
];

/** Hosts that can take the server, the best first, and for each other one the first filter that refused it. Pure. */
export function chooseHosts(cloud: Cloud, need: Need): { choices: Choice[]; refusals: Refusal[] } {
  const able: HostState[] = [];
  const refusals: Refusal[] = [];
  for (const state of cloud.states) {
    const refused = FILTERS.filter(({ always }) => always || !need.isForced)
      .values()
      .map((filter) => ({ filter, reason: filter.why(state, need, cloud) }))
      .find(({ reason }) => reason !== undefined);
    if (refused)
      refusals.push({
        host: state.host.name,
        filter: refused.filter.name,
        reason: refused.reason!,
        short: refused.filter.short,
      });
    else able.push(state);
  }
  const weights = weightsOf(able, need);
  const choices = able
    .map((state, index) => ({ state, weight: weights[index]! }))
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ state }) => ({ ...state, provider: state.provider! }));
  return { choices, refusals };
}
