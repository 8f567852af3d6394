import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ImageRoom } from '../testing.ts';

const MIB = 1024 * 1024;

describe('quotas of projects', () => {
  let room: ImageRoom;
  before(async () => {
    room = await ImageRoom.open(
      {
        image_size_cap: 10 * MIB,
        image_size_total: 3,
        image_stage_total: 2,
        image_count_total: 4,
        image_member_quota: 2,
      },
      // Somebody set a limit of bob's own.
      {
        projectLimits: async (project, name) =>
          project === 'bob' && name === 'image_count_total' ? -1 : undefined,
      },
    );
  });
  after(() => room.close());

  const bare = { container_format: 'bare', disk_format: 'raw' };
  const put = (id: string, size: number, where = 'file') =>
    room.call('alice', 'PUT', `/v2/images/${id}/${where}`, Buffer.alloc(size));
  const remove = (id: string) => room.call('alice', 'DELETE', `/v2/images/${id}`);

  test('space: what is stored counts, what is gone does not', async () => {
    const [one, two] = [await room.create('alice', bare), await room.create('alice', bare)];
    assert.equal((await put(one, 2 * MIB)).status, 204);
    const over = await put(two, 1.5 * MIB);
    assert.equal(over.status, 413, over.text);
    assert.equal((await room.show(two))['status'], 'queued');
    assert.equal((await put(two, MIB)).status, 204);
    const { usage } = (await room.call('alice', 'GET', '/v2/info/usage')).body;
    assert.deepEqual(usage, {
      image_size_total: { usage: 3, limit: 3 },
      image_stage_total: { usage: 0, limit: 2 },
      image_count_total: { usage: 2, limit: 4 },
      image_count_uploading: { usage: 0, limit: -1 },
    });
    const three = await room.create('alice', bare);
    assert.match((await put(three, 1)).text, /quota image_size_total is used up/);
    await remove(one);
    assert.equal((await put(three, 1)).status, 204);
    for (const id of [two, three]) await remove(id);
  });

  test('staged data has a quota of its own, and imports keep to that of the stored', async () => {
    const id = await room.create('alice', bare);
    assert.equal((await put(id, 2.5 * MIB, 'stage')).status, 413);
    assert.equal((await put(id, 2 * MIB, 'stage')).status, 204);
    const other = await room.create('alice', bare);
    assert.equal((await put(other, 1, 'stage')).status, 413);
    assert.equal((await put(other, 2 * MIB)).status, 204);
    const method = { method: { name: 'glance-direct' } };
    assert.equal((await room.call('alice', 'POST', `/v2/images/${id}/import`, method)).status, 202);
    await room.until(id, ({ os_glance_failed_import: failed }) => failed === 'file');
    assert.equal((await room.show(id))['status'], 'queued');
    for (const each of [id, other]) await remove(each);
    assert.deepEqual(room.files(), []);
  });

  test('images are counted, also when many come at once; a limit of a project goes before', async () => {
    const body = { name: 'many' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => room.call('alice', 'POST', '/v2/images', body)),
    );
    const made = answers.filter(({ status }) => status === 201);
    assert.equal(made.length, 4);
    assert.ok(answers.every(({ status }) => status === 201 || status === 413));
    for (const { body: image } of made) await remove(image['id']);
    for (let number = 0; number < 5; number++) await room.create('bob');
    const { usage } = (await room.call('bob', 'GET', '/v2/info/usage')).body;
    assert.deepEqual(usage.image_count_total, { usage: 5, limit: -1 });
  });

  test('members, properties and tags have limits too', async () => {
    const id = await room.create('alice');
    const share = (member: string) =>
      room.call('alice', 'POST', `/v2/images/${id}/members`, { member });
    assert.deepEqual(
      [(await share('a')).status, (await share('b')).status, (await share('c')).status],
      [200, 200, 413],
    );
    const properties = Object.fromEntries(Array.from({ length: 129 }, (_, n) => [`p${n}`, 'v']));
    assert.equal((await room.call('alice', 'POST', '/v2/images', properties)).status, 413);
    const tags = Array.from({ length: 128 }, (_, n) => ({ op: 'add', path: '/tags/-', value: `t${n}` })); // prettier-ignore
    assert.equal((await room.call('alice', 'PATCH', `/v2/images/${id}`, tags)).status, 200);
    assert.equal((await room.call('alice', 'PUT', `/v2/images/${id}/tags/more`)).status, 413);
    assert.equal((await room.call('alice', 'PUT', `/v2/images/${id}/tags/t1`)).status, 204);
    await remove(id);
  });
});
