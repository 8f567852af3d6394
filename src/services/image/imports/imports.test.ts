import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { ImageRoom, tar } from '../testing.ts';

const METHODS = ['glance-direct', 'web-download', 'copy-image'];

describe('imports', () => {
  let room: ImageRoom;
  let web: Server;
  let base: string;
  const data = tar();

  before(async () => {
    web = createServer((request, response) => {
      const [, what = ''] = (request.url ?? '').split('/');
      if (what === 'image') response.end(data);
      else if (what === 'long') response.writeHead(200, { 'content-length': 9_000_000 }).end('x');
      else if (what === 'cut')
        response
          .writeHead(200, { 'content-length': data.length })
          .write(data.subarray(0, 2000), () => response.destroy());
      else if (what === 'away')
        response.writeHead(302, { location: request.url!.slice('/away/'.length) }).end();
      else if (what === 'around') response.writeHead(302, { location: '/around' }).end();
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const { port } = web.address() as AddressInfo;
    base = `http://127.0.0.1:${port}`;
    room = await ImageRoom.open({
      enabled_import_methods: METHODS,
      stores: { file: { store_type: 'file' }, second: { store_type: 'file' } },
      import_filtering_opts: { allowed_ports: [port], allowed_networks: ['127.0.0.1'] },
    });
  });
  after(async () => {
    await room.close();
    web.closeAllConnections();
    await new Promise((resolve) => web.close(resolve));
  });

  const start = (id: string, method: object, more: object = {}, who = 'alice') =>
    room.call(who, 'POST', `/v2/images/${id}/import`, { method, ...more });
  const DIRECT = { name: 'glance-direct' };
  const fromWeb = (path: string) => ({ name: 'web-download', uri: `${base}/${path}` });
  const tasksOf = async (id: string) =>
    (await room.call('alice', 'GET', `/v2/images/${id}/tasks`)).body['tasks'] as {
      id: string;
      status: string;
      message: string;
    }[];
  const failure = async (id: string) => {
    await room.until(id, ({ os_glance_failed_import: failed }) => failed === 'file');
    for (;;) {
      const [task] = (await tasksOf(id)).toReversed();
      if (task!.status === 'failure') return task!.message;
    }
  };

  test('staged data becomes the image, with its hashes, and its task tells so', async () => {
    const id = await room.create('alice', { name: 'staged' });
    assert.equal((await start(id, DIRECT)).status, 409, 'nothing is staged yet');
    assert.equal((await room.call('alice', 'PUT', `/v2/images/${id}/stage`, data)).status, 204);
    const staged = await room.show(id);
    assert.equal(staged['status'], 'uploading');
    assert.equal(staged['size'], data.length);
    assert.deepEqual(room.files(), [id]);
    assert.equal((await room.call('alice', 'GET', `/v2/images/${id}/file`)).status, 204);
    assert.equal((await room.call('alice', 'PUT', `/v2/images/${id}/stage`, data)).status, 409);
    assert.equal((await start(id, fromWeb('image'))).status, 409, 'it is staged, not queued');
    assert.equal((await start(id, DIRECT)).status, 202);
    const image = await room.until(id, ({ status }) => status === 'active');
    assert.equal(image['os_hash_value'], createHash('sha512').update(data).digest('hex'));
    assert.equal(image['stores'], 'file');
    assert.equal(image['os_glance_importing_to_stores'], '');
    assert.equal(image['os_glance_import_task'], undefined);
    assert.deepEqual((await room.call('alice', 'GET', `/v2/images/${id}/file`)).raw, data);
    const [task] = await tasksOf(id);
    const shown = await room.call('admin', 'GET', `/v2/tasks/${task!.id}`);
    assert.equal(shown.body['input']['import_req']['method']['name'], 'glance-direct');
    assert.equal((await room.call('alice', 'GET', `/v2/tasks/${task!.id}`)).status, 403);
    const all = (await room.call('admin', 'GET', '/v2/tasks?limit=1')).body;
    assert.equal(all['tasks'].length, 1);
    assert.equal((await start(id, DIRECT)).status, 409);
    const copy = { name: 'copy-image' };
    assert.equal((await start(id, copy)).status, 403, "copying is the administrator's");
    assert.equal((await start(id, copy, {}, 'admin')).status, 400, 'the store has it');
    assert.equal((await start(id, copy, { all_stores: true }, 'admin')).status, 202);
    await room.until(id, ({ stores }) => stores === 'file,second');
    await room.call('alice', 'DELETE', `/v2/images/${id}`);
    assert.deepEqual(room.files(), []);
  });

  test('what is staged and no image is refused by the import, and can be staged again', async () => {
    const id = await room.create('alice', { container_format: 'bare', disk_format: 'qcow2' });
    const letter = Buffer.from('a letter');
    assert.equal((await room.call('alice', 'PUT', `/v2/images/${id}/stage`, letter)).status, 204);
    assert.equal((await start(id, DIRECT)).status, 202);
    assert.match(await failure(id), /disk_format is qcow2/);
    assert.equal((await room.show(id))['status'], 'queued');
    assert.equal((await room.show(id))['size'], null);
    await room.until(id, () => room.files().length === 0);
    assert.equal((await room.call('alice', 'PUT', `/v2/images/${id}/stage`, letter)).status, 204);
    await room.call('alice', 'DELETE', `/v2/images/${id}`);
    assert.deepEqual(room.files(), []);
  });

  test('several stores get it at once, and are told in the order asked for', async () => {
    for (const stores of [
      ['second', 'file'],
      ['file', 'second'],
    ]) {
      const id = await room.create('alice');
      await room.call('alice', 'PUT', `/v2/images/${id}/stage`, data);
      assert.equal((await start(id, DIRECT, { stores })).status, 202);
      const image = await room.until(id, ({ status }) => status === 'active');
      assert.equal(image['stores'], stores.join(','));
      await room.call('alice', 'DELETE', `/v2/images/${id}`);
    }
  });

  test('requests that cannot be meant', async () => {
    const id = await room.create('alice');
    const cases: [object, object, number][] = [
      [{ name: 'carrier-pigeon' }, {}, 400],
      [{ name: 'web-download' }, {}, 400],
      [fromWeb('image'), { stores: ['attic'] }, 409],
      [fromWeb('image'), { stores: ['file'], all_stores: true }, 400],
      [fromWeb('image'), { all_stores: 'yes' }, 400],
      [{ name: 'web-download', uri: 'file:///etc/passwd' }, {}, 400],
      [{ name: 'web-download', uri: 'http://127.0.0.1:22/' }, {}, 400],
    ];
    for (const [method, more, status] of cases)
      assert.equal((await start(id, method, more)).status, status, JSON.stringify([method, more]));
    assert.equal((await start(id, fromWeb('image'), {}, 'bob')).status, 404);
    const bare = await room.create('alice', { disk_format: null });
    assert.equal((await start(bare, fromWeb('image'))).status, 409);
    for (const each of [id, bare]) await room.call('alice', 'DELETE', `/v2/images/${each}`);
  });

  test('from an address; what it sends is looked at as an upload is', async () => {
    const id = await room.create('alice');
    const failures: [string, RegExp][] = [
      ['nothing', /answered 404/],
      ['long', /larger/],
      ['cut', /connection ended before all/],
      ['around', /leads on more than/],
      ['away/http://169.254.169.254/latest/meta-data', /not on the Internet|port 80 is not/],
      ['away/http://[::ffff:127.0.0.1]:22/', /port 22 is not/],
      ['away/file:///etc/passwd', /no way to get file/],
      [`away/${base.replace('127.0.0.1', '127.0.0.2')}/image`, /not on the Internet/],
      // A name that leads to this machine: the name passes, its address does not.
      [
        `away/${base.replace('127.0.0.1', 'ip6-localhost')}/image`,
        /not on the Internet|cannot be reached/,
      ],
    ];
    for (const [path, reason] of failures) {
      assert.equal((await start(id, fromWeb(path))).status, 202, path);
      assert.match(await failure(id), reason, path);
      assert.equal((await room.show(id))['status'], 'queued');
      assert.deepEqual(room.files(), [], path);
    }
    assert.equal((await start(id, fromWeb('away//image'))).status, 202);
    const image = await room.until(id, ({ status }) => status === 'active');
    assert.equal(image['size'], data.length);
    assert.equal(image['os_glance_failed_import'], '');
    await room.call('alice', 'DELETE', `/v2/images/${id}`);
  });

  test('an import that a crash cut off is done at the next start', async () => {
    const id = await room.create('alice');
    await room.call('alice', 'PUT', `/v2/images/${id}/stage`, data);
    const lost = await room.create('alice');
    await room.call('alice', 'PUT', `/v2/images/${lost}/stage`, data);
    // As an ended process leaves it: the task is there, and nobody does it.
    await room.stop();
    await sql`update image.images set status = 'importing',
      properties = jsonb_build_object('os_glance_import_task', 'task-of-a-crash') where id = ${id}`.execute(
      room.database,
    );
    const input = { image_id: id, import_req: { method: DIRECT }, backend: ['file'] };
    await sql`insert into image.tasks (id, image_id, type, status, user_id, request_id, input)
      values ('task-of-a-crash', ${id}, 'api_image_import', 'processing', 'u', 'r', ${JSON.stringify(input)})`.execute(
      room.database,
    );
    await sql`update image.images set status = 'importing' where id = ${lost}`.execute(
      room.database,
    );
    await room.start();
    await room.until(id, ({ status }) => status === 'active');
    assert.deepEqual((await room.call('alice', 'GET', `/v2/images/${id}/file`)).raw, data);
    assert.equal((await room.show(lost))['status'], 'queued', 'no task of its own: it waits again');
    for (const each of [id, lost]) await room.call('alice', 'DELETE', `/v2/images/${each}`);
    assert.deepEqual(room.files(), []);
  });
});
