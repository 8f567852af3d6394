import assert from 'node:assert/strict';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { newHexId } from '../../core/ids.ts';
import type { Logger } from '../../core/log.ts';
import { sleep } from '../../core/time.ts';
import type { Database } from '../../database/database.ts';
import { createTestDatabase } from '../../database/testing.ts';
import { createDispatch } from '../../http/dispatch.ts';
import { createServer } from '../../http/server.ts';
import type { Caller } from '../identity/caller.ts';
import type { Service } from '../operation.ts';
import {
  createOrchestrationService,
  orchestrationOptions,
  orchestrationSchema,
  type OrchestrationService,
  type ResourceType,
} from './index.ts';

/** A document of the API. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into documents of many shapes
export type Document = Record<string, any>;

export interface TestReply {
  readonly status: number;
  readonly body: Document;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Orchestration on a real database behind real http, with types of the test's own. */
export interface TestOrchestration {
  readonly database: Database;
  readonly caller: Caller;
  service: OrchestrationService;
  ask(method: string, path: string, body?: unknown, caller?: Caller): Promise<TestReply>;
  /** Asks at a whole address with whatever token. */
  outside(method: string, url: string, body: unknown, token?: string): Promise<TestReply>;
  /** Fails unless the status is below 400. */
  get(path: string): Promise<Document>;
  /** Makes a stack and gives its path; waits until nothing goes on in it. */
  create(template: object | string, more?: Document): Promise<TestStack>;
  /** Ends the engine as a killed process would end, and begins with another one on the same database. */
  restart(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestStack {
  readonly id: string;
  readonly name: string;
  /** `/stacks/<name>/<id>` */
  readonly path: string;
}

export const testCaller = (isAdmin = false): Caller => {
  const projectId = newHexId();
  return {
    userId: newHexId(),
    userName: 'member',
    userDomainId: 'default',
    projectId,
    projectName: 'p',
    projectDomainId: 'default',
    domainId: undefined,
    isSystem: false,
    roles: new Set(isAdmin ? ['admin', 'manager', 'member', 'reader'] : ['member', 'reader']),
    isAdmin,
    tokenExpiresAt: new Date(Date.now() + 3_600_000),
  };
};

export async function startTestOrchestration(
  types: readonly ResourceType[],
  options: object = {},
  /** Other services that types ask, in process. */
  others: readonly Service[] = [],
): Promise<TestOrchestration> {
  const log = pino({ level: process.env['OVENBIRD_LOG_LEVEL'] ?? 'silent' }) as Logger;
  const { database, drop } = await createTestDatabase([orchestrationSchema]);
  const caller = testCaller();
  const callers = new Map<string, Caller>([[caller.userId, caller]]);
  let app: FastifyInstance;
  const begin = async (): Promise<OrchestrationService> => {
    const services: Service[] = [...others];
    const service = createOrchestrationService({
      database,
      configuration: {
        home: '/nonexistent',
        region: 'RegionOne',
        listen: { address: '127.0.0.1', port: 1 },
      } as never,
      identity: { actFor: async ({ userId }) => callers.get(userId) },
      dispatch: createDispatch(services, () => 'http://test'),
      options: orchestrationOptions(options),
      types,
      secret: 'secret',
      log,
    });
    services.push(service);
    app = createServer({
      services,
      validate: async (token) => callers.get(token),
      log,
      fallbackHost: 'test',
    });
    await service.start!();
    return service;
  };
  const test: TestOrchestration = {
    database,
    caller,
    service: await begin(),
    async ask(method, path, body, by = caller) {
      callers.set(by.userId, by);
      const reply = await app.inject({
        method: method as 'GET',
        url: path.startsWith('/orchestration') ? path : `/orchestration/v1/${by.projectId}${path}`,
        headers: { 'x-auth-token': by.userId, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      });
      const text = reply.body;
      return {
        status: reply.statusCode,
        body: text === '' ? {} : (JSON.parse(text) as Document),
        headers: reply.headers,
      };
    },
    async outside(method, url, body, token) {
      const { pathname, search } = new URL(url);
      const reply = await app.inject({
        method: method as 'GET',
        url: pathname + search,
        headers: token === undefined ? {} : { 'x-auth-token': token },
        payload: JSON.stringify(body),
      });
      return {
        status: reply.statusCode,
        body: JSON.parse(reply.body || '{}') as Document,
        headers: reply.headers,
      };
    },
    async get(path) {
      const reply = await test.ask('GET', path);
      assert.ok(reply.status < 400, `${path}: ${JSON.stringify(reply.body)}`);
      return reply.body;
    },
    async create(template, more = {}) {
      const name = `s${newHexId().slice(0, 8)}`;
      const reply = await test.ask('POST', '/stacks', { stack_name: name, template, ...more });
      assert.equal(reply.status, 201, JSON.stringify(reply.body));
      const id = reply.body['stack'].id as string;
      return { id, name, path: `/stacks/${name}/${id}` };
    },
    async restart() {
      await test.service.context.engine.die();
      await app.close();
      test.service = await begin();
    },
    async kill() {
      await test.service.stop!();
      await app.close();
    },
    async stop() {
      await test.kill();
      await drop();
    },
  };
  return test;
}

/** The stack once its action has ended. */
export async function ended(test: TestOrchestration, stack: TestStack): Promise<Document> {
  for (let attempt = 0; attempt < 6000; attempt++) {
    const { stack: shown } = await test.get(stack.path);
    if (!String(shown.stack_status).endsWith('IN_PROGRESS')) return shown;
    await sleep(5);
  }
  throw new Error('the action did not end');
}
