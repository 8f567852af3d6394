import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ImageRoom } from '../testing.ts';

describe('images', () => {
  let room: ImageRoom;
  before(async () => {
    room = await ImageRoom.open();
  });
  after(() => room.close());

  test("visibility: others get 404, public is the administrator's, members see what is shared", async () => {
    const id = await room.create('alice', { name: 'mine' });
    assert.equal((await room.call('bob', 'GET', `/v2/images/${id}`)).status, 404);
    assert.equal((await room.call('bob', 'DELETE', `/v2/images/${id}`)).status, 404);
    assert.equal(
      (await room.call('alice', 'POST', '/v2/images', { visibility: 'public' })).status,
      403,
    );
    assert.equal(
      (await room.call('alice', 'POST', `/v2/images/${id}/members`, { member: 'bob' })).body[
        'status'
      ],
      'pending',
    );
    assert.equal((await room.call('bob', 'GET', `/v2/images/${id}`)).status, 200);
    assert.equal(
      (
        await room.call('bob', 'PATCH', `/v2/images/${id}`, [
          { op: 'replace', path: '/name', value: 'x' },
        ])
      ).status,
      403,
    );
    const seen = async () => (await room.call('bob', 'GET', '/v2/images')).body['images'].length;
    assert.equal(await seen(), 0, 'pending is not listed');
    assert.equal(
      (await room.call('alice', 'PUT', `/v2/images/${id}/members/bob`, { status: 'accepted' }))
        .status,
      403,
    );
    assert.equal(
      (await room.call('bob', 'PUT', `/v2/images/${id}/members/bob`, { status: 'accepted' }))
        .status,
      200,
    );
    assert.equal(await seen(), 1);
    assert.equal((await room.call('alice', 'DELETE', `/v2/images/${id}/members/bob`)).status, 204);
    assert.equal(await seen(), 0);
    assert.equal(
      (
        await room.call('admin', 'PATCH', `/v2/images/${id}`, [
          { op: 'replace', path: '/visibility', value: 'public' },
        ])
      ).status,
      200,
    );
    assert.equal(await seen(), 1);
    await room.call('alice', 'DELETE', `/v2/images/${id}`);
  });

  test('patch: attributes, properties and tags; read-only ones are refused; protected images stay', async () => {
    const id = await room.create('alice', { colour: 'red' });
    const patch = (body: unknown) => room.call('alice', 'PATCH', `/v2/images/${id}`, body);
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
    assert.match((await room.call('alice', 'DELETE', `/v2/images/${id}`)).text, /protected/);
    assert.equal((await room.call('alice', 'PUT', `/v2/images/${id}/tags/z`)).status, 204);
    assert.equal((await room.call('alice', 'DELETE', `/v2/images/${id}/tags/z`)).status, 204);
    assert.equal((await room.call('alice', 'DELETE', `/v2/images/${id}/tags/z`)).status, 404);
    await patch([{ op: 'replace', path: '/protected', value: false }]);
    assert.equal((await room.call('alice', 'DELETE', `/v2/images/${id}`)).status, 204);
  });

  test('lists: filters, order and pages that miss and repeat nothing', async () => {
    const names = ['c', 'a', 'b', 'a', 'e'];
    const ids = [];
    for (const name of names)
      ids.push(
        await room.create('alice', { name, tags: name === 'a' ? ['t'] : [], size_class: name }),
      );
    const list = async (query: string) =>
      (await room.call('alice', 'GET', `/v2/images?${query}`)).body;
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
      const { body }: { body: Record<string, any> } = await room.call('alice', 'GET', url);
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
      assert.equal((await room.call('alice', 'GET', `/v2/images?${query}`)).status, 400, query);
    }
    for (const id of ids) await room.call('alice', 'DELETE', `/v2/images/${id}`);
  });

  test('the older draft of JSON patch; names that objects have anyway; what a patch cannot mean', async () => {
    const id = await room.create('alice', { constructor: 'c', colour: 'red' });
    const patch = (body: unknown, type: string) =>
      room.call('alice', 'PATCH', `/v2/images/${id}`, body, { 'content-type': type });
    const [newer, older] = [1, 0].map(
      (minor) => `application/openstack-images-v2.${minor}-json-patch`,
    ) as [string, string];
    const good = await patch(
      [
        { replace: '/name', value: 'old' },
        { add: '/toString', value: 't' },
        { remove: '/colour' },
        { replace: '/constructor', value: 'd' },
      ],
      older,
    );
    assert.equal(good.status, 200, good.text);
    assert.deepEqual(
      [good.body['name'], good.body['toString'], good.body['constructor'], good.body['colour']],
      ['old', 't', 'd', undefined],
    );
    const cases: [unknown, string, number][] = [
      [[{ replace: '/name', value: 'x' }], newer, 400],
      [[{ op: 'replace', path: '/name', value: 'x' }], older, 400],
      [[{ add: '/a', replace: '/b', value: 'x' }], older, 400],
      [[{ op: 'replace', path: '/name' }], newer, 400],
      [[{ op: 'replace', path: '/name', value: 'x' }], 'application/json', 415],
      [[{ op: 'add', path: '/a~2', value: 'x' }], newer, 400],
      [[{ op: 'add', path: '/a/b', value: 'x' }], newer, 400],
      [[{ op: 'add', path: '/os_glance_x', value: 'x' }], newer, 403],
      [[{ op: 'replace', path: '/owner', value: 'bob' }], newer, 403],
    ];
    for (const [body, type, status] of cases)
      assert.equal((await patch(body, type)).status, status, JSON.stringify(body));
    const reserved = await room.call('alice', 'POST', '/v2/images', { os_glance_x: 'x' });
    assert.equal(reserved.status, 403);
    await room.call('alice', 'DELETE', `/v2/images/${id}`);
  });
});
