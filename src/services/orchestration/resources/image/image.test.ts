import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { ImageRoom, tar } from '../../../image/testing.ts';
import type { Cloud } from '../../cloud.ts';
import type { ValueMap } from '../../language/index.ts';
import { lookUp } from '../constraints.ts';
import { cloudOver, TestResource } from '../testing.ts';

let room: ImageRoom;
let web: Server;
let base: string;
const cloud = (): Cloud =>
  cloudOver(
    async (_, method, path, body) => {
      const reply = await room.call('alice', method as 'GET', path, body);
      // What went wrong is told in words.
      return { status: reply.status, body: reply.status < 400 ? reply.body : reply.text };
    },
    { projectId: 'alice', userId: 'user-of-alice' },
  );
const image = (properties: ValueMap = {}, type = 'WebImage'): TestResource =>
  new TestResource(cloud(), `OS::Glance::${type}`, {
    container_format: 'bare',
    disk_format: 'raw',
    location: `${base}/image`,
    ...properties,
  });

before(async () => {
  const data = tar();
  web = createServer((request, response) => {
    if (request.url === '/image') response.end(data);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  const { port } = web.address() as AddressInfo;
  base = `http://127.0.0.1:${port}`;
  room = await ImageRoom.open({
    enabled_import_methods: ['web-download'],
    import_filtering_opts: { allowed_ports: [port], allowed_networks: ['127.0.0.1'] },
  });
});
after(async () => {
  await room.close();
  web.closeAllConnections();
  await new Promise((resolve) => web.close(resolve));
});

test('an image is fetched, changed, shared and deleted', async () => {
  const made = await image({
    name: 'fetched',
    tags: ['a'],
    os_distro: 'debian',
    extra_properties: { flavour: 'sweet', gone: 'soon' },
    min_ram: 64,
    visibility: 'shared',
    members: ['bob'],
  }).create();
  assert.equal(made.physicalId, made.uuid);
  const document = await made.describe();
  assert.deepEqual(
    ['status', 'name', 'os_distro', 'flavour', 'min_ram', 'tags'].map((key) => document[key]),
    ['active', 'fetched', 'debian', 'sweet', 64, ['a']],
  );
  assert.equal(
    (await room.call('bob', 'GET', `/v2/images/${made.physicalId}/members`)).status,
    200,
  );
  assert.equal(await lookUp(cloud(), 'glance.image', 'fetched'), made.physicalId);
  await made.update({
    tags: ['b'],
    os_distro: null,
    os_version: '12',
    extra_properties: { flavour: 'sour', 'with/slash': 'x' },
    members: null,
    protected: true,
  });
  const changed = await made.describe();
  assert.deepEqual(
    ['tags', 'os_distro', 'os_version', 'flavour', 'gone', 'with/slash', 'protected'].map(
      (key) => changed[key],
    ),
    [['b'], undefined, '12', 'sour', undefined, 'x', true],
  );
  assert.equal((await room.call('bob', 'GET', `/v2/images/${made.physicalId}`)).status, 404);
  await made.update({ protected: false });
  await made.check();
  // A repeated step finds the image that it had made.
  await made.create(true);
  await made.delete();
  await assert.rejects(made.check(), /not there any more/);
});

test('the old name makes the same', async () => {
  const made = await image({ is_public: false }, 'Image').create();
  assert.equal((await made.describe())['visibility'], 'private');
  await made.delete();
});

test('why there is no data is the reason of the failure', async () => {
  await assert.rejects(
    image({ location: `${base}/nothing` }).create(),
    /could not be fetched.*404/s,
  );
  await assert.rejects(
    image({ location: 'http://127.0.0.1:1/' }).create(),
    /does not pass filtering/,
  );
  assert.throws(
    () => image().type.validate?.({ container_format: 'ami', disk_format: 'raw' }),
    /disk_format must be the same/,
  );
  assert.throws(
    () => image().type.validate?.({ members: ['bob'], visibility: 'private' }),
    /visibility shared/,
  );
});
