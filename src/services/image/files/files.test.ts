import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { sql } from 'kysely';
import { sleep } from '../../../core/time.ts';
import { ImageRoom, tar } from '../testing.ts';

describe('the data of images', () => {
  let room: ImageRoom;
  before(async () => {
    room = await ImageRoom.open();
  });
  after(() => room.close());

  test('create, upload, show, download: the hashes are those of the bytes', async () => {
    const id = await room.create('alice', {
      name: 'one',
      'owner_specified.openstack.object': 'images/one',
      tags: ['a'],
    });
    assert.equal((await room.call('alice', 'GET', `/v2/images/${id}`)).body['status'], 'queued');
    assert.equal((await room.call('alice', 'GET', `/v2/images/${id}/file`)).status, 204);
    const data = tar();
    assert.equal((await room.call('alice', 'PUT', `/v2/images/${id}/file`, data)).status, 204);
    const { body } = await room.call('alice', 'GET', `/v2/images/${id}`);
    assert.equal(body['status'], 'active');
    assert.equal(body['size'], data.length);
    assert.equal(body['checksum'], createHash('md5').update(data).digest('hex'));
    assert.equal(body['os_hash_value'], createHash('sha512').update(data).digest('hex'));
    assert.equal(body['owner_specified.openstack.object'], 'images/one');
    const download = await room.call('alice', 'GET', `/v2/images/${id}/file`);
    assert.ok(download.raw.equals(data));
    assert.equal(download.headers['content-md5'], body['checksum']);
    assert.equal(
      (await room.call('alice', 'PUT', `/v2/images/${id}/file`, data)).status,
      409,
      'data is written once',
    );
    const part = await room.app.inject({
      method: 'GET',
      url: `/image/v2/images/${id}/file`,
      headers: { 'x-auth-token': 'alice', range: 'bytes=5-9' },
    });
    assert.equal(part.statusCode, 206);
    assert.ok(part.rawPayload.equals(data.subarray(5, 10)));
    assert.equal((await room.call('alice', 'DELETE', `/v2/images/${id}`)).status, 204);
    assert.equal((await room.call('alice', 'GET', `/v2/images/${id}`)).status, 404);
    assert.deepEqual(room.files(), []);
  });

  test('what is no image is refused with the reason, and nothing of it stays', async () => {
    const id = await room.create('alice');
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
      const reply = await room.call('alice', 'PUT', `/v2/images/${id}/file`, bytes);
      assert.ok(reply.status === 400 || reply.status === 413, `${reply.status} for ${reason}`);
      assert.match(reply.text, reason);
      assert.equal((await room.call('alice', 'GET', `/v2/images/${id}`)).body['status'], 'queued');
      assert.deepEqual(room.files(), []);
    }
    // And the image still takes good data.
    assert.equal((await room.call('alice', 'PUT', `/v2/images/${id}/file`, data)).status, 204);
    await room.call('alice', 'DELETE', `/v2/images/${id}`);
    for (const packed of [gzipSync(data), zstdCompressSync(data)]) {
      const other = await room.create('alice');
      assert.equal(
        (await room.call('alice', 'PUT', `/v2/images/${other}/file`, packed)).status,
        204,
      );
      await room.call('alice', 'DELETE', `/v2/images/${other}`);
    }
  });

  test('a connection that breaks off leaves no half image', async () => {
    const id = await room.create('alice');
    await room.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = room.app.server.address() as AddressInfo;
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
    while ((await room.call('alice', 'GET', `/v2/images/${id}`)).body['status'] !== 'queued')
      assert.ok(Date.now() < end);
    assert.deepEqual(room.files(), []);
    await room.call('alice', 'DELETE', `/v2/images/${id}`);
  });

  test('an upload during which the database goes away is refused and can be repeated', async () => {
    const id = await room.create('alice');
    const data = tar();
    const rename = (from: string, to: string) =>
      sql`alter table ${sql.table(from)} rename to ${sql.id(to)}`.execute(room.database);
    async function* slowly() {
      yield data.subarray(0, 1000);
      // The first bytes were taken, so the image is being saved: now nothing more can be written down.
      while ((await room.call('alice', 'GET', `/v2/images/${id}`)).body['status'] !== 'saving');
      await rename('image.images', 'away');
      yield data.subarray(1000);
    }
    const reply = await room.app.inject({
      method: 'PUT',
      url: `/image/v2/images/${id}/file`,
      headers: { 'x-auth-token': 'alice', 'content-type': 'application/octet-stream' },
      payload: Readable.from(slowly()),
    });
    assert.equal(reply.statusCode, 500);
    await rename('image.away', 'images');
    while ((await room.call('alice', 'GET', `/v2/images/${id}`)).body['status'] !== 'queued') {
      await sleep(20);
    }
    assert.equal((await room.call('alice', 'PUT', `/v2/images/${id}/file`, data)).status, 204);
    assert.deepEqual((await room.call('alice', 'GET', `/v2/images/${id}/file`)).raw, data);
    assert.equal((await room.call('alice', 'DELETE', `/v2/images/${id}`)).status, 204);
  });

  test('after a crash in an upload the image waits for data again and the draft is gone', async () => {
    const id = await room.create('alice');
    await room.database
      .withTables<{ 'image.images': { id: string; status: string } }>()
      .updateTable('image.images')
      .set({ status: 'saving' })
      .where('id', '=', id)
      .execute();
    writeFileSync(path.join(room.home, 'images', '.draft-x'), 'half');
    writeFileSync(path.join(room.home, 'images', 'nobody'), 'orphan');
    await room.stop();
    await room.start();
    assert.equal((await room.call('alice', 'GET', `/v2/images/${id}`)).body['status'], 'queued');
    assert.deepEqual(room.files(), []);
    await room.call('alice', 'DELETE', `/v2/images/${id}`);
  });

  test('a deactivated image is not for downloading; hosts get only what has data', async () => {
    const id = await room.create('alice');
    assert.equal(await room.service.openFile(id), undefined);
    assert.equal(
      (await room.call('alice', 'POST', `/v2/images/${id}/actions/deactivate`)).status,
      403,
    );
    await room.call('alice', 'PUT', `/v2/images/${id}/file`, tar());
    assert.equal(
      (await room.call('alice', 'POST', `/v2/images/${id}/actions/deactivate`)).status,
      204,
    );
    assert.equal((await room.call('alice', 'GET', `/v2/images/${id}/file`)).status, 403);
    assert.equal(
      (await room.call('alice', 'POST', `/v2/images/${id}/actions/reactivate`)).status,
      204,
    );
    const file = await room.service.openFile(id);
    assert.ok(file);
    let size = 0;
    for await (const chunk of file.stream) size += (chunk as Buffer).length;
    assert.equal(size, file.size);
    await room.call('alice', 'DELETE', `/v2/images/${id}`);
  });
});
