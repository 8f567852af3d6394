import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import type { Configuration } from '../../core/configuration.ts';
import { sleep } from '../../core/time.ts';
import type { Database } from '../../database/database.ts';
import { createTestDatabase } from '../../database/testing.ts';
// The whole way of a request is what is tested here; only tests look at http from below.
import { createServer } from '../../http/server.ts';
import type { Caller } from '../identity/caller.ts';
import type { Service } from '../operation.ts';
import {
  createImageService,
  imageOptions,
  imageSchema,
  type ImageDependencies,
  type ImageService,
} from './index.ts';

/** Somebody with a token for that project. */
export const callerOf = (projectId: string, roles: readonly string[]): Caller => ({
  userId: `user-of-${projectId}`,
  userName: projectId,
  userDomainId: 'default',
  projectId,
  projectName: projectId,
  projectDomainId: 'default',
  domainId: undefined,
  isSystem: false,
  roles: new Set(roles),
  isAdmin: roles.includes('admin'),
  tokenExpiresAt: new Date(Date.now() + 3_600_000),
});

const OTHERS: Service[] = (['identity', 'compute', 'placement', 'network'] as const).map(
  (name) => ({ name, operations: [] }),
);
const log = pino({ level: 'silent' });

/** What came back, the body read as JSON where it is. */
export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- documents of many shapes
  readonly body: Record<string, any>;
  readonly raw: Buffer;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** An image service behind its server, with a database and a folder of its own. */
export class ImageRoom {
  /** Who has which token. */
  readonly callers: Record<string, Caller> = {
    admin: callerOf('admin', ['admin', 'manager', 'member', 'reader']),
    alice: callerOf('alice', ['member', 'reader']),
    bob: callerOf('bob', ['member', 'reader']),
  };
  readonly home: string;
  readonly database: Database;
  private readonly dependencies: ImageDependencies;
  private readonly drop: () => Promise<void>;
  service!: ImageService;
  app!: FastifyInstance;

  private constructor(dependencies: ImageDependencies, drop: () => Promise<void>) {
    this.home = dependencies.configuration.home;
    this.database = dependencies.database;
    this.dependencies = dependencies;
    this.drop = drop;
  }

  static async open(
    options: Record<string, unknown> = {},
    more: Partial<ImageDependencies> = {},
  ): Promise<ImageRoom> {
    const home = mkdtempSync(path.join(tmpdir(), 'ovb-image-'));
    const { database, drop } = await createTestDatabase([imageSchema]);
    const configuration = { home } as Configuration;
    const room = new ImageRoom(
      {
        database,
        configuration,
        log,
        options: imageOptions({ image_size_cap: 3_000_000, ...options }),
        ...more,
      },
      drop,
    );
    await room.start();
    return room;
  }

  async start(): Promise<void> {
    this.service = createImageService(this.dependencies);
    await this.service.start?.();
    this.app = createServer({
      services: [this.service, ...OTHERS],
      validate: async (token) => this.callers[token],
      log,
      fallbackHost: 'x:1',
    });
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.service.stop?.();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.drop();
    rmSync(this.home, { recursive: true, force: true });
  }

  readonly call = async (
    who: string,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    payload?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const type = Buffer.isBuffer(payload)
      ? 'application/octet-stream'
      : method === 'PATCH'
        ? 'application/openstack-images-v2.1-json-patch'
        : 'application/json';
    const reply = await this.app.inject({
      method,
      url: `/image${url}`,
      headers: {
        'x-auth-token': who,
        ...(payload === undefined ? {} : { 'content-type': type }),
        ...headers,
      },
      ...(payload === undefined
        ? {}
        : { payload: Buffer.isBuffer(payload) ? payload : JSON.stringify(payload) }),
    });
    const isJson = String(reply.headers['content-type']).startsWith('application/json');
    return {
      status: reply.statusCode,
      body: (isJson ? reply.json() : {}) as Answer['body'],
      raw: reply.rawPayload,
      text: reply.body,
      headers: reply.headers,
    };
  };

  /** A new image's id; without formats said, a container image. */
  readonly create = async (who: string, body: Record<string, unknown> = {}): Promise<string> => {
    const { status, body: image } = await this.call(who, 'POST', '/v2/images', {
      container_format: 'docker',
      disk_format: 'raw',
      ...body,
    });
    assert.equal(status, 201, JSON.stringify(image));
    return image['id'] as string;
  };

  readonly show = async (id: string, who = 'admin'): Promise<Answer['body']> =>
    (await this.call(who, 'GET', `/v2/images/${id}`)).body;

  /** Asks until the image is as it should be. */
  readonly until = async (
    id: string,
    holds: (image: Answer['body']) => boolean,
  ): Promise<Answer['body']> => {
    for (const end = Date.now() + 20_000; ;) {
      const image = await this.show(id);
      if (holds(image)) return image;
      assert.ok(Date.now() < end, JSON.stringify(image));
      await sleep(20);
    }
  };

  /** Names of all files of the default store and of what is staged. */
  readonly files = (): string[] =>
    ['', 'staging']
      .flatMap((folder) =>
        readdirSync(path.join(this.home, 'images', folder), { withFileTypes: true }),
      )
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .toSorted();
}

/** An archive that may be a root file system. */
export function tar(): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), 'ovb-tar-'));
  writeFileSync(path.join(folder, 'hello'), 'hello '.repeat(2000));
  const data = execFileSync('tar', ['-C', folder, '-c', '.']);
  rmSync(folder, { recursive: true });
  return data;
}
