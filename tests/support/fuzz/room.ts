import { fileURLToPath } from 'node:url';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { newHexId, newUuid } from '../../../src/core/ids.ts';
import type { Logger } from '../../../src/core/log.ts';
import { createTestDatabase } from '../../../src/database/testing.ts';
import { createServer } from '../../../src/http/server.ts';
import { connect, type TablesOf } from '../../../src/ovn/index.ts';
import { startOvsdbServer } from '../../../src/ovn/testing.ts';
import { TestHost } from '../../../src/services/compute/hosts/testing.ts';
import { computeSchema, createComputeService } from '../../../src/services/compute/index.ts';
import type { Caller } from '../../../src/services/identity/caller.ts';
import { createIdentityService, identitySchema } from '../../../src/services/identity/index.ts';
import { createTestHome } from '../../../src/services/identity/testing.ts';
import {
  createImageService,
  imageOptions,
  imageSchema,
} from '../../../src/services/image/index.ts';
import {
  createNetworkService,
  networkSchema,
  northboundTables,
} from '../../../src/services/network/index.ts';
import { createDispatch } from '../../../src/http/dispatch.ts';
import {
  createOrchestrationService,
  orchestrationSchema,
} from '../../../src/services/orchestration/index.ts';
import type { Service } from '../../../src/services/operation.ts';
import { createPlacementService, placementSchema } from '../../../src/services/placement/index.ts';

/** Every service on real databases behind real http, as the control plane puts them together; one played host. */
export interface FuzzRoom {
  readonly app: FastifyInstance;
  readonly services: readonly Service[];
  /** Password of the cloud's administrator. */
  readonly password: string;
  /** What the log said of a request that failed: the cause of a 500. */
  causeOf(requestId: string): string | undefined;
  /** A token that the server takes for this caller. */
  tokenFor(caller: Caller): string;
  stop(): Promise<void>;
}

const SCHEMA = fileURLToPath(new URL('../../../src/host/ovenbird.ovsschema', import.meta.url));

/** Who asks, without asking identity: the fuzzer deletes users and projects too. */
export function callerOf(
  projectId: string,
  roles: readonly string[],
  userId: string = newHexId(),
): Caller {
  return {
    userId,
    userName: roles[0] ?? 'nobody',
    userDomainId: 'default',
    projectId,
    projectName: projectId.slice(0, 8),
    projectDomainId: 'default',
    domainId: undefined,
    isSystem: false,
    roles: new Set(roles),
    isAdmin: roles.includes('admin'),
    tokenExpiresAt: new Date(Date.now() + 3_600_000),
  };
}

/** Remembers the causes that the log is told, by request id. */
function listeningLog(causes: Map<string, string>): Logger {
  const write = (line: string) => {
    const { request, error, path } = JSON.parse(line) as Record<string, unknown>;
    if (typeof request === 'string')
      causes.set(request, `${String(path)} ${JSON.stringify(error)}`.slice(0, 3000));
  };
  return pino(
    { level: 'error', serializers: { error: pino.stdSerializers.err } },
    { write },
  ) as Logger;
}

export async function startFuzzRoom(): Promise<FuzzRoom> {
  const home = createTestHome();
  const { configuration } = home;
  const causes = new Map<string, string>();
  const log = listeningLog(causes);
  const { database, drop } = await createTestDatabase([
    identitySchema,
    imageSchema,
    placementSchema,
    networkSchema,
    computeSchema,
    orchestrationSchema,
  ]);
  const [nb, ob] = await Promise.all([
    startOvsdbServer({ schemaFile: '/usr/share/ovn/ovn-nb.ovsschema' }),
    startOvsdbServer({ schemaFile: SCHEMA }),
  ]);
  const northbound = connect({
    database: 'OVN_Northbound',
    remotes: nb.remote,
    monitor: northboundTables() as (keyof TablesOf<'OVN_Northbound'> & string)[],
    log,
  });
  const client = () =>
    connect({ database: 'Ovenbird', remotes: ob.remote, monitor: OVENBIRD, log });
  const ovenbird = client();

  const identity = createIdentityService({ database, configuration, log });
  const image = createImageService({
    database,
    configuration,
    log,
    options: imageOptions({
      image_size_cap: 10_000_000,
      stores: { file: { store_type: 'file' }, second: { store_type: 'file' } },
      enabled_import_methods: ['glance-direct', 'web-download', 'copy-image'],
    }),
  });
  const placement = createPlacementService({ database });
  const network = createNetworkService({
    database,
    configuration,
    northbound,
    allocations: placement,
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
    hostGraceMilliseconds: 0,
  });
  const services: Service[] = [identity, image, placement, network, compute];
  const callers = new Map<string, Caller>();
  const orchestration = createOrchestrationService({
    database,
    configuration,
    // The callers of this room are made up, and no roles stand behind them.
    identity: {
      actFor: async ({ userId, projectId }) =>
        [...callers.values()].find((one) => one.userId === userId && one.projectId === projectId),
    },
    dispatch: createDispatch(services, () => 'http://127.0.0.1:5000'),
    log,
  });
  services.push(orchestration);
  for (const service of services) await service.start?.();

  const host = new TestHost(client(), 'host1', {
    vcpus: 1000,
    memory_mb: 1_000_000,
    disk_gb: 100_000,
  });
  await host.start();
  // A live agent: it answers questions for console output, and beats.
  host.client.mirror.watch(
    (changes) => {
      for (const { before, after } of changes)
        if (before === undefined && after !== undefined)
          void compute.taskResult(after.id, Readable.from([Buffer.from('a line\n')]));
    },
    ['Task'],
  );
  const heart = setInterval(() => void host.beat().catch(() => undefined), 5000);

  const app = createServer({
    services,
    validate: async (token) => callers.get(token) ?? (await identity.validate(token)),
    log,
    fallbackHost: '127.0.0.1:5000',
  });
  return {
    app,
    services,
    password: home.password('admin'),
    causeOf: (requestId) => causes.get(requestId),
    tokenFor(caller) {
      const token = newUuid();
      callers.set(token, caller);
      return token;
    },
    async stop() {
      clearInterval(heart);
      await app.close();
      await host.stop();
      for (const service of services.toReversed()) await service.stop?.();
      await Promise.all([ovenbird.close(), northbound.close()]);
      await Promise.all([nb.stop(), ob.stop()]);
      await drop();
      home.remove();
    },
  };
}

const OVENBIRD = [
  'Cloud',
  'Host',
  'Server',
  'Interface',
  'Metadata_Port',
  'Tap_Flow',
  'Task',
] as const;
