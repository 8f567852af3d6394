import { atLeast, type Microversion } from '../operation.ts';

/** Where of the API something is: from a microversion on, until one, without those between two. All ends included. */
interface Range {
  readonly since?: number;
  readonly until?: number;
  readonly except?: readonly [from: number, to: number];
}

/**
 * What of the API is there from which microversion on, and until which: the only place that knows. `history.ts` says in
 * words what each microversion changed, and what of it there is here.
 */
const FEATURES = {
  // Key pairs
  keypairType: { since: 2 },
  keypairOtherUsers: { since: 10 },
  keypairPaging: { since: 35 },
  keypairGeneration: { until: 91 },
  keypairDotsInNames: { since: 92 },
  // Flavors
  flavorAccessOfPublicIsConflict: { since: 7 },
  flavorDescription: { since: 55 },
  flavorExtraSpecsInline: { since: 61 },
  flavorSwapZero: { since: 75 },
  extraSpecValidation: { since: 86 },
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
  serverHostnameForAll: { since: 90 },
  serverPinnedZone: { since: 96 },
  // Servers: lists
  listByIp6: { since: 5 },
  unknownStatusIsError: { since: 38 },
  changesBefore: { since: 66 },
  strictQuery: { since: 75 },
  filtersForAll: { since: 83 },
  // Servers: requests
  networksMandatory: { since: 37 },
  networkTags: { since: 32, except: [37, 41] },
  blockDeviceTags: { since: 32, except: [33, 41] },
  blockDeviceVolumeType: { since: 67 },
  portResourceRequests: { since: 72 },
  createTags: { since: 52 },
  createTrustedCertificates: { since: 63 },
  createOnHost: { since: 74 },
  chosenHostname: { since: 90 },
  chosenHostnameWithDots: { since: 94 },
  personality: { until: 56 },
  createImageReply: { since: 45 },
  rebuildKeyName: { since: 54 },
  rebuildUserData: { since: 57 },
  // Servers: other actions
  consoleActions: { until: 5 },
  remoteConsoles: { since: 6 },
  webmksConsole: { since: 8 },
  consoleTokensOfAll: { since: 31 },
  crashDump: { since: 17 },
  evacuateForce: { since: 29, until: 67 },
  evacuatedAreStopped: { since: 95 },
  liveMigrationChecksLater: { since: 34 },
  addressActions: { until: 43 },
  migrateToHost: { since: 56 },
  unshelveToHost: { since: 91 },
  // Servers: parts
  interfaceTagsShown: { since: 70 },
  interfaceTags: { since: 49 },
  standardDiagnostics: { since: 48 },
  deletedServerActions: { since: 21 },
  actionEventsForAll: { since: 51 },
  actionPaging: { since: 58 },
  actionEventHosts: { since: 62 },
  actionChangesBefore: { since: 66 },
  actionEventDetails: { since: 84 },
  serverTopology: { since: 78 },
  // Volumes of servers
  attachmentTags: { since: 49 },
  attachmentDeletion: { since: 79 },
  attachmentUpdate: { since: 85 },
  // Live migrations of a server
  serverMigrationForce: { since: 22 },
  serverMigrationAbort: { since: 24 },
  // Events of other services
  eventVolumeExtended: { since: 51 },
  eventPowerUpdate: { since: 76 },
  eventAcceleratorBound: { since: 82 },
  eventVolumeReimaged: { since: 93 },
  // Moves of servers
  evacuateSharedStorage: { until: 13 },
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
  hypervisorSearchPaths: { until: 52 },
  hostUuids: { since: 53 },
  osHosts: { until: 42 },
  hypervisorServersAlways: { since: 75 },
  hypervisorFigures: { until: 87 },
  hypervisorUptimeInline: { since: 88 },
  aggregateUuid: { since: 41 },
  aggregateImages: { since: 81 },
  // Quotas and limits
  networkProxies: { until: 35 },
  networkQuotas: { until: 35 },
  classNetworkQuotas: { until: 49 },
  classServerGroupQuotas: { since: 50 },
  injectedFileQuotas: { until: 56 },
  imageMetadataLimit: { until: 38 },
  usagePaging: { since: 40 },
  // Server groups
  serverGroupOwner: { since: 13 },
  softPolicies: { since: 15 },
  serverGroupPolicy: { since: 64 },
} as const satisfies Record<string, Range>;

export type Feature = keyof typeof FEATURES;

const rangeOf = (feature: Feature): Range => FEATURES[feature];

/** Oldest and newest microversion that is honoured field by field. */
export const computeMicroversions = {
  minimum: { major: 2, minor: 1 },
  maximum: { major: 2, minor: 96 },
} as const;

/** Whether a request at this microversion has the feature. */
export function has(version: Microversion, feature: Feature): boolean {
  const { since = 1, until = Infinity, except: [from, to] = [Infinity, 0] } = rangeOf(feature);
  const { minor } = version;
  return atLeast(version, since) && minor <= until && !(minor >= from && minor <= to);
}

/** For `Operation.since`: `2.55`. */
export const since = (feature: Feature): string => `2.${rangeOf(feature).since ?? 1}`;

/** For `Operation.until`: `2.87`. */
export const until = (feature: Feature): string =>
  `2.${rangeOf(feature).until ?? computeMicroversions.maximum.minor}`;

/** The features that come or go with this minor version, for its line in the reference. */
export const featuresOf = (minor: number): Feature[] =>
  (Object.keys(FEATURES) as Feature[]).filter((feature) => {
    const { since: from, until: to, except } = rangeOf(feature);
    const edges = [
      from,
      to === undefined ? undefined : to + 1,
      except?.[0],
      except && except[1] + 1,
    ];
    return edges.includes(minor);
  });

/** All of them, for tests. */
export const features = (): readonly Feature[] => Object.keys(FEATURES) as Feature[];
