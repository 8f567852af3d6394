import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { newHexId, newUuid } from '../../core/ids.ts';
import type { Logger } from '../../core/log.ts';
import { sleep } from '../../core/time.ts';
import type { Database } from '../../database/database.ts';
import { createTestDatabase } from '../../database/testing.ts';
import { createServer } from '../../http/server.ts';
import {
  connect,
  update,
  type Ovenbird,
  type OvsdbClient,
  type TablesOf,
} from '../../ovn/index.ts';
import { startOvsdbServer } from '../../ovn/testing.ts';
import type { Caller } from '../identity/caller.ts';
import type { ImageSummary } from '../image/index.ts';
import {
  createNetworkService,
  networkSchema,
  northboundTables,
  type NetworkService,
} from '../network/index.ts';
import type { Operation } from '../operation.ts';
import { createPlacementService, placementSchema } from '../placement/index.ts';
import { computeSchema, createComputeService, type ComputeService } from './index.ts';
import { computeOptions, type ComputeOptions } from './options.ts';
import { TestHost } from './hosts/testing.ts';

/** A document of the API. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into documents of many shapes
export type Document = Record<string, any>;

export interface TestReply {
  readonly status: number;
  readonly body: Document;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Asks as one caller. */
export interface TestClient {
  readonly caller: Caller;
  /** `version` is a microversion such as `2.47` (of placement where the path says so). */
  ask(method: string, path: string, body?: unknown, version?: string): Promise<TestReply>;
  get(path: string, version?: string): Promise<Document>;
  /** Fails unless the status is below 400. */
  post(path: string, body: unknown, version?: string): Promise<Document>;
}

export interface TestCompute {
  readonly app: FastifyInstance;
  readonly database: Database;
  readonly ovenbird: OvsdbClient<Ovenbird>;
  /** Where the `Ovenbird` database is, for an agent. */
  readonly ovenbirdRemote: string;
  readonly northbound: OvsdbClient<TablesOf<'OVN_Northbound'>>;
  /** Only where it was asked for: without it no chassis are known. */
  readonly southbound: OvsdbClient<TablesOf<'OVN_Southbound'>> | undefined;
  readonly network: NetworkService;
  readonly images: Map<string, ImageSummary>;
  readonly admin: TestClient;
  readonly compute: ComputeService;
  /** A member of a new project. */
  member(): TestClient;
  /** Asks as this caller. */
  as(caller: Caller): TestClient;
  /** A host that offers this and does as it is told. */
  host(name: string, has?: Partial<ConstructorParameters<typeof TestHost>[2]>): Promise<TestHost>;
  /** Ends the compute service as a killed process would, with nothing said, and starts a new one. */
  restart(): Promise<void>;
  /** Ends the compute service without starting a new one. */
  crash(): Promise<void>;
  stop(): Promise<void>;
  flavor(values?: Document): Promise<string>;
  image(values?: Partial<ImageSummary>): string;
  /** What there is of an image; undefined when there is none. */
  imageOf(id: string): ImageSummary | undefined;
  /** A network with a subnet. */
  net(client: TestClient, cidr?: string): Promise<{ network: string; subnet: string }>;
  /** Creates a server, without network unless told otherwise, and gives its id. */
  server(client: TestClient, values?: Document, version?: string): Promise<string>;
  /** Waits for the server's status. */
  becomes(client: TestClient, id: string, status: string): Promise<Document>;
  /** Waits until the server is not there any more. */
  gone(client: TestClient, id: string): Promise<void>;
}

/** Waits until the work gives something. */
export async function eventually<T>(
  what: string,
  work: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  for (let attempt = 0; attempt < 1500; attempt++) {
    const found = await work();
    if (found !== undefined && found !== false) return found;
    await sleep(10);
  }
  throw new Error(`${what} did not come about`);
}

function testCaller(isAdmin: boolean): Caller {
  const projectId = newHexId();
  return {
    userId: newHexId(),
    userName: isAdmin ? 'admin' : 'member',
    userDomainId: 'default',
    projectId,
    projectName: projectId.slice(0, 8),
    projectDomainId: 'default',
    domainId: undefined,
    isSystem: false,
    roles: new Set(isAdmin ? ['admin', 'manager', 'member', 'reader'] : ['member', 'reader']),
    isAdmin,
    tokenExpiresAt: new Date(Date.now() + 3_600_000),
  };
}

