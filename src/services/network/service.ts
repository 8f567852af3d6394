import type { Configuration } from '../../core/configuration.ts';
import type { Logger } from '../../core/log.ts';
import { transact, type Database } from '../../database/database.ts';
import { createProjector, type OvsdbClient, type TablesOf } from '../../ovn/index.ts';
import type { Operation } from '../operation.ts';
import { addressScopeNoun } from './address_scopes/noun.ts';
import { addressScopeRules } from './address_scopes/rules.ts';
import { agentOperations } from './agents/api.ts';
import { Heartbeat } from './agents/heartbeat.ts';
import type { MetadataHost } from './agents/model.ts';
import { Change, type Settings } from './change.ts';
import type { AnyNoun } from './collections/noun.ts';
import { operationsOf, type Room, type Rules } from './collections/operations.ts';
import type { NetworkChangeListener, NetworkService } from './contract.ts';
import { extensionOperations } from './extensions/api.ts';
import { floatingIpNoun } from './floatingips/noun.ts';
import { floatingIpRules } from './floatingips/rules.ts';
import { networkNoun } from './networks/noun.ts';
import { networkRules } from './networks/rules.ts';
import { loadAll, loadOwners } from './northbound/load.ts';
import { PortStatusFollower } from './northbound/port-status.ts';
import { northboundProjection } from './northbound/projection.ts';
import { AddressCursors } from './ports/allocation.ts';
import { ServerPortsChange } from './ports/binding.ts';
import { portNoun } from './ports/noun.ts';
import { portRules } from './ports/rules.ts';
import * as summaries from './ports/summaries.ts';
import { quotaOperations } from './quotas/api.ts';
import { availabilityOperations } from './availability/api.ts';
import { interfaceOperations } from './routers/api.ts';
import { extraRouteOperations } from './routers/extra-routes.ts';
import { routerNoun } from './routers/noun.ts';
import { routerRules } from './routers/rules.ts';
import { securityGroupRuleNoun } from './security_group_rules/noun.ts';
import { securityGroupRuleRules } from './security_group_rules/rules.ts';
import { findGroups } from './security_groups/lookup.ts';
import { securityGroupNoun } from './security_groups/noun.ts';
import { securityGroupRules } from './security_groups/rules.ts';
import { subnetPoolNoun } from './subnetpools/noun.ts';
import { subnetPoolRules } from './subnetpools/rules.ts';
import { subnetNoun } from './subnets/noun.ts';
import { subnetRules } from './subnets/rules.ts';
import type { NetworkDatabase, NetworkTables } from './tables.ts';
import { tagOperations } from './tags/api.ts';
import { zoneOperations } from './zones/api.ts';

export interface NetworkDependencies {
  readonly database: Database;
  readonly configuration: Pick<Configuration, 'host'>;
  /** Its mirror must hold the tables of `northboundProjection`. */
  readonly northbound: OvsdbClient<TablesOf<'OVN_Northbound'>>;
  /** Its mirror must hold SB_Global, Chassis and Chassis_Private; without it there are no agents. */
  readonly southbound?: OvsdbClient<TablesOf<'OVN_Southbound'>>;
  /** Hosts that answer servers' questions for metadata; default none. */
  readonly metadataHosts?: () => readonly MetadataHost[];
  readonly log: Logger;
  /** Chassis that gateways of routers may be on, the preferred first; default the local host. */
  readonly gatewayChassis?: () => readonly string[];
}

/** Bytes that the underlay carries (1500) less those of a Geneve header over IPv4 (58). */
const TUNNEL_MTU = 1442;
/** The physical networks that every host has a bridge for, and their largest packets in bytes. */
const PHYSICAL_NETWORKS: ReadonlyMap<string, number> = new Map([['public', 1500]]);

