import assert from 'node:assert/strict';
import type { InjectOptions } from 'fastify';
import type { Database } from '../../../database/database.ts';
import { createTestDatabase } from '../../../database/testing.ts';
import { createServer } from '../../../http/server.ts';
import { createIdentityService, identitySchema, type IdentityService } from '../index.ts';
import { createTestHome, type Json } from '../testing.ts';

/** A scope: a project of the default domain. */
export const project = (name: string) => ({ project: { name, domain: { id: 'default' } } });

/** Body of a login of a user of the default domain. */
export const credentials = (name: string, password: string, scope?: unknown) => ({
  auth: {
    identity: {
      methods: ['password'],
      password: { user: { name, password, domain: { id: 'default' } } },
    },
    ...(scope === undefined ? {} : { scope }),
  },
});

/** Waits until it holds, some seconds at most. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('it never came true');
}

type Options = { token?: string; body?: unknown; headers?: Record<string, string> };

/** Identity behind the HTTP server as a client at `cloud.example:8080` sees it, with what the tests of its nouns need. */
export interface Room {
  readonly home: ReturnType<typeof createTestHome>;
  readonly database: Database;
  readonly identity: IdentityService;
  /** Token of the administrator in the project admin. */
  readonly admin: string;
  /** Another control plane on the same database. */
  open(tokenLifetimeSeconds?: number): IdentityService;
  /** @param path below `/identity/v3` */
  call(
    method: InjectOptions['method'],
    path: string,
    options?: Options,
  ): Promise<{ status: number; headers: Record<string, unknown>; json: Json }>;
  login(name: string, password: string, scope?: unknown): Promise<string>;
  /** Token of a user, by its id, whose password is `secret`. */
  login2(id: string): Promise<string>;
  /** Makes something as the administrator and gives its document. */
  make(kind: string, attributes?: Record<string, unknown>): Promise<Json>;
  roleId(name: string): Promise<string>;
  /** A user with the password `secret`, and a token for a project of its own, in which it is a member. */
  newcomer(): Promise<{ user: Json; project: Json; token: string; grant: string }>;
  stop(): Promise<void>;
}

export async function startRoom(): Promise<Room> {
  const home = createTestHome();
  const { database, drop } = await createTestDatabase([identitySchema]);
  const open = (tokenLifetimeSeconds?: number) =>
    createIdentityService({
      database,
      configuration: home.configuration,
      log: home.log,
      ...(tokenLifetimeSeconds === undefined ? {} : { tokenLifetimeSeconds }),
    });

  const project = (name: string) => ({ project: { name, domain: { id: 'default' } } });

  const credentials = (name: string, password: string, scope?: unknown) => ({
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name, password, domain: { id: 'default' } } },
      },
      ...(scope === undefined ? {} : { scope }),
    },
  });
  const identity = open();
  await identity.start?.();
  const app = createServer({
    services: [identity],
    validate: (token) => identity.validate(token),
    log: home.log,
    fallbackHost: '127.0.0.1:5000',
  });

  async function call(
    method: InjectOptions['method'],
    path: string,
    options: Options = {},
  ): Promise<{ status: number; headers: Record<string, unknown>; json: Json }> {
    const reply = await app.inject({
      method: method ?? 'GET',
      url: `/identity/v3${path}`,
      headers: {
        host: 'cloud.example:8080',
        ...(options.token === undefined ? {} : { 'x-auth-token': options.token }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { payload: options.body as object }),
    });
    return {
      status: reply.statusCode,
      headers: reply.headers,
      json: reply.body === '' ? undefined : reply.json(),
    };
  }

  async function login(name: string, password: string, scope?: unknown): Promise<string> {
    const reply = await call('POST', '/auth/tokens', { body: credentials(name, password, scope) });
    assert.equal(reply.status, 201, JSON.stringify(reply.json));
    return String(reply.headers['x-subject-token']);
  }

  async function login2(id: string): Promise<string> {
    const identityPart = { methods: ['password'], password: { user: { id, password: 'secret' } } };
    const reply = await call('POST', '/auth/tokens', {
      body: { auth: { identity: identityPart } },
    });
    assert.equal(reply.status, 201);
    return String(reply.headers['x-subject-token']);
  }

  let serial = 0;
  async function make(kind: string, attributes: Record<string, unknown> = {}): Promise<Json> {
    const body = { [kind]: { name: `${kind}-${++serial}`, ...attributes } };
    const reply = await call('POST', `/${kind}s`, { token: admin, body });
    assert.equal(reply.status, 201, JSON.stringify(reply.json));
    return reply.json[kind];
  }

  async function roleId(name: string): Promise<string> {
    const { json } = await call('GET', `/roles?name=${name}`, { token: admin });
    return json.roles[0].id;
  }

  async function newcomer() {
    const user = await make('user', { password: 'secret' });
    const own = await make('project');
    const path = `/projects/${own.id}/users/${user.id}/roles/${await roleId('member')}`;
    assert.equal((await call('PUT', path, { token: admin })).status, 204);
    const token = await login(user.name, 'secret', { project: { id: own.id } });
    return { user, project: own, token, grant: path };
  }

  const admin = await login('admin', home.password('admin'), project('admin'));
  return {
    home,
    database,
    identity,
    admin,
    open,
    call,
    login,
    login2,
    make,
    roleId,
    newcomer,
    async stop() {
      await app.close();
      await identity.stop?.();
      home.remove();
      await drop();
    },
  };
}
