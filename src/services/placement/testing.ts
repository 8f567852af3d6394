import assert from 'node:assert/strict';
import { pino } from 'pino';
import type { Logger } from '../../core/log.ts';
import type { Database } from '../../database/database.ts';
import { createTestDatabase } from '../../database/testing.ts';
import { createServer } from '../../http/server.ts';
import { createPlacementService, placementSchema, type PlacementService } from './index.ts';

/** A document of the API. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into documents of many shapes
export type Document = Record<string, any>;

export interface Answer {
  readonly status: number;
  readonly body: Document;
  readonly headers: Readonly<Record<string, unknown>>;
  /** `errors[0].code`; undefined before 1.23. */
  readonly code: string | undefined;
  /** `errors[0].detail`. */
  readonly detail: string;
}

export interface TestPlacement {
  readonly database: Database;
  readonly service: PlacementService;
  /** Asks at a microversion, as administrator unless another persona is named: its roles, separated by commas. */
  ask(
    method: string,
    path: string,
    version: string,
    body?: unknown,
    persona?: string,
  ): Promise<Answer>;
  /** Makes a provider with these inventories and gives its id. */
  provider(name: string, inventories?: Document, parent?: string): Promise<string>;
  /** Its generation at present. */
  generation(id: string): Promise<number>;
  stop(): Promise<void>;
}

/** Placement on a real database behind real http. Tokens are lists of roles; the project is `p`, `-` is no token. */
export async function startTestPlacement(): Promise<TestPlacement> {
  const { database, drop } = await createTestDatabase([placementSchema]);
  const service = createPlacementService({ database });
  const app = createServer({
    services: [service],
    validate: async (token) => ({
      userId: 'u',
      userName: 'u',
      userDomainId: 'default',
      projectId: 'p',
      projectName: 'p',
      projectDomainId: 'default',
      domainId: undefined,
      isSystem: false,
      roles: new Set(token.split(',')),
      isAdmin: token.split(',').includes('admin'),
      tokenExpiresAt: new Date(Date.now() + 1e6),
    }),
    log: pino({ level: 'silent' }) as Logger,
    fallbackHost: 'localhost:5000',
  });
  const room: TestPlacement = {
    database,
    service,
    async ask(method, path, version, body, persona = 'admin,member,reader') {
      const reply = await app.inject({
        method: method as 'GET',
        url: `/placement${path}`,
        headers: {
          ...(persona === '-' ? {} : { 'x-auth-token': persona }),
          'openstack-api-version': `placement ${version}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      });
      const document = (reply.body === '' ? {} : JSON.parse(reply.body)) as Document;
      const error = document['errors']?.[0] as Document | undefined;
      return {
        status: reply.statusCode,
        body: document,
        headers: reply.headers,
        code: error?.['code'] as string | undefined,
        detail: String(error?.['detail'] ?? ''),
      };
    },
    async provider(name, inventories, parent) {
      const { body, status } = await room.ask('POST', '/resource_providers', '1.20', {
        name,
        parent_provider_uuid: parent ?? null,
      });
      assert.equal(status, 200, JSON.stringify(body));
      if (inventories) {
        const path = `/resource_providers/${body['uuid']}/inventories`;
        const put = await room.ask('PUT', path, '1.20', {
          resource_provider_generation: body['generation'],
          inventories,
        });
        assert.equal(put.status, 200, JSON.stringify(put.body));
      }
      return String(body['uuid']);
    },
    generation: async (id) =>
      (await room.ask('GET', `/resource_providers/${id}`, '1.0')).body['generation'] as number,
    async stop() {
      await app.close();
      await drop();
    },
  };
  return room;
}