// oxlint-disable-next-line typescript/no-explicit-any -- each noun has rows of its own
const NOUNS: readonly (readonly [AnyNoun, Rules<any>])[] = [
  [networkNoun, networkRules],
  [subnetNoun, subnetRules],
  [addressScopeNoun, addressScopeRules],
  [subnetPoolNoun, subnetPoolRules],
  [portNoun, portRules],
  [routerNoun, routerRules],
  [floatingIpNoun, floatingIpRules],
  [securityGroupNoun, securityGroupRules],
  [securityGroupRuleNoun, securityGroupRuleRules],
];

/** The network service of one cloud: Neutron's API v2.0, projected into OVN's Northbound database. */
export function createNetworkService(dependencies: NetworkDependencies): NetworkService {
  const { configuration, northbound, southbound, log } = dependencies;
  const database: NetworkDatabase = dependencies.database.withTables<NetworkTables>();
  const settings: Settings = {
    tunnelMtu: TUNNEL_MTU,
    physicalNetworks: PHYSICAL_NETWORKS,
    cursors: new AddressCursors(),
  };
  const gateways = dependencies.gatewayChassis ?? (() => [configuration.host]);
  const projector = createProjector({
    client: northbound,
    projection: northboundProjection,
    load: (owners) => loadOwners(database, owners, gateways()),
    loadAll: () => loadAll(database, gateways()),
    log,
  });
  const follower = new PortStatusFollower(database, northbound.mirror, log);
  const heartbeat = southbound === undefined ? undefined : new Heartbeat(northbound, log);
  const changeListeners = new Set<NetworkChangeListener>();
  const room: Room = {
    database,
    async commit(work) {
      const { result, owners } = await transact(dependencies.database, async (transaction) => {
        const change = new Change(transaction, settings);
        return { result: await work(change), owners: [...change.owners] };
      });
      for (const tell of changeListeners) tell(owners);
      if (owners.length > 0 && !(await projector.settled(owners))) {
        // It is committed here, so it will be written there as soon as that is possible.
        log.warn({ owners: owners.slice(0, 10) }, 'Northbound did not follow in time');
      }
      return result;
    },
  };
  const tables = (given: Database) => given.withTables<NetworkTables>();
  return {
    name: 'network',
    operations: [
      ...allOperations(room),
      ...(southbound === undefined
        ? []
        : agentOperations({
            southbound,
            metadataHosts: dependencies.metadataHosts ?? (() => []),
          })),
    ],
    projector,
    async start() {
      await northbound.ready(60_000);
      await projector.start();
      await follower.start();
      heartbeat?.start();
    },
    async stop() {
      heartbeat?.stop();
      await follower.stop();
      await projector.stop();
    },
    change: (transaction) => new ServerPortsChange(new Change(transaction, settings), projector),
    findNetworks: (given, caller, ids) => summaries.findNetworks(tables(given), caller, ids),
    availableNetworks: (given, caller) => summaries.availableNetworks(tables(given), caller),
    findPorts: (given, caller, ids) => summaries.findPorts(tables(given), caller, ids),
    async findSecurityGroups(given, caller, namesOrIds) {
      const groups = await findGroups(tables(given), caller.projectId ?? '', namesOrIds);
      return groups.map(({ project_id: projectId, ...group }) => ({ ...group, projectId }));
    },
    portsOfDevices: (given, ids) => summaries.portsOfDevices(tables(given), ids),
    describePorts: (given, ids) => summaries.describePorts(tables(given), ids),
    metadataPorts: (given, ids) => summaries.metadataPorts(tables(given), ids),
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

/** Every operation of the API. */
const allOperations = (room: Room): Operation[] => [
  ...NOUNS.flatMap(([noun, rules]) => [
    ...operationsOf(room, noun, rules),
    ...tagOperations(room, noun),
  ]),
  ...interfaceOperations(room),
  ...extraRouteOperations(room),
  ...availabilityOperations(room),
  ...quotaOperations(room),
  ...extensionOperations,
  ...zoneOperations,
];