const imageOf = (id: string): ImageSummary => ({
  id,
  name: 'image',
  status: 'active',
  owner: undefined,
  size: 1000,
  checksum: 'd41d8cd98f00b204e9800998ecf8427e',
  osHashAlgo: 'sha512',
  osHashValue: 'ab',
  containerFormat: 'docker',
  diskFormat: 'raw',
  minDisk: 0,
  minRam: 0,
  properties: {},
  updatedAt: new Date(),
});

const SCHEMA = fileURLToPath(new URL('../../host/ovenbird.ovsschema', import.meta.url));

/** Compute, placement and network on real databases behind real http, with hosts played by the test. */
export async function startTestCompute({
  withSouthbound = false,
  glance = [],
  ...options
}: Partial<ComputeOptions> & {
  withSouthbound?: boolean;
  /** Operations of an image service, for what compute only passes on. */
  glance?: readonly Operation[];
} = {}): Promise<TestCompute> {
  const log = pino({ level: process.env['OVENBIRD_LOG_LEVEL'] ?? 'silent' }) as Logger;
  const { database, drop } = await createTestDatabase([
    placementSchema,
    networkSchema,
    computeSchema,
  ]);
  const [nb, ob, sb] = await Promise.all([
    startOvsdbServer({ schemaFile: '/usr/share/ovn/ovn-nb.ovsschema' }),
    startOvsdbServer({ schemaFile: SCHEMA }),
    withSouthbound
      ? startOvsdbServer({ schemaFile: '/usr/share/ovn/ovn-sb.ovsschema' })
      : undefined,
  ]);
  const northbound = connect({
    database: 'OVN_Northbound',
    remotes: nb.remote,
    monitor: northboundTables() as (keyof TablesOf<'OVN_Northbound'> & string)[],
    log,
  });
  const client = () =>
    connect({
      database: 'Ovenbird',
      remotes: ob.remote,
      monitor: ['Cloud', 'Host', 'Server', 'Interface', 'Metadata_Port', 'Tap_Flow', 'Task'],
      log,
    });
  const configuration = {
    home: '/nonexistent/home',
    name: 'test',
    host: 'h1',
    id: newHexId(),
    listen: { address: '127.0.0.1', port: 5000 },
    region: 'RegionOne',
    external: { cidr: '172.24.4.0/24', machineAddress: '172.24.4.1' },
    driver: 'fake' as const,
  };
  const southbound =
    sb &&
    connect({
      database: 'OVN_Southbound',
      remotes: sb.remote,
      monitor: ['SB_Global', 'Chassis', 'Chassis_Private'],
      log,
    });
  await southbound?.ready();
  const placement = createPlacementService({ database });
  const network = createNetworkService({
    database,
    configuration,
    northbound,
    ...(southbound && { southbound }),
    allocations: placement,
    log,
  });
  await network.start?.();
  const images = new Map<string, ImageSummary>();
  const callers = new Map<string, Caller>();
  const hosts: TestHost[] = [];

  let ovenbird = client();
  const build = (): ComputeService =>
    createComputeService({
      database,
      configuration,
      identity: {
        projectExists: async (id) => [...callers.values()].some((one) => one.projectId === id),
      },
      image: {
        name: 'image',
        operations: glance,
        getImage: async (_, __, id) => images.get(id),
        imagesById: async (_, ids) =>
          new Map(ids.flatMap((id) => (images.has(id) ? [[id, images.get(id)!] as const] : []))),
        async createImage(caller, draft) {
          const made = {
            ...imageOf(newUuid()),
            ...draft,
            status: 'queued' as const,
            owner: caller.projectId,
          };
          images.set(made.id, made);
          return made;
        },
        imagesWith: async (_, owner, properties) =>
          [...images.values()].filter(
            (image) =>
              image.owner === owner &&
              Object.entries(properties).every(([key, value]) => image.properties[key] === value),
          ),
        async removeImage(id) {
          images.delete(id);
        },
        async discardImage(id) {
          if (images.get(id)?.status === 'queued') images.delete(id);
        },
      },
      placement,
      network,
      ovenbird,
      log,
      hostGraceMilliseconds: 0,
      options: computeOptions(options),
    });
  let compute = build();
  await compute.start?.();
  const serve = () =>
    createServer({
      services: [placement, network, compute],
      validate: async (token) => callers.get(token),
      log,
      fallbackHost: '127.0.0.1:5000',
    });
  let app = serve();

  const clientOf = (caller: Caller): TestClient => {
    const token = newHexId();
    callers.set(token, caller);
    const ask: TestClient['ask'] = async (method, path, body, version) => {
      const reply = await app.inject({
        method: method as 'GET',
        url: path,
        headers: {
          'x-auth-token': token,
          ...(version === undefined
            ? {}
            : {
                'openstack-api-version': `${path.startsWith('/placement') ? 'placement' : 'compute'} ${version}`,
              }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      });
      return {
        status: reply.statusCode,
        body: reply.body === '' ? {} : (JSON.parse(reply.body) as Document),
        headers: reply.headers,
      };
    };
    const good = (reply: TestReply): Document => {
      assert.ok(reply.status < 400, JSON.stringify(reply.body));
      return reply.body;
    };
    return {
      caller,
      ask,
      get: async (path, version) => good(await ask('GET', path, undefined, version)),
      post: async (path, body, version) => good(await ask('POST', path, body, version)),
    };
  };
  const admin = clientOf(testCaller(true));

  const room: TestCompute = {
    get app() {
      return app;
    },
    get compute() {
      return compute;
    },
    get ovenbird() {
      return ovenbird;
    },
    database,
    ovenbirdRemote: ob.remote,
    northbound,
    southbound,
    network,
    images,
    admin,
    member: () => clientOf(testCaller(false)),
    as: clientOf,
    async host(name, has = {}) {
      const host = new TestHost(client(), name, has);
      await host.start();
      hosts.push(host);
      const path = '/compute/v2.1/os-hypervisors/detail';
      await eventually(`host ${name}`, async () =>
        (await admin.get(path)).hypervisors.some(
          (one: Document) => one['hypervisor_hostname'] === name,
        ),
      );
      await eventually(`provider ${name}`, async () =>
        (await admin.get('/placement/resource_providers')).resource_providers.some(
          (one: Document) => one['name'] === name,
        ),
      );
      return host;
    },
    async crash() {
      await compute.stop?.();
      await ovenbird.close();
    },
    async restart() {
      await room.crash();
      ovenbird = client();
      compute = build();
      await compute.start?.();
      await app.close();
      app = serve();
    },
    async stop() {
      await app.close();
      for (const host of hosts) await host.stop();
      await compute.stop?.();
      await network.stop?.();
      await Promise.all([ovenbird.close(), northbound.close(), southbound?.close()]);
      await Promise.all([nb.stop(), ob.stop(), sb?.stop()]);
      await drop();
    },
    async flavor(values = {}) {
      const flavor = { name: newUuid(), ram: 64, vcpus: 1, disk: 0, ...values };
      return (await admin.post('/compute/v2.1/flavors', { flavor })).flavor.id;
    },
    imageOf: (id) => images.get(id),
    image(values = {}) {
      const id = values.id ?? newUuid();
      images.set(id, { ...imageOf(id), ...values });
      return id;
    },
    async net(owner, cidr = '10.0.0.0/24') {
      const network_id = (await owner.post('/network/v2.0/networks', { network: { name: 'net' } }))
        .network.id;
      const subnet = await owner.post('/network/v2.0/subnets', {
        subnet: { network_id, ip_version: 4, cidr, dns_nameservers: ['9.9.9.9'] },
      });
      return { network: network_id, subnet: subnet['subnet'].id };
    },
    async server(owner, values = {}, version = '2.37') {
      const server = {
        name: 'web',
        imageRef: values['imageRef'] ?? room.image(),
        flavorRef: values['flavorRef'] ?? (await room.flavor()),
        networks: 'none',
        ...values,
      };
      return (await owner.post('/compute/v2.1/servers', { server }, version)).server.id;
    },
    becomes: (owner, id, status) =>
      eventually(`server ${id} in ${status}`, async () => {
        const { server } = await owner.get(`/compute/v2.1/servers/${id}`);
        return server.status === status && server;
      }),
    async gone(owner, id) {
      await eventually(
        `the end of ${id}`,
        async () => (await owner.ask('GET', `/compute/v2.1/servers/${id}`)).status === 404,
      );
    },
  };
  return room;
}

/** Sets what Southbound would say: the port is bound. */
export async function bringUp(room: TestCompute, portId: string): Promise<void> {
  await room.northbound.transact([
    update('Logical_Switch_Port', [['name', '==', portId]], { up: true }),
  ]);
}
