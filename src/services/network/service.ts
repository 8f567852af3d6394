import type { Configuration } from '../../core/configuration.ts';
import type { Logger } from '../../core/log.ts';
import { transact, type Database } from '../../database/database.ts';
import { createProjector, type OvsdbClient, type TablesOf } from '../../ovn/index.ts';
import { agentsExtension } from './agents/extension.ts';
import { Heartbeat } from './agents/heartbeat.ts';
import type { MetadataHost } from './agents/model.ts';
import { Change, type Settings } from './change.ts';
import type { Room } from './collections/operations.ts';
import { bandwidthsOf } from './bandwidths/chassis.ts';
import type { NetworkChangeListener, NetworkService } from './contract.ts';
import { assemble } from './drivers/assembly.ts';
import type { Driver } from './drivers/driver.ts';
import { Mechanisms } from './drivers/mechanisms.ts';
import { ovnDriver } from './drivers/ovn.ts';
import { builtin } from './extensions/builtin.ts';
import { followServers } from './floatingips/follower.ts';
import { listOwners, loadAll, loadOwners } from './northbound/load.ts';
import { PortStatusFollower } from './northbound/port-status.ts';
import { networkOptions, type NetworkOptions } from './options.ts';
import { AddressCursors } from './ports/allocation.ts';
import { ServerPortsChange } from './ports/binding.ts';
import * as summaries from './ports/summaries.ts';
import type { AllocationKeeper } from './resource_requests/contract.ts';
import {
  networksWithMinimum,
  portAllocations,
  resourceRequests,
} from './resource_requests/lookup.ts';
import { chassisOf, plainChassis } from './routers/chassis.ts';
import { GatewayFollower } from './routers/follower.ts';
import { findGroups } from './security_groups/lookup.ts';
import { settleDefaultRanges } from './segment_ranges/defaults.ts';
import { networkTypes } from './segments/types/registry.ts';
import type { NetworkDatabase, NetworkTables } from './tables.ts';
import { tapFlows, tapFlowsSeen, TapFlowNews } from './tap_flows/hosts.ts';

export interface NetworkDependencies {
  readonly database: Database;
  readonly configuration: Pick<Configuration, 'host'>;
  /** Its mirror must hold `northboundTables`. */
  readonly northbound: OvsdbClient<TablesOf<'OVN_Northbound'>>;
  /** Its mirror must hold SB_Global, Chassis and Chassis_Private; without it there are no agents. */
  readonly southbound?: OvsdbClient<TablesOf<'OVN_Southbound'>>;
  /** Hosts that answer servers' questions for metadata; default none. */
  readonly metadataHosts?: () => readonly MetadataHost[];
  /** Who counts what servers have taken; default nobody. */
  readonly allocations?: AllocationKeeper;
  readonly log: Logger;
  /** Default: every option's own default. */
  readonly options?: NetworkOptions;
  /** From outside the repository, in the order of the configuration; default none. */
  readonly drivers?: readonly Driver[];
}

/** The tables of Northbound that must be mirrored for these drivers' mappings. */
export const northboundTables = (drivers: readonly Driver[] = []): string[] => [
  ...Object.keys(assemble(extensionsOf(drivers)).projection.tables),
  // The agents' heartbeat.
  'NB_Global',
];

const extensionsOf = (drivers: readonly Driver[], options = networkOptions({})) => [
  ...builtin(options),
  ...drivers.flatMap(({ extensions = [] }) => extensions),
];

