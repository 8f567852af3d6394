import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ImageRoom } from '../src/services/image/testing.ts';
import { S3Client } from '../src/services/image/stores/s3/client.ts';
import { s3Store } from '../src/services/image/stores/s3/store.ts';
import { startTestS3, type TestS3 } from './support/s3.ts';

/** Images in a real S3 server, and in several stores at once. */
const MIB = 1024 * 1024;

describe('stores of images', { timeout: 120_000 }, () => {
  let s3: TestS3;
  let room: ImageRoom;
  let folder: string;
  const options = () => ({
    store: 's3',
    description: 'd',
    endpoint: s3.endpoint,
    region: s3.region,
    accessKey: s3.accessKey,
    secretKey: s3.secretKey,
    bucket: 'images',
    prefix: 'cloud/',
    createBucket: true,
    chunkSize: 5 * MIB,
  });

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'ovb-stores-'));
    s3 = await startTestS3();
    const secret = path.join(folder, 'secret');
    writeFileSync(secret, `${s3.secretKey}\n`, { mode: 0o600 });
    room = await ImageRoom.open({
      image_size_cap: 20 * MIB,
      stores: {
        file: { store_type: 'file' },
        s3: {
          store_type: 's3',
          s3_store_host: s3.endpoint,
          s3_store_region_name: s3.region,
          s3_store_access_key: s3.accessKey,
          s3_store_secret_key_file: secret,
          s3_store_bucket: 'images',
          s3_store_prefix: 'cloud/',
          s3_store_create_bucket_on_put: true,
          s3_store_large_object_chunk_size: 5,
        },
      },
    });
  });
  after(async () => {
    await room?.close();
    await s3?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const bare = { container_format: 'bare', disk_format: 'raw' };
  const upload = (id: string, data: Buffer, store: string) =>
    room.call('alice', 'PUT', `/v2/images/${id}/file`, data, { 'x-image-meta-store': store });
  const importTo = (id: string, body: object) =>
    room.call('admin', 'POST', `/v2/images/${id}/import`, body);

  test('objects of one part and of several; ranges; what nobody finished is swept', async () => {
    const store = s3Store(options());
    assert.deepEqual(await store.list(), [], 'there is no bucket yet');
    for (const size of [0, 5, 5 * MIB, 12 * MIB + 7]) {
      const data = randomBytes(size);
      const draft = await store.draft('one');
      for (let at = 0; at < size; at += 3 * MIB) await draft.write(data.subarray(at, at + 3 * MIB));
      await draft.commit();
      const bytes = Buffer.concat(await (await store.read('one')).toArray());
      assert.ok(bytes.equals(data), `${size} bytes`);
      if (size > 10)
        assert.deepEqual(
          Buffer.concat(await (await store.read('one', { start: 3, end: 9 })).toArray()),
          data.subarray(3, 10),
        );
    }
    assert.deepEqual(await store.list(), ['one']);
    assert.ok(await store.has('one'));
    // An upload of this process lives, one of another that died does not.
    const own = await store.draft('two');
    await own.write(randomBytes(6 * MIB));
    const other = await s3Store(options()).draft('three');
    await other.write(randomBytes(6 * MIB));
    assert.equal(await store.sweep(), 1);
    await own.commit();
    await assert.rejects(other.commit());
    const gone = await store.draft('four');
    await gone.write(randomBytes(6 * MIB));
    await gone.discard();
    assert.deepEqual((await store.list()).toSorted(), ['one', 'two']);
    for (const name of ['one', 'two', 'two']) await store.remove(name);
    assert.equal(await store.has('one'), false);
    await assert.rejects(store.read('one'), /NoSuchKey/);
    store.close?.();
  });

  test('a wrong key is refused, and no message has the right one', async () => {
    const store = s3Store({ ...options(), secretKey: 'wrong' });
    await assert.rejects(store.list(), (error: Error) => {
      assert.match(error.message, /SignatureDoesNotMatch|403/);
      assert.ok(!error.message.includes('wrong'));
      return true;
    });
    store.close?.();
  });

  test('an image in the bucket, in both stores, and in one again', async () => {
    const data = randomBytes(11 * MIB);
    const id = await room.create('alice', bare);
    assert.equal((await upload(id, data, 'attic')).status, 400);
    assert.equal((await upload(id, data, 's3')).status, 204);
    assert.equal((await room.show(id))['stores'], 's3');
    assert.deepEqual(room.files(), []);
    assert.ok((await room.call('alice', 'GET', `/v2/images/${id}/file`)).raw.equals(data));
    const copy = { method: { name: 'copy-image' }, all_stores: true };
    assert.equal((await importTo(id, copy)).status, 202);
    await room.until(id, ({ stores }) => stores === 's3,file');
    assert.deepEqual(room.files(), [id]);
    const remove = (store: string) => room.call('admin', 'DELETE', `/v2/stores/${store}/${id}`);
    assert.equal((await room.call('alice', 'DELETE', `/v2/stores/s3/${id}`)).status, 403);
    assert.equal((await remove('s3')).status, 204);
    assert.equal((await remove('s3')).status, 404);
    assert.equal((await remove('file')).status, 409, 'the last one');
    assert.ok((await room.call('alice', 'GET', `/v2/images/${id}/file`)).raw.equals(data));
    assert.equal((await room.call('alice', 'DELETE', `/v2/images/${id}`)).status, 204);
    const stores = (await room.call('alice', 'GET', '/v2/info/stores')).body['stores'];
    assert.deepEqual(stores.map(({ id: name }: { id: string }) => name), ['file', 's3']); // prettier-ignore
    assert.equal((await room.call('alice', 'GET', '/v2/info/stores/detail')).status, 403);
    const detail = await room.call('admin', 'GET', '/v2/info/stores/detail');
    assert.equal(detail.body['stores'][1].properties.s3_store_bucket, 'images');
    assert.ok(!detail.text.includes(s3.secretKey));
  });

  test('staged data goes to all stores; one that is away fails alone or takes all with it', async () => {
    const data = randomBytes(6 * MIB);
    const stage = async () => {
      const id = await room.create('alice', bare);
      assert.equal((await room.call('alice', 'PUT', `/v2/images/${id}/stage`, data)).status, 204);
      return id;
    };
    const direct = (more: object) => ({ method: { name: 'glance-direct' }, ...more });
    const good = await stage();
    assert.equal((await importTo(good, direct({ all_stores: true }))).status, 202);
    const image = await room.until(good, ({ status }) => status === 'active');
    assert.equal(image['stores'], 'file,s3');

    const [partly, none] = [await stage(), await stage()];
    await s3.kill();
    // The other store has it as well.
    assert.ok((await room.call('alice', 'GET', `/v2/images/${good}/file`)).raw.equals(data));
    await importTo(partly, direct({ stores: ['file', 's3'], all_stores_must_succeed: false }));
    await importTo(none, direct({ stores: ['file', 's3'] }));
    const half = await room.until(partly, ({ status }) => status === 'active');
    assert.equal(half['stores'], 'file');
    assert.equal(half['os_glance_failed_import'], 's3');
    await room.until(none, ({ os_glance_failed_import: failed }) => failed !== '');
    assert.equal((await room.show(none))['status'], 'queued');
    const direct3 = await room.create('alice', bare);
    assert.equal((await upload(direct3, data, 's3')).status, 503);
    assert.equal((await room.show(direct3))['status'], 'queued');
    // Deleted while the store is away: its data is found when it is back.
    assert.equal((await room.call('alice', 'DELETE', `/v2/images/${good}`)).status, 204);
    await s3.start();
    const store = s3Store(options());
    assert.deepEqual(await store.list(), [good]);
    await room.stop();
    await room.start();
    while ((await store.list()).length > 0);
    for (const id of [partly, none, direct3])
      await room.call('alice', 'DELETE', `/v2/images/${id}`);
    assert.deepEqual(room.files(), []);
    store.close?.();
  });

  test('the client repeats what the server could not do, and says what it would not', async () => {
    const client = new S3Client(options());
    await assert.rejects(client.document('GET', { key: 'nothing' }), /404 NoSuchKey/);
    client.close();
  });
});
