import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Operation } from '../../operation.ts';
import { ImageRoom } from '../../image/testing.ts';
import { startTestCompute, type TestClient, type TestCompute } from '../testing.ts';
import { glanceQuery } from './api.ts';

const IMAGES = '/compute/v2.1/images';

describe('images through Nova’s door', () => {
  let glance: ImageRoom;
  let room: TestCompute;
  let owner: TestClient;

  /** An image of the owner's project, without data. */
  const image = async (values: object = {}): Promise<string> => {
    glance.callers['owner'] = owner.caller;
    const reply = await glance.call('owner', 'POST', '/v2/images', {
      name: 'one',
      disk_format: 'raw',
      container_format: 'bare',
      ...values,
    });
    assert.equal(reply.status, 201, reply.text);
    return reply.body['id'] as string;
  };
  const names = async (query: string): Promise<string[]> =>
    ((await owner.get(`${IMAGES}${query}`))['images'] as { name: string }[])
      .map(({ name }) => name)
      .toSorted();

  before(async () => {
    glance = await ImageRoom.open();
    room = await startTestCompute({ glance: glance.service.operations as Operation[] });
    owner = room.member();
  });
  after(async () => {
    await room.stop();
    await glance.close();
  });

  test('are shown in Nova’s words, until 2.35', async () => {
    const id = await image({ min_ram: 64, instance_uuid: '1b2c', auto_disk_config: 'True' });
    const { image: shown } = await owner.get(`${IMAGES}/${id}`);
    assert.deepEqual(
      [shown.name, shown.minRam, shown.status, shown.progress, shown.server.id],
      ['one', 64, 'SAVING', 25, '1b2c'],
    );
    assert.equal(shown['OS-DCF:diskConfig'], 'AUTO');
    assert.equal(shown.metadata.instance_uuid, '1b2c');
    assert.equal('disk_format' in shown.metadata, false);
    assert.equal((await owner.ask('GET', `${IMAGES}/${id}`, undefined, '2.36')).status, 404);
    assert.equal((await room.member().ask('GET', `${IMAGES}/${id}`)).status, 404);
    assert.equal((await owner.ask('DELETE', `${IMAGES}/${id}`)).status, 204);
    const gone = await owner.ask('GET', `${IMAGES}/${id}`);
    assert.deepEqual(gone.body, { itemNotFound: { code: 404, message: 'Image not found.' } });
  });

  test('are listed by Nova’s filters, page by page', async () => {
    await image({ name: 'a', image_type: 'snapshot', instance_uuid: 'x' });
    await image({ name: 'b', color: 'red' });
    await image({ name: 'c', min_disk: 3 });
    assert.deepEqual(await names('?type=snapshot'), ['a']);
    assert.deepEqual(await names('?server=http://host/v2.1/servers/x'), ['a']);
    assert.deepEqual(await names('/detail?property-color=red'), ['b']);
    assert.deepEqual(await names('?minDisk=3'), ['c']);
    assert.deepEqual(await names('?status=SAVING'), ['a', 'b', 'c']);
    assert.deepEqual(await names('?status=ACTIVE'), []);
    assert.deepEqual(
      await names(`?changes-since=${new Date(Date.now() + 60_000).toISOString()}`),
      [],
    );
    const first = await owner.get(`${IMAGES}?limit=2`);
    assert.equal(first['images'].length, 2);
    const { href } = first['images_links'][0];
    assert.equal((await owner.get(href.slice(href.indexOf('/compute'))))['images'].length, 1);
    assert.equal((await owner.ask('GET', `${IMAGES}?limit=x`)).status, 400);
  });

  test('have their properties as metadata, until 2.38', async () => {
    const metadata = `${IMAGES}/${await image({ kept: 'k' })}/metadata`;
    const put = (path: string, body: object) => owner.ask('PUT', path, body, '2.38');
    assert.deepEqual(
      (await owner.post(metadata, { metadata: { a: '1', 'b/c': '2' } }))['metadata'],
      {
        kept: 'k',
        a: '1',
        'b/c': '2',
      },
    );
    assert.deepEqual((await put(`${metadata}/a`, { meta: { a: '3' } })).body, { meta: { a: '3' } });
    assert.equal((await put(`${metadata}/a`, { meta: { z: '3' } })).status, 400);
    assert.deepEqual(await owner.get(`${metadata}/a`), { meta: { a: '3' } });
    assert.equal((await owner.ask('DELETE', `${metadata}/b%2Fc`)).status, 204);
    assert.equal((await owner.ask('DELETE', `${metadata}/b%2Fc`)).status, 404);
    assert.deepEqual((await put(metadata, { metadata: { only: 'o' } })).body, {
      metadata: { only: 'o' },
    });
    assert.deepEqual(await owner.get(metadata), { metadata: { only: 'o' } });
    const many = Object.fromEntries(Array.from({ length: 129 }, (_, n) => [`k${n}`, 'v']));
    assert.equal((await put(metadata, { metadata: many })).status, 403);
    assert.equal((await owner.ask('GET', metadata, undefined, '2.39')).status, 404);
  });

  test('a time that is none is refused', () => {
    assert.throws(() => glanceQuery({ 'changes-since': ['yesterday'] }), /changes-since/);
  });
});
