import { pino } from 'pino';
import type { Logger } from '../../../core/log.ts';
import type { Database } from '../../../database/database.ts';
import { createTestDatabase } from '../../../database/testing.ts';
import { createServer } from '../../../http/server.ts';
import type { Operation } from '../../operation.ts';
import { softwareMigrations } from './migrations.ts';

/** A document of the API. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into documents of many shapes
export type Document = Record<string, any>;

export interface TestOperations {
  readonly database: Database;
  /** Asks as a persona: `project:role,role`. The path begins after the project's id. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    persona?: string,
  ): Promise<{ readonly status: number; readonly body: Document }>;
  stop(): Promise<void>;
}

/** Some operations of orchestration behind real http, on a real database that has configurations and deployments only. */
export async function startTestOperations(
  operations: (database: Database) => readonly Operation[],
): Promise<TestOperations> {
  const { database, drop } = await createTestDatabase([
    { schema: 'orchestration', migrations: softwareMigrations },
  ]);
  const app = createServer({
    services: [{ name: 'orchestration', operations: operations(database) }],
    validate: async (token) => {
      const [project, roles = ''] = token.split(':');
      return {
        userId: 'u',
        userName: 'u',
        userDomainId: 'default',
        projectId: project,
        projectName: project,
        projectDomainId: 'default',
        domainId: undefined,
        isSystem: false,
        roles: new Set(roles.split(',')),
        isAdmin: roles.split(',').includes('admin'),
        tokenExpiresAt: new Date(Date.now() + 1e6),
      };
    },
    log: pino({ level: 'silent' }) as Logger,
    fallbackHost: 'localhost:5000',
  });
  return {
    database,
    async ask(method, path, body, persona = 'p:member,reader') {
      const reply = await app.inject({
        method: method as 'GET',
        url: `/orchestration/v1/${persona.split(':')[0]}${path}`,
        headers: {
          'x-auth-token': persona,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
      });
      return {
        status: reply.statusCode,
        body: (reply.body === '' ? {} : JSON.parse(reply.body)) as Document,
      };
    },
    async stop() {
      await app.close();
      await drop();
    },
  };
}
