import { badRequest } from '../../core/errors.ts';
import { atLeast, type Microversion, type OperationRequest } from '../operation.ts';

/** What of the API is there from which microversion on, and until which: the only place that knows. */
const FEATURES = {
  // Whole operations
  aggregates: { since: 1 },
  resourceClasses: { since: 2 },
  deleteInventories: { since: 5 },
  traits: { since: 6 },
  renameResourceClass: { since: 2, until: 6 },
  ensureResourceClass: { since: 7 },
  usages: { since: 9 },
  candidates: { since: 10 },
  manageAllocations: { since: 13 },
  reshaper: { since: 30 },
  // Documents and headers
  aggregatesLink: { since: 1 },
  traitsLink: { since: 6 },
  allocationsLink: { since: 11 },
  allocationsByProvider: { since: 12 },
  trees: { since: 14 },
  cacheHeaders: { since: 15 },
  summaryTraits: { since: 17 },
  aggregateGenerations: { since: 19 },
  providerReply: { since: 20 },
  summaryOfAllClasses: { since: 27 },
  nestedCandidates: { since: 29 },
  usagesByConsumerType: { since: 38 },
  // Rules
  fullyReserved: { since: 26 },
  emptyAllocations: { since: 28 },
  reparenting: { since: 37 },
  // Query parameters
  memberOf: { since: 3 },
  resources: { since: 4 },
  inTree: { since: 14 },
  candidateLimit: { since: 16 },
  candidateTraits: { since: 17 },
  providerTraits: { since: 18 },
  candidateAggregates: { since: 21 },
  forbiddenTraits: { since: 22 },
  severalMemberOf: { since: 24 },
  numberedGroups: { since: 25 },
  candidateTrees: { since: 31 },
  forbiddenAggregates: { since: 32 },
  namedGroups: { since: 33 },
  rootTraits: { since: 35 },
  sameSubtree: { since: 36 },
  consumerTypeFilter: { since: 38 },
  anyTraits: { since: 39 },
  // Members of allocations
  allocationOwner: { since: 8 },
  consumerGeneration: { since: 28 },
  mappings: { since: 34 },
  consumerType: { since: 38 },
} as const satisfies Record<string, { since: number; until?: number }>;

export type Feature = keyof typeof FEATURES;

/** Oldest and newest microversion that is honoured field by field. */
export const placementMicroversions = {
  minimum: { major: 1, minor: 0 },
  maximum: { major: 1, minor: 39 },
} as const;

/** Whether a request at this microversion has the feature. */
export function has(version: Microversion, feature: Feature): boolean {
  const { since, until = Infinity }: { since: number; until?: number } = FEATURES[feature];
  return atLeast(version, since) && version.minor <= until;
}

/** For `Operation.since` and `until`: `1.30`. */
export const since = (feature: Feature): string => `1.${FEATURES[feature].since}`;
export const until = (feature: Feature): string =>
  `1.${(FEATURES[feature] as { until?: number }).until ?? placementMicroversions.maximum.minor}`;

const sentence = (name: string): string =>
  `Additional properties are not allowed ('${name.slice(0, 255)}' was unexpected)`;

/** Refuses a query parameter that nobody knows or that came later than the request's microversion. */
export function checkParameters(
  request: OperationRequest,
  known: Readonly<Record<string, Feature | 'always'>>,
  familyOf: (name: string) => string = (name) => name,
): void {
  for (const name of Object.keys(request.query)) {
    const family = familyOf(name);
    const feature = Object.hasOwn(known, family) ? known[family] : undefined;
    if (feature === undefined || (feature !== 'always' && !has(request.microversion, feature)))
      throw badRequest(`Invalid query string parameters: ${sentence(name)}`);
  }
}

/** Refuses members of a body before they came; from then on they must be there unless they are `optional`. */
export function checkMembers(
  version: Microversion,
  body: object,
  members: Readonly<Record<string, { feature: Feature; optional?: boolean }>>,
): void {
  for (const [name, { feature, optional }] of Object.entries(members)) {
    const given = Object.hasOwn(body, name);
    if (given && !has(version, feature))
      throw badRequest(`JSON does not validate: ${sentence(name)}`);
    if (!given && !optional && has(version, feature))
      throw badRequest(`JSON does not validate: '${name}' is a required property`);
  }
}
