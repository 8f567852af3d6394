import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ImageRoom } from '../testing.ts';

describe('metadata definitions', () => {
  let room: ImageRoom;
  before(async () => {
    room = await ImageRoom.open();
  });
  after(() => room.close());

  const base = '/v2/metadefs/namespaces';
  const call = (
    who: string,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ) => room.call(who, method, path, body);

  test('a namespace comes with all that is in it, and goes with it', async () => {
    const whole = {
      namespace: 'OS::Whole',
      display_name: 'Whole',
      description: 'all kinds',
      visibility: 'public',
      resource_type_associations: [
        { name: 'OS::Nova::Flavor', prefix: 'hw:' },
        { name: 'Own::Type' },
      ],
      properties: {
        cores: { title: 'Cores', type: 'integer', minimum: 1, default: 1, nonsense: 2 },
      },
      objects: [
        { name: 'Cpu', required: ['a'], properties: { a: { title: 'A', type: 'string' } } },
      ],
      tags: [{ name: 'fast' }],
    };
    const made = await call('admin', 'POST', base, whole);
    assert.equal(made.status, 201, made.text);
    assert.equal((await call('admin', 'POST', base, whole)).status, 409);
    assert.equal((await call('alice', 'POST', base, { namespace: 'X' })).status, 403);
    const { body } = await call('alice', 'GET', `${base}/OS::Whole`);
    assert.deepEqual(body['properties'], {
      cores: { title: 'Cores', type: 'integer', minimum: 1, default: 1 },
    });
    assert.equal(body['objects'][0].properties.a.title, 'A');
    assert.deepEqual(body['tags'], [{ name: 'fast' }]);
    assert.equal(body['owner'], 'admin');
    const prefixed = (
      await call('alice', 'GET', `${base}/OS::Whole?resource_type=OS::Nova::Flavor`)
    ).body;
    assert.deepEqual(Object.keys(prefixed['properties']), ['hw:cores']);
    assert.deepEqual(prefixed['objects'][0].required, ['hw:a']);
    const one = `${base}/OS::Whole/properties/hw:cores?resource_type=OS::Nova::Flavor`;
    assert.equal((await call('alice', 'GET', one)).body['name'], 'hw:cores');
    const types = (await call('alice', 'GET', '/v2/metadefs/resource_types')).body[
      'resource_types'
    ];
    assert.ok(types.some(({ name }: { name: string }) => name === 'Own::Type'));
    const listed = (await call('alice', 'GET', `${base}?resource_types=Own::Type`)).body[
      'namespaces'
    ];
    assert.equal(listed.length, 1);
    assert.equal(listed[0].resource_type_associations.length, 2);
    assert.equal(listed[0].objects, undefined);
    const twice = { namespace: 'Twice', tags: [{ name: 'a' }, { name: 'a' }] };
    assert.equal((await call('admin', 'POST', base, twice)).status, 409);
    assert.equal((await call('admin', 'GET', `${base}/Twice`)).status, 404);
    assert.equal((await call('admin', 'DELETE', `${base}/OS::Whole`)).status, 204);
    assert.equal((await call('admin', 'GET', `${base}/OS::Whole`)).status, 404);
  });

  test('private ones are for their project, protected ones stay', async () => {
    const secret = { namespace: 'Secret', owner: 'alice', protected: true };
    assert.equal((await call('admin', 'POST', base, secret)).status, 201);
    assert.equal((await call('alice', 'GET', `${base}/Secret`)).status, 200);
    assert.equal((await call('bob', 'GET', `${base}/Secret`)).status, 404);
    assert.equal((await call('bob', 'GET', `${base}/Secret/objects`)).status, 404);
    assert.equal((await call('bob', 'GET', base)).body['namespaces'].length, 0);
    assert.equal((await call('alice', 'DELETE', `${base}/Secret`)).status, 403);
    assert.match((await call('admin', 'DELETE', `${base}/Secret`)).text, /protected/);
    const renamed = { namespace: 'Open', protected: false, visibility: 'public' };
    assert.equal((await call('admin', 'PUT', `${base}/Secret`, renamed)).status, 200);
    const { body } = await call('bob', 'GET', `${base}/Open`);
    assert.equal(body['owner'], 'alice', 'what is not said stays');
    assert.equal((await call('admin', 'PUT', `${base}/Secret`, renamed)).status, 404);
    assert.equal((await call('admin', 'DELETE', `${base}/Open`)).status, 204);
  });

  test('entries are added, shown, changed, renamed and removed', async () => {
    await call('admin', 'POST', base, { namespace: 'N', visibility: 'public' });
    const bodies = {
      objects: { name: 'a', description: 'd', properties: { p: { title: 'P', type: 'string' } } },
      properties: { name: 'a', title: 'A', type: 'string', enum: ['x'] },
    };
    for (const [plural, body] of Object.entries(bodies)) {
      const path = `${base}/N/${plural}`;
      assert.equal((await call('admin', 'POST', path, body)).status, 201);
      assert.equal((await call('admin', 'POST', path, body)).status, 409);
      assert.equal((await call('alice', 'POST', path, { ...body, name: 'z' })).status, 403);
      assert.equal((await call('admin', 'POST', path, { ...body, name: 'b' })).status, 201);
      assert.equal((await call('admin', 'PUT', `${path}/a`, { ...body, name: 'b' })).status, 409);
      assert.equal(
        (await call('admin', 'PUT', `${path}/a`, { ...body, name: 'c' })).body['name'],
        'c',
      );
      assert.equal((await call('alice', 'GET', `${path}/a`)).status, 404);
      assert.equal((await call('alice', 'GET', `${path}/c`)).status, 200);
      assert.equal((await call('admin', 'DELETE', `${path}/a`)).status, 404);
      assert.equal((await call('admin', 'DELETE', `${path}/c`)).status, 204);
      assert.equal(Object.keys((await call('alice', 'GET', path)).body[plural]).length, 1);
      assert.equal((await call('admin', 'DELETE', path)).status, 204);
      assert.equal(Object.keys((await call('alice', 'GET', path)).body[plural]).length, 0);
    }
    const bad = { name: 'a', title: 'A', type: 'colour' };
    assert.equal((await call('admin', 'POST', `${base}/N/properties`, bad)).status, 400);
    const dated = { ...bodies.objects, created_at: 'now' };
    assert.equal((await call('admin', 'POST', `${base}/N/objects`, dated)).status, 403);
    const tags = `${base}/N/tags`;
    const set = (names: string[], headers = {}) =>
      room.call('admin', 'POST', tags, { tags: names.map((name) => ({ name })) }, headers);
    const names = async () =>
      (await call('alice', 'GET', tags)).body['tags'].map(({ name }: { name: string }) => name);
    assert.equal((await set(['x', 'y'])).status, 201);
    assert.equal((await call('admin', 'POST', `${tags}/z`)).status, 201);
    assert.equal((await call('admin', 'POST', `${tags}/z`)).status, 409);
    assert.deepEqual(await names(), ['x', 'y', 'z']);
    assert.equal((await set(['w'], { 'x-openstack-append': 'True' })).status, 201);
    assert.deepEqual(await names(), ['w', 'x', 'y', 'z']);
    assert.equal((await set(['v'])).status, 201);
    assert.deepEqual(await names(), ['v']);
    const types = `${base}/N/resource_types`;
    assert.equal((await call('admin', 'POST', types, { name: 'OS::Glance::Image' })).status, 201);
    assert.equal((await call('admin', 'POST', types, { name: 'OS::Glance::Image' })).status, 409);
    const { body } = await call('alice', 'GET', types);
    assert.equal(body['resource_type_associations'][0].name, 'OS::Glance::Image');
    assert.equal((await call('admin', 'DELETE', `${types}/OS::Glance::Image`)).status, 204);
    assert.equal((await call('admin', 'DELETE', `${types}/OS::Glance::Image`)).status, 404);
    assert.equal((await call('admin', 'DELETE', `${base}/N`)).status, 204);
  });

  test('pages of namespaces miss and repeat nothing', async () => {
    for (let number = 0; number < 5; number++)
      await call('admin', 'POST', base, { namespace: `page ${number}`, visibility: 'public' });
    const seen: string[] = [];
    let url: string | undefined = `${base}?limit=2&sort_key=namespace&sort_dir=asc`;
    while (url !== undefined) {
      const { body }: Awaited<ReturnType<typeof call>> = await call('alice', 'GET', url);
      seen.push(...body['namespaces'].map((each: { namespace: string }) => each.namespace));
      url = body['next'];
    }
    assert.deepEqual(
      seen,
      [0, 1, 2, 3, 4].map((number) => `page ${number}`),
    );
    for (const query of ['limit=-1', 'sort_key=colour', 'sort_dir=up', 'visibility=secret'])
      assert.equal((await call('alice', 'GET', `${base}?${query}`)).status, 400, query);
  });

  test('every schema can be had', async () => {
    const nouns = ['namespace', 'namespaces', 'object', 'objects', 'property', 'properties', 'tag', 'tags', 'resource_type', 'resource_types']; // prettier-ignore
    const names = ['image', 'images', 'member', 'members', 'task', 'tasks', ...nouns.map((noun) => `metadefs/${noun}`)]; // prettier-ignore
    for (const name of names) {
      const { status, body } = await call('alice', 'GET', `/v2/schemas/${name}`);
      assert.equal(status, 200, name);
      assert.ok(Object.keys(body['properties']).length > 0, name);
    }
  });
});
