import { atLeast, type Microversion } from '../operation.ts';

/** What of the API is there from which microversion on, and until which: the only place that knows. */
const FEATURES = {
  // Key pairs
  keypairType: { since: 2 },
  keypairOtherUsers: { since: 10 },
  keypairPaging: { since: 35 },
  // Flavors
  flavorAccessOfPublicIsConflict: { since: 7 },
  flavorDescription: { since: 55 },
  flavorExtraSpecsInline: { since: 61 },
  flavorSwapZero: { since: 75 },
  // Servers: fields
  serverExtendedAttributes: { since: 3 },
  serverLocked: { since: 9 },
  serverHostStatus: { since: 16 },
  serverDescription: { since: 19 },
  serverTags: { since: 26 },
  serverFlavorInline: { since: 47 },
  serverTrustedCertificates: { since: 63 },
  serverGroupsInline: { since: 71 },
  serverLockedReason: { since: 73 },
  serverFullUpdateReply: { since: 75 },
  // Servers: requests
  listByIp6: { since: 5 },
  unknownStatusIsError: { since: 38 },
  networksMandatory: { since: 37 },
  networkTags: { since: 32 },
  createTags: { since: 52 },
  createTrustedCertificates: { since: 63 },
  createOnHost: { since: 74 },
  personality: { until: 56 },
  changesBefore: { since: 66 },
  strictQuery: { since: 75 },
  interfaceTags: { since: 70 },
  createImageReply: { since: 45 },
  standardDiagnostics: { since: 48 },
  rebuildKeyName: { since: 54 },
  rebuildUserData: { since: 57 },
  deletedServerActions: { since: 21 },
  actionEventsForAll: { since: 51 },
  actionPaging: { since: 58 },
  actionEventHosts: { since: 62 },
  actionChangesBefore: { since: 66 },
  // Moves of servers
  migrateToHost: { since: 56 },
  evacuateSharedStorage: { until: 13 },
  evacuateForce: { since: 29, until: 67 },
  liveBlockAuto: { since: 25 },
  liveDiskOverCommit: { until: 24 },
  liveForce: { since: 30, until: 67 },
  unshelveZone: { since: 77 },
  moveType: { since: 23 },
  movePaging: { since: 59 },
  moveChangesBefore: { since: 66 },
  moveOwner: { since: 80 },
  // Hosts
  forcedDown: { since: 11 },
  cpuInfoObject: { since: 28 },
  hypervisorPaging: { since: 33 },
  hostUuids: { since: 53 },
  hostDownCells: { since: 69 },
  osHosts: { until: 42 },
  hypervisorFigures: { until: 87 },
  hypervisorUptimeInline: { since: 88 },
  // Quotas and limits
  networkQuotas: { until: 35 },
  classServerGroupQuotas: { since: 50 },
  injectedFileQuotas: { until: 56 },
  imageMetadataLimit: { until: 38 },
  usagePaging: { since: 40 },
  serverGroupOwner: { since: 13 },
  softPolicies: { since: 15 },
  serverGroupPolicy: { since: 64 },
  aggregateUuid: { since: 41 },
} as const satisfies Record<string, { since?: number; until?: number }>;

export type Feature = keyof typeof FEATURES;

/** Oldest and newest microversion that is honoured field by field. */
export const computeMicroversions = {
  minimum: { major: 2, minor: 1 },
  maximum: { major: 2, minor: 79 },
} as const;

/** Whether a request at this microversion has the feature. */
export function has(version: Microversion, feature: Feature): boolean {
  const { since = 1, until = Infinity }: { since?: number; until?: number } = FEATURES[feature];
  return atLeast(version, since) && version.minor <= until;
}

/** For `Operation.since`: `2.55`. */
export const since = (feature: Feature): string =>
  `2.${(FEATURES[feature] as { since?: number }).since ?? 1}`;

/** For `Operation.until`: `2.87`. */
export const until = (feature: Feature): string =>
  `2.${(FEATURES[feature] as { until?: number }).until ?? computeMicroversions.maximum.minor}`;
