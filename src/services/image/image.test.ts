import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { pino } from 'pino';
import type { Configuration } from '../../core/configuration.ts';
import { sleep } from '../../core/time.ts';
import type { Database } from '../../database/database.ts';
import { createTestDatabase } from '../../database/testing.ts';
// The whole way of a request is what is tested here; only tests look at http from below.
import { createServer } from '../../http/server.ts';
import type { Caller } from '../identity/caller.ts';
import type { Service } from '../operation.ts';
import { createImageService, imageSchema, type ImageService } from './index.ts';

const caller = (projectId: string, roles: string[]): Caller => ({
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

const CALLERS: Record<string, Caller> = {
  admin: caller('admin', ['admin', 'manager', 'member', 'reader']),
  alice: caller('alice', ['member', 'reader']),
  bob: caller('bob', ['member', 'reader']),
};
const OTHERS: Service[] = (['identity', 'compute', 'placement', 'network'] as const).map(
  (name) => ({ name, operations: [] }),
);
const log = pino({ level: 'silent' });

describe('the image service', () => {
  let home: string;
  let database: Database;
  let drop: () => Promise<void>;
  let service: ImageService;
  let app: FastifyInstance;

  before(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'ovb-image-'));
    ({ database, drop } = await createTestDatabase([imageSchema]));
    service = createImageService({
      database,
      configuration: { home } as Configuration,
      log,
      sizeLimit: 3_000_000,
    });
    await service.start?.();
    app = createServer({
      services: [service, ...OTHERS],
      validate: async (token) => CALLERS[token],
      log,
      fallbackHost: 'x:1',
    });
  });
  after(async () => {
    await app.close();
    await drop();
    rmSync(home, { recursive: true, force: true });
  });

  const call = async (
    who: string,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    payload?: unknown,
  ) => {
    const type = Buffer.isBuffer(payload)
      ? 'application/octet-stream'
      : method === 'PATCH'
        ? 'application/openstack-images-v2.1-json-patch'
        : 'application/json';
    const reply = await app.inject({
      method,
      url: `/image${url}`,
      headers: { 'x-auth-token': who, ...(payload === undefined ? {} : { 'content-type': type }) },
      ...(payload === undefined
        ? {}
        : { payload: Buffer.isBuffer(payload) ? payload : JSON.stringify(payload) }),
    });
    const isJson = String(reply.headers['content-type']).startsWith('application/json');
    return {
      status: reply.statusCode,
      body: (isJson ? reply.json() : {}) as Record<string, any>,
      raw: reply.rawPayload,
      text: reply.body,
      headers: reply.headers,
    };
  };
  const create = async (who: string, body: Record<string, unknown> = {}) => {
    const { status, body: image } = await call(who, 'POST', '/v2/images', {
      container_format: 'docker',
      disk_format: 'raw',
      ...body,
    });
    assert.equal(status, 201, JSON.stringify(image));
    return image['id'] as string;
  };
  const tar = (): Buffer => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ovb-tar-'));
    writeFileSync(path.join(folder, 'hello'), 'hello '.repeat(2000));
    const data = execFileSync('tar', ['-C', folder, '-c', '.']);
    rmSync(folder, { recursive: true });
    return data;
  };
  const files = () => readdirSync(path.join(home, 'images')).toSorted();

  test('create, upload, show, download: the hashes are those of the bytes', async () => {
    const id = await create('alice', {
      name: 'one',
      'owner_specified.openstack.object': 'images/one',
      tags: ['a'],
    });
    assert.equal((await call('alice', 'GET', `/v2/images/${id}`)).body['status'], 'queued');
    assert.equal((await call('alice', 'GET', `/v2/images/${id}/file`)).status, 204);
    const data = tar();
    assert.equal((await call('alice', 'PUT', `/v2/images/${id}/file`, data)).status, 204);
    const { body } = await call('alice', 'GET', `/v2/images/${id}`);
    assert.equal(body['status'], 'active');
    assert.equal(body['size'], data.length);
    assert.equal(body['checksum'], createHash('md5').update(data).digest('hex'));
    assert.equal(body['os_hash_value'], createHash('sha512').update(data).digest('hex'));
    assert.equal(body['owner_specified.openstack.object'], 'images/one');
    const download = await call('alice', 'GET', `/v2/images/${id}/file`);
    assert.ok(download.raw.equals(data));
    assert.equal(download.headers['content-md5'], body['checksum']);
    assert.equal(
      (await call('alice', 'PUT', `/v2/images/${id}/file`, data)).status,
      409,
      'data is written once',
    );
    const part = await app.inject({
      method: 'GET',
      url: `/image/v2/images/${id}/file`,
      headers: { 'x-auth-token': 'alice', range: 'bytes=5-9' },
    });
    assert.equal(part.statusCode, 206);
    assert.ok(part.rawPayload.equals(data.subarray(5, 10)));
    assert.equal((await call('alice', 'DELETE', `/v2/images/${id}`)).status, 204);
    assert.equal((await call('alice', 'GET', `/v2/images/${id}`)).status, 404);
    assert.deepEqual(files(), []);
  });

  test('what is no image is refused with the reason, and nothing of it stays', async () => {
    const id = await create('alice');
    const data = tar();
    const damaged = Buffer.from(data);
    damaged[600] = damaged[600]! ^ 0xff;
    const cases: [Buffer, RegExp][] = [
      [Buffer.from('this is a letter, not an image'.repeat(100)), /no tar archive/],
      [Buffer.from('short'), /nothing in it/],
      [gzipSync('this is a letter, not an image'.repeat(100)), /no tar archive/],
      [Buffer.concat([gzipSync(data).subarray(0, 40), Buffer.alloc(3000)]), /cannot be unpacked/],
      [gzipSync(data).subarray(0, -20), /cannot be unpacked/],
      [gzipSync(data.subarray(0, data.length - 12_000)), /ends in the middle/],
      [zstdCompressSync(Buffer.alloc(1024)), /nothing in it/],
      [damaged, /damaged/],
      [data.subarray(0, data.length - 12_000), /ends in the middle/],
      [Buffer.alloc(0), /empty/],
      [Buffer.alloc(3_000_001), /larger/],
    ];
    for (const [bytes, reason] of cases) {
      const reply = await call('alice', 'PUT', `/v2/images/${id}/file`, bytes);
      assert.ok(reply.status === 400 || reply.status === 413, `${reply.status} for ${reason}`);
      assert.match(reply.text, reason);
      assert.equal((await call('alice', 'GET', `/v2/images/${id}`)).body['status'], 'queued');
      assert.deepEqual(files(), []);
    }
    // And the image still takes good data.
    assert.equal((await call('alice', 'PUT', `/v2/images/${id}/file`, data)).status, 204);
    await call('alice', 'DELETE', `/v2/images/${id}`);
    for (const packed of [gzipSync(data), zstdCompressSync(data)]) {
      const other = await create('alice');
      assert.equal((await call('alice', 'PUT', `/v2/images/${other}/file`, packed)).status, 204);
      await call('alice', 'DELETE', `/v2/images/${other}`);
    }
    const qcow = await create('alice', { container_format: 'bare', disk_format: 'qcow2' });
    const header = Buffer.alloc(512);
    header.write('QFI\xfb', 'latin1');
    header.writeBigUInt64BE(256n, 8);
    assert.match(
      (await call('alice', 'PUT', `/v2/images/${qcow}/file`, header)).text,
      /backing file/,
    );
    header.writeBigUInt64BE(0n, 8);
    header.writeBigUInt64BE(1_000_000n, 24);
    assert.equal((await call('alice', 'PUT', `/v2/images/${qcow}/file`, header)).status, 204);
    assert.equal(
      (await call('alice', 'GET', `/v2/images/${qcow}`)).body['virtual_size'],
      1_000_000,
    );
    await call('alice', 'DELETE', `/v2/images/${qcow}`);
  });

  test('a connection that breaks off leaves no half image', async () => {
    const id = await create('alice');
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    await new Promise<void>((resolve) => {
      const upload = request({
        port,
        method: 'PUT',
        path: `/image/v2/images/${id}/file`,
        headers: {
          'x-auth-token': 'alice',
          'content-type': 'application/octet-stream',
          'content-length': 1_000_000,
        },
      });
      upload.on('error', () => undefined);
      upload.on('close', () => resolve());
      upload.write(tar().subarray(0, 5000), () => setTimeout(() => upload.destroy(), 50));
    });
    const end = Date.now() + 5000;
    while ((await call('alice', 'GET', `/v2/images/${id}`)).body['status'] !== 'queued')
      assert.ok(Date.now() < end);
    assert.deepEqual(files(), []);
    await call('alice', 'DELETE', `/v2/images/${id}`);
  });

  test('an upload during which the database goes away is refused and can be repeated', async () => {
    const id = await create('alice');
    const data = tar();
    const rename = (from: string, to: string) =>
      sql`alter table ${sql.table(from)} rename to ${sql.id(to)}`.execute(database);
    async function* slowly() {
      yield data.subarray(0, 1000);
      // The first bytes were taken, so the image is being saved: now nothing more can be written down.
      while ((await call('alice', 'GET', `/v2/images/${id}`)).body['status'] !== 'saving');
      await rename('image.images', 'away');
      yield data.subarray(1000);
    }
    const reply = await app.inject({
      method: 'PUT',
      url: `/image/v2/images/${id}/file`,
      headers: { 'x-auth-token': 'alice', 'content-type': 'application/octet-stream' },
      payload: Readable.from(slowly()),
    });
    assert.equal(reply.statusCode, 500);
    await rename('image.away', 'images');
    while ((await call('alice', 'GET', `/v2/images/${id}`)).body['status'] !== 'queued') {
      await sleep(20);
    }
    assert.equal((await call('alice', 'PUT', `/v2/images/${id}/file`, data)).status, 204);
    assert.deepEqual((await call('alice', 'GET', `/v2/images/${id}/file`)).raw, data);
    assert.equal((await call('alice', 'DELETE', `/v2/images/${id}`)).status, 204);
  });

  test('after a crash in an upload the image waits for data again and the draft is gone', async () => {
    const id = await create('alice');
    await database
      .withTables<{ 'image.images': { id: string; status: string } }>()
      .updateTable('image.images')
      .set({ status: 'saving' })
      .where('id', '=', id)
      .execute();
    writeFileSync(path.join(home, 'images', '.draft-x'), 'half');
    writeFileSync(path.join(home, 'images', 'nobody'), 'orphan');
    await createImageService({ database, configuration: { home } as Configuration, log }).start?.();
    assert.equal((await call('alice', 'GET', `/v2/images/${id}`)).body['status'], 'queued');
    assert.deepEqual(files(), []);
    await call('alice', 'DELETE', `/v2/images/${id}`);
  });

  test("visibility: others get 404, public is the administrator's, members see what is shared", async () => {
    const id = await create('alice', { name: 'mine' });
    assert.equal((await call('bob', 'GET', `/v2/images/${id}`)).status, 404);
    assert.equal((await call('bob', 'DELETE', `/v2/images/${id}`)).status, 404);
    assert.equal((await call('alice', 'POST', '/v2/images', { visibility: 'public' })).status, 403);
    assert.equal(
      (await call('alice', 'POST', `/v2/images/${id}/members`, { member: 'bob' })).body['status'],
      'pending',
    );
    assert.equal((await call('bob', 'GET', `/v2/images/${id}`)).status, 200);
    assert.equal(
      (
        await call('bob', 'PATCH', `/v2/images/${id}`, [
          { op: 'replace', path: '/name', value: 'x' },
        ])
      ).status,
      403,
    );
    const seen = async () => (await call('bob', 'GET', '/v2/images')).body['images'].length;
    assert.equal(await seen(), 0, 'pending is not listed');
    assert.equal(
      (await call('alice', 'PUT', `/v2/images/${id}/members/bob`, { status: 'accepted' })).status,
      403,
    );
    assert.equal(
      (await call('bob', 'PUT', `/v2/images/${id}/members/bob`, { status: 'accepted' })).status,
      200,
    );
    assert.equal(await seen(), 1);
    assert.equal((await call('alice', 'DELETE', `/v2/images/${id}/members/bob`)).status, 204);
    assert.equal(await seen(), 0);
    assert.equal(
      (
        await call('admin', 'PATCH', `/v2/images/${id}`, [
          { op: 'replace', path: '/visibility', value: 'public' },
        ])
      ).status,
      200,
    );
    assert.equal(await seen(), 1);
    await call('alice', 'DELETE', `/v2/images/${id}`);
  });

  test('patch: attributes, properties and tags; read-only ones are refused; protected images stay', async () => {
    const id = await create('alice', { colour: 'red' });
    const patch = (body: unknown) => call('alice', 'PATCH', `/v2/images/${id}`, body);
    const good = await patch([
      { op: 'replace', path: '/name', value: 'new' },
      { op: 'add', path: '/shape', value: 'round' },
      { op: 'remove', path: '/colour' },
      { op: 'replace', path: '/tags', value: ['x', 'y'] },
      { op: 'replace', path: '/protected', value: true },
    ]);
    assert.equal(good.status, 200, good.text);
    assert.equal(good.body['shape'], 'round');
    assert.equal(good.body['colour'], undefined);
    assert.deepEqual(good.body['tags'], ['x', 'y']);
    assert.equal((await patch([{ op: 'replace', path: '/status', value: 'active' }])).status, 403);
    assert.equal((await patch([{ op: 'remove', path: '/name' }])).status, 403);
    assert.equal((await patch([{ op: 'replace', path: '/nothing', value: 'x' }])).status, 409);
    assert.match(
      (await patch([{ op: 'replace', path: '/disk_format', value: 'floppy' }])).text,
      /must be one of/,
    );
    assert.equal((await patch([{ op: 'replace', path: '/min_ram', value: -1 }])).status, 400);
    assert.match((await call('alice', 'DELETE', `/v2/images/${id}`)).text, /protected/);
    assert.equal((await call('alice', 'PUT', `/v2/images/${id}/tags/z`)).status, 204);
    assert.equal((await call('alice', 'DELETE', `/v2/images/${id}/tags/z`)).status, 204);
    assert.equal((await call('alice', 'DELETE', `/v2/images/${id}/tags/z`)).status, 404);
    await patch([{ op: 'replace', path: '/protected', value: false }]);
    assert.equal((await call('alice', 'DELETE', `/v2/images/${id}`)).status, 204);
  });

  test('lists: filters, order and pages that miss and repeat nothing', async () => {
    const names = ['c', 'a', 'b', 'a', 'e'];
    const ids = [];
    for (const name of names)
      ids.push(await create('alice', { name, tags: name === 'a' ? ['t'] : [], size_class: name }));
    const list = async (query: string) => (await call('alice', 'GET', `/v2/images?${query}`)).body;
    const named = async (query: string) =>
      (await list(query))['images'].map((image: { name: string }) => image.name);
    assert.deepEqual(await named('sort=name:asc,id'), ['a', 'a', 'b', 'c', 'e']);
    assert.deepEqual(await named('sort_key=name&sort_dir=desc'), ['e', 'c', 'b', 'a', 'a']);
    assert.deepEqual(await named('name=in:a,"e"&sort=name:asc'), ['a', 'a', 'e']);
    assert.deepEqual(await named('tag=t'), ['a', 'a']);
    assert.deepEqual(await named('size_class=b'), ['b']);
    assert.deepEqual(await named('created_at=gt:2999-01-01T00:00:00Z'), []);
    const seen: string[] = [];
    let url: string | undefined = '/v2/images?limit=2&sort=name:asc';
    while (url !== undefined) {
      const { body }: { body: Record<string, any> } = await call('alice', 'GET', url);
      seen.push(...body['images'].map((image: { id: string }) => image.id));
      url = body['next'];
    }
    assert.deepEqual(seen.toSorted(), ids.toSorted());
    for (const query of [
      'limit=-1',
      'marker=nothing',
      'sort_key=colour',
      'visibility=secret',
      'protected=perhaps',
    ]) {
      assert.equal((await call('alice', 'GET', `/v2/images?${query}`)).status, 400, query);
    }
    for (const id of ids) await call('alice', 'DELETE', `/v2/images/${id}`);
  });

  test('a deactivated image is not for downloading; hosts get only what has data', async () => {
    const id = await create('alice');
    assert.equal(await service.openFile(id), undefined);
    assert.equal((await call('alice', 'POST', `/v2/images/${id}/actions/deactivate`)).status, 400);
    await call('alice', 'PUT', `/v2/images/${id}/file`, tar());
    assert.equal((await call('alice', 'POST', `/v2/images/${id}/actions/deactivate`)).status, 204);
    assert.equal((await call('alice', 'GET', `/v2/images/${id}/file`)).status, 403);
    assert.equal((await call('alice', 'POST', `/v2/images/${id}/actions/reactivate`)).status, 204);
    const file = await service.openFile(id);
    assert.ok(file);
    let size = 0;
    for await (const chunk of file.stream) size += (chunk as Buffer).length;
    assert.equal(size, file.size);
    await call('alice', 'DELETE', `/v2/images/${id}`);
  });
});
