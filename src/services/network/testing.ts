import assert from 'node:assert/strict';
import { pino } from 'pino';
import { Readable } from 'node:stream';
import { Fault } from '../../core/errors.ts';
import { newHexId } from '../../core/ids.ts';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../../database/database.ts';
import { sleep } from '../../core/time.ts';
import { createTestDatabase } from '../../database/testing.ts';
import { connect, type OvsdbClient, type TablesOf } from '../../ovn/index.ts';
import { startOvsdbServer, type TestOvsdbServer } from '../../ovn/testing.ts';
import type { Caller } from '../identity/caller.ts';
import { documentOf } from '../operation.ts';
import type { NetworkService } from './contract.ts';
import { networkSchema } from './migrations.ts';
import { createNetworkService, northboundTables, type NetworkDependencies } from './service.ts';

/** A document of the API. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into documents of many shapes
export type Document = Record<string, any>;

/** One request, as `http/` would hand it to the operation. */
export interface TestRequest {
  readonly caller?: Caller;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The network service on a real PostgreSQL and a real Northbound, without http. */
export interface TestNetworkService {
  readonly service: NetworkService;
  readonly database: Database;
  readonly northbound: OvsdbClient<TablesOf<'OVN_Northbound'>>;
  readonly ovsdb: TestOvsdbServer;
  /** Administrator of a project of its own. */
  readonly admin: Caller;
  /** Member of a new project. */
  member(): Caller;
  /** Manager of a new project. */
  manager(): Caller;
  /** Runs an operation by name and gives its body. */
  call(operation: string, request: TestRequest): Promise<Document>;
  stop(): Promise<void>;
  create(caller: Caller, singular: string, values: Document): Promise<Document>;
  update(caller: Caller, singular: string, id: string, values: Document): Promise<Document>;
  show(caller: Caller, singular: string, id: string): Promise<Document>;
  remove(caller: Caller, singular: string, id: string): Promise<Document>;
  list(caller: Caller, plural: string, query?: TestRequest['query']): Promise<Document[]>;
  routerInterface(
    caller: Caller,
    verb: 'add' | 'remove',
    router: string,
    body: Document,
  ): Promise<Document>;
  /** A network with one subnet. */
  net(
    caller: Caller,
    cidr: string,
    values?: Document,
  ): Promise<{ network: Document; subnet: Document }>;
  /** The external network, made when first asked for. */
  outside(): Promise<{ network: Document; subnet: Document }>;
}

/** The work must fail with a fault of this type, whose message matches. */
export async function refuses(
  type: string,
  message: RegExp,
  work: Promise<unknown>,
): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof Fault, String(error));
    assert.equal(error.type, type, error.message);
    assert.match(error.message, message);
    return true;
  });
}

/** Asks again until the answer is yes or no more patience is left. */
export async function eventually(question: () => Promise<boolean>, seconds = 20): Promise<boolean> {
  for (let left = seconds * 4; left > 0; left--) {
    if (await question()) return true;
    await sleep(250);
  }
  return false;
}

/** A caller with a project of its own. */
export function testCaller(isAdmin = false): Caller {
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
    roles: new Set(isAdmin ? ['admin', 'member', 'reader'] : ['member', 'reader']),
    isAdmin,
    tokenExpiresAt: new Date(Date.now() + 3_600_000),
  };
}

/** Starts both databases and the service. */
export async function startTestNetworkService(
  options: Pick<NetworkDependencies, 'drivers' | 'options' | 'southbound'> = {},
): Promise<TestNetworkService> {
  const log = pino({ level: process.env['OVENBIRD_LOG_LEVEL'] ?? 'silent' }) as Logger;
  const { database, drop } = await createTestDatabase([
    networkSchema,
    ...(options.drivers ?? []).flatMap((driver) =>
      (driver.extensions ?? []).flatMap(({ schema }) => schema ?? []),
    ),
  ]);
  const ovsdb = await startOvsdbServer({ schemaFile: '/usr/share/ovn/ovn-nb.ovsschema' });
  const northbound = connect({
    database: 'OVN_Northbound',
    remotes: ovsdb.remote,
    monitor: northboundTables(options.drivers) as never,
    log,
  }) as OvsdbClient<TablesOf<'OVN_Northbound'>>;
  const service = createNetworkService({
    database,
    configuration: { host: 'test-host' },
    northbound,
    log,
    ...options,
  });
  await service.start?.();
  const admin = testCaller(true);
  const room: TestNetworkService = {
    service,
    database,
    northbound,
    ovsdb,
    admin,
    member: () => testCaller(),
    manager: () => {
      const caller = testCaller();
      return { ...caller, roles: new Set([...caller.roles, 'manager']) };
    },
    create: (caller, singular, values) =>
      room
        .call(`create_${singular}`, { caller, body: { [singular]: values } })
        .then((body) => body[singular] as Document),
    update: (caller, singular, id, values) =>
      room
        .call(`update_${singular}`, {
          caller,
          params: { [`${singular}_id`]: id },
          body: { [singular]: values },
        })
        .then((body) => body[singular] as Document),
    show: (caller, singular, id) =>
      room
        .call(`get_${singular}`, { caller, params: { [`${singular}_id`]: id } })
        .then((body) => body[singular] as Document),
    remove: (caller, singular, id) =>
      room.call(`delete_${singular}`, { caller, params: { [`${singular}_id`]: id } }),
    list: (caller, plural, query = {}) =>
      room.call(`get_${plural}`, { caller, query }).then((body) => body[plural] as Document[]),
    routerInterface: (caller, verb, router, body) =>
      room.call(`${verb}_router_interface`, { caller, params: { router_id: router }, body }),
    async net(caller, cidr, values = {}) {
      const network = await room.create(caller, 'network', { name: 'n' });
      const wanted = { network_id: network['id'], ip_version: 4, cidr, ...values };
      return { network, subnet: await room.create(caller, 'subnet', wanted) };
    },
    async outside() {
      external ??= makeExternal(room);
      return external;
    },
    async call(name, { caller = admin, params = {}, query = {}, headers = {}, body }) {
      const operation = service.operations.find((candidate) => candidate.name === name);
      if (operation === undefined) throw new Error(`there is no operation ${name}`);
      const reply = await operation.handle({
        caller,
        maybeCaller: caller,
        requestId: 'req-test',
        params,
        query,
        headers,
        body,
        stream: Readable.from([]),
        microversion: { major: 2, minor: 0 },
        serviceUrl: 'http://test/network',
        urlOf: (service) => `http://test/${service}`,
        target: '/',
        signal: new AbortController().signal,
      });
      return documentOf(reply) as Document;
    },
    async stop() {
      await service.stop?.();
      await northbound.close();
      await ovsdb.stop();
      await drop();
    },
  };
  let external: ReturnType<TestNetworkService['outside']> | undefined;
  return room;
}

async function makeExternal(room: TestNetworkService) {
  const network = await room.create(room.admin, 'network', {
    name: 'public',
    'router:external': true,
    'provider:network_type': 'flat',
    'provider:physical_network': 'public',
  });
  const subnet = await room.create(room.admin, 'subnet', {
    network_id: network['id'],
    ip_version: 4,
    cidr: '172.24.4.0/24',
    gateway_ip: '172.24.4.1',
    enable_dhcp: false,
    allocation_pools: [{ start: '172.24.4.2', end: '172.24.4.254' }],
  });
  return { network, subnet };
}
