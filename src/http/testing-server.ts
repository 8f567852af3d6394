import { pino } from 'pino';
import { Type } from 'typebox';
import { conflict } from '../core/errors.ts';
import type { Caller } from '../services/identity/caller.ts';
import { operation, type Service } from '../services/operation.ts';
import { createServer } from './server.ts';

const caller = (roles: string[], projectId: string | undefined = 'p1'): Caller => ({
  userId: 'u1',
  userName: 'demo',
  userDomainId: 'default',
  projectId,
  projectName: 'demo',
  projectDomainId: 'default',
  domainId: undefined,
  isSystem: false,
  roles: new Set(roles),
  isAdmin: roles.includes('admin'),
  tokenExpiresAt: new Date(Date.now() + 3_600_000),
});

const CALLERS: Record<string, Caller> = {
  member: caller(['member', 'reader']),
  reader: caller(['reader']),
  unscoped: { ...caller(['member', 'reader']), projectId: undefined },
};

const thing = Type.Object(
  {
    thing: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 255 }),
        size: Type.Optional(Type.Integer({ minimum: 0 })),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

const compute: Service = {
  name: 'compute',
  microversions: { minimum: { major: 2, minor: 1 }, maximum: { major: 2, minor: 60 } },
  operations: [
    operation({
      name: 'show_thing',
      method: 'GET',
      path: '/v2.1/things/{thing_id}',
      summary: 'Show a thing',
      role: 'reader',
      success: 200,
      query: Type.Object({ limit: Type.Integer({ minimum: 0 }) }),
      handle: async ({ params, query, serviceUrl, microversion }) => ({
        body: { id: params['thing_id'], query, serviceUrl, minor: microversion.minor },
      }),
    }),
    operation({
      name: 'judge_thing',
      method: 'GET',
      path: '/v2.1/things/{thing_id}/judge',
      summary: 'Look at the role itself',
      role: 'manager',
      checksRole: true,
      success: 200,
      handle: async ({ caller }) => ({ body: { roles: [...caller.roles] } }),
    }),
    operation({
      name: 'create_thing',
      method: 'POST',
      path: '/v2.1/things',
      summary: 'Create a thing',
      role: 'member',
      success: 202,
      body: thing,
      until: '2.9',
      handle: async ({ body }) => ({ body: { thing: body.thing, made: 'old' } }),
    }),
    operation({
      name: 'create_thing',
      method: 'POST',
      path: '/v2.1/things',
      summary: 'Create a thing',
      role: 'member',
      success: 201,
      body: thing,
      since: '2.10',
      handle: async ({ body }) => ({ body: { thing: body.thing, made: 'new' } }),
    }),
    operation({
      name: 'delete_thing',
      method: 'DELETE',
      path: '/v2.1/things/{thing_id}',
      summary: 'Delete a thing',
      role: 'member',
      success: 204,
      handle: async () => {
        throw conflict('The thing is in use.');
      },
    }),
    operation({
      name: 'upload_thing',
      method: 'PUT',
      path: '/v2.1/things/{thing_id}/file',
      summary: 'Upload',
      role: 'member',
      success: 200,
      bodyKind: 'stream',
      handle: async ({ stream }) => {
        let size = 0;
        for await (const chunk of stream) size += (chunk as Buffer).length;
        return { body: { size } };
      },
    }),
    operation({
      name: 'break_thing',
      method: 'POST',
      path: '/v2.1/broken',
      summary: 'Fails',
      role: 'public',
      success: 200,
      handle: async () => {
        throw new Error('the secret inside');
      },
    }),
  ],
};
const network: Service = {
  name: 'network',
  operations: [
    operation({
      name: 'list_networks',
      method: 'GET',
      path: '/v2.0/networks',
      summary: 'List',
      role: 'reader',
      success: 200,
      handle: async () => ({ body: { networks: [] } }),
    }),
  ],
};

const others: Service[] = (['identity', 'image', 'placement'] as const).map((name) => ({
  name,
  operations: [],
}));

/** A server with a made-up service. */
export const app = createServer({
  services: [compute, network, ...others],
  validate: async (token) => CALLERS[token],
  log: pino({ level: 'silent' }),
  fallbackHost: '127.0.0.1:5000',
});

/** One request to it. */
export const call = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH',
  url: string,
  options: { token?: string; payload?: unknown; headers?: Record<string, string> } = {},
) =>
  app.inject({
    method,
    url,
    headers: {
      ...(options.token ? { 'x-auth-token': options.token } : {}),
      ...(options.payload === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.payload === undefined
      ? {}
      : {
          payload:
            typeof options.payload === 'string' || Buffer.isBuffer(options.payload)
              ? options.payload
              : JSON.stringify(options.payload),
        }),
  });