/** The network service of one cloud: Neutron's API v2.0, projected into OVN's Northbound database. */
export function createNetworkService(dependencies: NetworkDependencies): NetworkService {
  const { configuration, northbound, southbound, log } = dependencies;
  const database: NetworkDatabase = dependencies.database.withTables<NetworkTables>();
  const options = dependencies.options ?? networkOptions({});
  const settings: Settings = {
    options,
    types: networkTypes(
      options,
      (dependencies.drivers ?? []).flatMap((driver) => driver.types ?? []),
    ),
    cursors: new AddressCursors(),
    chassis: () =>
      southbound === undefined ? [plainChassis(configuration.host)] : chassisOf(southbound.mirror),
    ...(dependencies.allocations && { allocations: dependencies.allocations }),
  };
  const drivers = dependencies.drivers ?? [];
  const assembly = assemble([
    ...extensionsOf(drivers, options),
    ...(southbound === undefined
      ? []
      : [
          agentsExtension({
            southbound,
            metadataHosts: dependencies.metadataHosts ?? (() => []),
          }),
        ]),
  ]);
  const loading = { ...assembly, context: () => ({ options }) };
  const projector = createProjector({
    client: northbound,
    projection: assembly.projection,
    load: (owners) => loadOwners(database, loading, owners),
    loadAll: () => loadAll(database, loading),
    owners: () => listOwners(database, loading),
    log,
  });
  const taps = new TapFlowNews(database, log);
  const others = [taps.mechanism, ...drivers.flatMap((driver) => driver.mechanisms ?? [])];
  const mechanisms = new Mechanisms([ovnDriver(projector, log), ...others], log);
  const follower = new PortStatusFollower(database, northbound.mirror, log);
  const heartbeat = southbound === undefined ? undefined : new Heartbeat(northbound, log);
  const gateways =
    southbound &&
    new GatewayFollower({
      database: dependencies.database,
      southbound,
      projector,
      placement: settings,
      log,
    });
  const changeListeners = new Set<NetworkChangeListener>();
  const room: Room = {
    database,
    settings,
    async commit(work) {
      const { result, owners } = await transact(dependencies.database, async (transaction) => {
        const change = new Change(transaction, settings);
        const done = await work(change);
        await mechanisms.precommit(change);
        return { result: done, owners: [...change.owners] };
      });
      for (const tell of changeListeners) tell(owners);
      await mechanisms.postcommit(owners);
      return result;
    },
  };
  const tables = (given: Database) => given.withTables<NetworkTables>();
  return {
    name: 'network',
    operations: assembly.operations(room),
    projector,
    async start() {
      await settleDefaultRanges(database, settings.types);
      await northbound.ready(60_000);
      await mechanisms.start(database);
      follower.listen(followServers(database, projector, log));
      follower.listen((portId) => taps.portChanged(portId));
      await follower.start();
      heartbeat?.start();
      gateways?.start();
    },
    async stop() {
      heartbeat?.stop();
      await gateways?.stop();
      await follower.stop();
      await taps.stop();
      await mechanisms.stop();
    },
    change: (transaction) =>
      new ServerPortsChange(
        new Change(transaction, settings),
        projector,
        new Mechanisms(others, log),
      ),
    findNetworks: (given, caller, ids) => summaries.findNetworks(tables(given), caller, ids),
    availableNetworks: (given, caller) => summaries.availableNetworks(tables(given), caller),
    findPorts: (given, caller, ids) => summaries.findPorts(tables(given), caller, ids),
    portAllocations: (given, ids) => portAllocations(given.withTables<NetworkTables>(), ids),
    resourceRequests: (given, ids) => resourceRequests(given.withTables<NetworkTables>(), ids),
    networksWithMinimum: (given, ids) =>
      networksWithMinimum(given.withTables<NetworkTables>(), ids),
    bandwidths: () => (southbound?.mirror.filled ? bandwidthsOf(southbound.mirror) : undefined),
    onBandwidths: (listener) =>
      southbound?.mirror.watch(() => listener(), ['Chassis']) ?? (() => undefined),
    async findSecurityGroups(given, caller, namesOrIds) {
      const groups = await findGroups(tables(given), caller.projectId ?? '', namesOrIds);
      return groups.map(({ project_id: projectId, ...group }) => ({ ...group, projectId }));
    },
    portsOfDevices: (given, ids) => summaries.portsOfDevices(tables(given), ids),
    shownPortsOfDevices: (given, ids) => summaries.shownPortsOfDevices(tables(given), ids),
    describePorts: (given, ids) => summaries.describePorts(tables(given), ids),
    metadataPorts: (given, ids) => summaries.metadataPorts(tables(given), ids),
    tapFlows: (given, ids) => tapFlows(tables(given), ids),
    tapFlowsSeen: (given, seen) => tapFlowsSeen(tables(given), seen),
    onTapFlows: (listener) => taps.listen(listener),
    portAtAddress: (given, networkId, address) =>
      summaries.portAtAddress(tables(given), networkId, address),
    floatingIpsOfPorts: (given, ids) => summaries.floatingIpsOfPorts(tables(given), ids),
    securityGroupsOfPorts: (given, ids) => summaries.securityGroupsOfPorts(tables(given), ids),
    onPortStatus: (listener) => follower.listen(listener),
    onChange(listener) {
      changeListeners.add(listener);
      return () => void changeListeners.delete(listener);
    },
    portsOfSubnets: (given, ids) => summaries.portsOfSubnets(tables(given), ids),
  };
}
