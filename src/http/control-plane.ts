import type { FastifyInstance } from 'fastify';
import { paths, type Configuration } from '../core/configuration.ts';
import type { Logger } from '../core/log.ts';
import { openDatabase } from '../database/database.ts';
import { migrate } from '../database/migrations.ts';
import { connect, type Projector, type TablesOf } from '../ovn/index.ts';
import { computeSchema, computeOptions, createComputeService } from '../services/compute/index.ts';
import { createIdentityService, identitySchema } from '../services/identity/index.ts';
import { createImageService, imageOptions, imageSchema } from '../services/image/index.ts';
import {
  createNetworkService,
  networkOptions,
  networkSchema,
  northboundTables,
  type Driver,
} from '../services/network/index.ts';
import {
  createOrchestrationService,
  orchestrationOptions,
  orchestrationSchema,
  type ResourceType,
} from '../services/orchestration/index.ts';
import { createPlacementService, placementSchema } from '../services/placement/index.ts';
import type { Service } from '../services/operation.ts';
import { rootUrl } from './addresses.ts';
import { mountConsolePages } from './consoles/pages.ts';
import { createUpgrades, type Upgrades } from './consoles/upgrades.ts';
import { mountDashboard } from './dashboard.ts';
import { createDispatch } from './dispatch.ts';
import { EventFile } from './event-file.ts';
import { mountHosts } from './hosts.ts';
import { readRepairOptions } from './repair-options.ts';
import { createServer } from './server.ts';

export interface ControlPlaneOptions {
  readonly configuration: Configuration;
  readonly hostToken: string;
  readonly log: Logger;
  /** Drivers of the network service from outside the repository. */
  readonly networkDrivers?: readonly Driver[];
  /** Types of resources of orchestration from outside the repository. */
  readonly resourceTypes?: readonly ResourceType[];
}

/** The services, wired to each other and to their databases: a value, so that two can live in one process. */
export interface ControlPlane {
  readonly app: FastifyInstance;
  readonly upgrades: Upgrades;
  /** Brings the schemas to their newest step and starts every service. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createControlPlane({
  configuration,
  hostToken,
  log,
  networkDrivers = [],
  resourceTypes = [],
}: ControlPlaneOptions): ControlPlane {
  const files = paths(configuration.home);
  const repairOptions = readRepairOptions(configuration.options?.['repair']);
  const database = openDatabase({
    host: files.postgresSocket,
    database: 'ovenbird',
    user: 'ovenbird',
  });
  const northbound = connect({
    database: 'OVN_Northbound',
    remotes: `unix:${files.northbound}`,
    monitor: northboundTables(networkDrivers) as (keyof TablesOf<'OVN_Northbound'> & string)[],
    log,
  });
  const southbound = connect({
    database: 'OVN_Southbound',
    remotes: `unix:${files.southbound}`,
    monitor: ['SB_Global', 'Chassis', 'Chassis_Private'],
    log,
  });
  const ovenbird = connect({
    database: 'Ovenbird',
    remotes: `unix:${files.ovenbird}`,
    monitor: ['Cloud', 'Host', 'Server', 'Interface', 'Metadata_Port', 'Tap_Flow', 'Task'],
    log,
  });

  const identity = createIdentityService({ database, configuration, log });
  const image = createImageService({
    database,
    configuration,
    options: imageOptions(configuration.options?.['image'] ?? {}),
    projectLimits: (project, name) => identity.limitOf('image', name, project),
    log,
  });
  const placement = createPlacementService({ database });
  const network = createNetworkService({
    database,
    configuration,
    northbound,
    southbound,
    options: networkOptions(configuration.options?.['network'] ?? {}),
    drivers: networkDrivers,
    allocations: placement,
    // The host's agent serves metadata too.
    metadataHosts: () =>
      ovenbird.mirror
        .table('Host')
        .filter(({ datapath }) => datapath === 'ovn')
        .map(({ name, heartbeat }) => ({ name, seenAt: new Date(heartbeat * 1000) })),
    log,
  });
  const compute = createComputeService({
    database,
    configuration,
    identity,
    image,
    placement,
    network,
    ovenbird,
    log,
    options: computeOptions(configuration.options?.['compute'] ?? {}),
  });
  const services: Service[] = [identity, image, placement, network, compute];
  const orchestration = createOrchestrationService({
    database,
    configuration,
    identity,
    // Orchestration asks itself as well: the list is complete before anybody asks.
    dispatch: createDispatch(services, () => rootUrl(configuration.listen)),
    options: orchestrationOptions(configuration.options?.['orchestration'] ?? {}),
    types: resourceTypes,
    scripts: compute.software,
    log,
  });
  services.push(orchestration);
  const projectors: readonly Projector[] = [network.projector, compute.projector];
  const events = new EventFile(files.events);
  for (const projector of projectors) {
    projector.watchRepairs((repairs) => events.add(repairs));
    projector.compareEvery(repairOptions.comparisonSeconds);
  }

  const fallbackHost = `${configuration.listen.address}:${configuration.listen.port}`;
  const upgrades = createUpgrades({
    consoles: compute.consoles,
    hostToken,
    fallbackHost,
    idleSeconds: compute.consoles.idleSeconds,
    log,
  });
  const app = createServer({
    services,
    validate: (token) => identity.validate(token),
    log,
    fallbackHost,
    upgrades,
    extend: (server) => {
      mountHosts(server, hostToken, {
        openImage: (id) => image.openFile(id),
        receiveImage: (id, stream, announced) => image.receiveFile(id, stream, announced),
        metadata: (networkId, address) => compute.metadataFor(networkId, address),
        metadataOf: (serverId) => compute.metadataOf(serverId),
        taskResult: (id, stream, mediaType) => compute.taskResult(id, stream, mediaType),
        softwareWish: (run) => orchestration.softwareWish(run),
        softwareOutcome: (run, told) => orchestration.softwareOutcome(run, told),
        compare: async () => (await Promise.all(projectors.map((each) => each.compare()))).flat(),
        repair: async () => (await Promise.all(projectors.map((each) => each.repair()))).flat(),
        rotate: () => identity.rotate(),
        hold: (milliseconds) => projectors.forEach((each) => each.hold(milliseconds)),
      });
      mountConsolePages(server, fallbackHost);
      mountDashboard(server);
    },
  });

  return {
    app,
    upgrades,
    async start() {
      await migrate(database, [
        identitySchema,
        imageSchema,
        placementSchema,
        networkSchema,
        computeSchema,
        orchestrationSchema,
        ...networkDrivers.flatMap(({ extensions = [] }) =>
          extensions.flatMap(({ schema }) => schema ?? []),
        ),
      ]);
      // In this order: compute's reactions ask the others.
      for (const service of services) await service.start?.();
    },
    async stop() {
      await app.close();
      for (const service of services.toReversed()) await service.stop?.();
      await Promise.all([northbound.close(), southbound.close(), ovenbird.close()]);
      await database.destroy();
    },
  };
}
