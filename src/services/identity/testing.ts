import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { paths, type Configuration } from '../../core/configuration.ts';
import { newHexId } from '../../core/ids.ts';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../../database/database.ts';
import { createTestDatabase } from '../../database/testing.ts';
import { createServer } from '../../http/server.ts';
import { createIdentityService, identitySchema, type IdentityService } from './index.ts';

/** A configuration with a home of its own, for tests; `remove` deletes the folder. */
export function createTestHome(): {
  readonly configuration: Configuration;
  readonly log: Logger;
  password(name: 'admin' | 'demo'): string;
  remove(): void;
} {
  const home = mkdtempSync(path.join(tmpdir(), 'ovb-home-'));
  const configuration: Configuration = {
    home,
    name: 'test',
    host: 'test',
    id: newHexId(),
    listen: { address: '127.0.0.1', port: 5000 },
    region: 'RegionOne',
    external: { cidr: '172.24.4.0/24', machineAddress: '172.24.4.1' },
    driver: 'fake',
  };
  const files = paths(home);
  return {
    configuration,
    log: pino({ level: 'silent' }) as Logger,
    password: (name) =>
      readFileSync(name === 'admin' ? files.adminPassword : files.demoPassword, 'utf8').trim(),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** A document of the API: read freely, as clients do. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

/** Answer of the API under test. */
export interface TestReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly json: Json;
}

/** Identity on a database of its own behind the HTTP server, for tests of its operations. */
export interface TestIdentity {
  /** Token of the administrator in the project admin. */
  readonly admin: string;
  readonly database: Database;
  readonly identity: IdentityService;
  /** @param path below `/identity/v3` */
  call(
    method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    token?: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<TestReply>;
  /** Authenticates with the given `identity` and `scope` members. */
  authenticate(identity: unknown, scope?: unknown): Promise<TestReply>;
  /** Makes a user with the password `secret` that is a member of a project of its own, with its token there. */
  newcomer(): Promise<{ user: Json; project: Json; token: string; grant: string }>;
  roleId(name: string): Promise<string>;
  stop(): Promise<void>;
}

/**
 * @param options member `identity` of `config.json`
 * @param log default none
 */
export async function startTestIdentity(options: object = {}, log?: Logger): Promise<TestIdentity> {
  const home = { ...createTestHome(), ...(log ? { log } : {}) };
  const { database, drop } = await createTestDatabase([identitySchema]);
  const identity = createIdentityService({
    database,
    configuration: { ...home.configuration, options: { identity: options } },
    log: home.log,
  });
  await identity.start?.();
  const app = createServer({
    services: [identity],
    validate: (token) => identity.validate(token),
    log: home.log,
    fallbackHost: '127.0.0.1:5000',
  });
  const call: TestIdentity['call'] = async (method, path, token, body, headers) => {
    const reply = await app.inject({
      method,
      url: `/identity/v3${path}`,
      headers: { ...(token === undefined ? {} : { 'x-auth-token': token }), ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    return {
      status: reply.statusCode,
      headers: reply.headers,
      json: reply.body === '' ? undefined : reply.json(),
    };
  };
  const authenticate: TestIdentity['authenticate'] = (who, scope) =>
    call('POST', '/auth/tokens', undefined, {
      auth: { identity: who, ...(scope === undefined ? {} : { scope }) },
    });
  const login = async (user: unknown, project: unknown): Promise<string> => {
    const reply = await authenticate({ methods: ['password'], password: { user } }, { project });
    assert.equal(reply.status, 201, JSON.stringify(reply.json));
    return String(reply.headers['x-subject-token']);
  };
  const domain = { id: 'default' };
  const admin = await login(
    { name: 'admin', domain, password: home.password('admin') },
    { name: 'admin', domain },
  );
  const make = async (kind: string, attributes: object): Promise<Json> => {
    const reply = await call('POST', `/${kind}s`, admin, { [kind]: attributes });
    assert.equal(reply.status, 201, JSON.stringify(reply.json));
    return reply.json[kind];
  };
  const roleId: TestIdentity['roleId'] = async (name) =>
    (await call('GET', `/roles?name=${name}`, admin)).json.roles[0].id;
  let serial = 0;
  return {
    admin,
    database,
    identity,
    call,
    authenticate,
    roleId,
    async newcomer() {
      const name = `newcomer-${++serial}`;
      const user = await make('user', { name, password: 'secret' });
      const project = await make('project', { name });
      const grant = `/projects/${project.id}/users/${user.id}/roles/${await roleId('member')}`;
      assert.equal((await call('PUT', grant, admin)).status, 204);
      const token = await login({ id: user.id, password: 'secret' }, { id: project.id });
      return { user, project, token, grant };
    },
    async stop() {
      await app.close();
      await identity.stop?.();
      home.remove();
      await drop();
    },
  };
}
