import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from './testing-server.ts';

test('a missing token is 401 with the address of Keystone and the body of the service asked', async () => {
  const reply = await call('GET', '/compute/v2.1/things/x');
  assert.equal(reply.statusCode, 401);
  assert.match(
    String(reply.headers['www-authenticate']),
    /^Keystone uri="http:\/\/.*\/identity\/v3"$/,
  );
  assert.deepEqual(Object.keys(reply.json()), ['unauthorized']);
  const other = await call('GET', '/network/v2.0/networks', { token: 'nonsense' });
  assert.equal(other.statusCode, 401);
  assert.equal(other.json().NeutronError.type, 'HTTPUnauthorized');
});

test('every reply carries the request id, errors included', async () => {
  for (const path of ['/compute/v2.1/things/x', '/nowhere', '/identity/v3']) {
    const reply = await call('GET', path);
    assert.match(String(reply.headers['x-openstack-request-id']), /^req-[0-9a-f-]{36}$/);
  }
  const reply = await call('GET', '/compute/v2.1/things/x');
  assert.equal(reply.headers['x-compute-request-id'], reply.headers['x-openstack-request-id']);
});

test('a role that does not reach is 403 and names the role; an unscoped token names the cure', async () => {
  const reply = await call('POST', '/compute/v2.1/things', {
    token: 'reader',
    payload: { thing: { name: 'a' } },
  });
  assert.equal(reply.statusCode, 403);
  assert.match(reply.json().forbidden.message, /role member.*reader/);
  const judged = await call('GET', '/compute/v2.1/things/x/judge', { token: 'reader' });
  assert.deepEqual(judged.json(), { roles: ['reader'] }, 'the handler decides');
  const nobody = await call('GET', '/compute/v2.1/things/x/judge', { token: 'unscoped' });
  assert.equal(nobody.statusCode, 403);
  const unscoped = await call('GET', '/compute/v2.1/things/x', { token: 'unscoped' });
  assert.equal(unscoped.statusCode, 403);
  assert.match(unscoped.json().forbidden.message, /OS_PROJECT_NAME/);
});

test('microversions: default, common and legacy header, latest, echo, 406 and 400', async () => {
  const plain = await call('GET', '/compute/v2.1/things/x', { token: 'reader' });
  assert.equal(plain.json().minor, 1);
  assert.equal(plain.headers['openstack-api-version'], 'compute 2.1');
  assert.equal(plain.headers['vary'], 'OpenStack-API-Version, X-OpenStack-Nova-API-Version');
  const common = await call('GET', '/compute/v2.1/things/x', {
    token: 'reader',
    headers: { 'openstack-api-version': 'placement 1.2, compute 2.40' },
  });
  assert.equal(common.json().minor, 40);
  assert.equal(common.headers['x-openstack-nova-api-version'], '2.40');
  const legacy = await call('GET', '/compute/v2.1/things/x', {
    token: 'reader',
    headers: { 'x-openstack-nova-api-version': 'latest' },
  });
  assert.equal(legacy.json().minor, 60);
  const beyond = await call('GET', '/compute/v2.1/things/x', {
    token: 'reader',
    headers: { 'openstack-api-version': 'compute 2.61' },
  });
  assert.equal(beyond.statusCode, 406);
  const nonsense = await call('GET', '/compute/v2.1/things/x', {
    token: 'reader',
    headers: { 'openstack-api-version': 'compute two' },
  });
  assert.equal(nonsense.statusCode, 400);
});

test('one path has the operation of its microversion', async () => {
  const body = { token: 'member', payload: { thing: { name: 'a' } } };
  const old = await call('POST', '/compute/v2.1/things', body);
  assert.equal(old.statusCode, 202);
  assert.equal(old.json().made, 'old');
  const now = await call('POST', '/compute/v2.1/things', {
    ...body,
    headers: { 'openstack-api-version': 'compute 2.10' },
  });
  assert.equal(now.statusCode, 201);
  assert.equal(now.json().made, 'new');
});

test('validation names the field, the rule and the value', async () => {
  const cases: [unknown, RegExp][] = [
    [{ thing: { name: 'x'.repeat(300) } }, /thing\.name: it is too long: at most 255/],
    [{ thing: { name: 'a', size: -1 } }, /thing\.size.*>= 0 \(value: -1\)/],
    [{ thing: {} }, /thing: it must have name/],
    [{ thing: { name: 'a', colour: 1 } }, /thing: it has unknown members: colour/],
    [[], /request body/],
    ['{"thing": ', /not valid JSON/],
    ['{"thing": {"name": "a\\u0000b"}}', /NUL/],
    ['{"thing": {"name": "a", "__proto__": {}}}', /__proto__/],
    ['{"thing": {"name": "a\\ud800"}}', /not Unicode/],
    ['{"thing": {"name": "a", "\\uDC00": 1}}', /not Unicode/],
    ['['.repeat(100) + ']'.repeat(100), /nested/],
  ];
  for (const [payload, expected] of cases) {
    const reply = await call('POST', '/compute/v2.1/things', { token: 'member', payload });
    assert.equal(reply.statusCode, 400, JSON.stringify(payload));
    assert.match(reply.json().badRequest.message, expected);
  }
  const query = await call('GET', '/compute/v2.1/things/x?limit=-1', { token: 'reader' });
  assert.equal(query.statusCode, 400);
  assert.match(query.json().badRequest.message, /query parameter limit/);
});

test('a body may write characters beyond the first plane as surrogate pairs', async () => {
  const payload = '{"thing": {"name": "\\ud83d\\ude00"}}';
  assert.equal(
    (await call('POST', '/compute/v2.1/things', { token: 'member', payload })).statusCode,
    202,
  );
});

test('a path that cannot be read is refused in the words of its service, with a request id', async () => {
  for (const part of ['%zz', '%C0%80', 'a'.repeat(2000)]) {
    const reply = await call('GET', `/compute/v2.1/things/${part}`, { token: 'reader' });
    assert.ok([400, 404, 414].includes(reply.statusCode), String(reply.statusCode));
    assert.match(String(reply.headers['x-openstack-request-id']), /^req-/);
    assert.equal(reply.headers['x-compute-request-id'], reply.headers['x-openstack-request-id']);
    assert.ok(Object.values<{ message: string }>(reply.json())[0]?.message);
  }
});

test('bodies: too large 413, wrong media type 415, none at all 400', async () => {
  const large = await call('POST', '/compute/v2.1/things', {
    token: 'member',
    payload: `{"thing":{"name":"${'x'.repeat(1024 * 1024)}"}}`,
  });
  assert.equal(large.statusCode, 413);
  assert.equal(large.json().overLimit.code, 413);
  const xml = await call('POST', '/compute/v2.1/things', {
    token: 'member',
    payload: '<thing/>',
    headers: { 'content-type': 'application/xml' },
  });
  assert.equal(xml.statusCode, 415);
  const none = await call('POST', '/compute/v2.1/things', { token: 'member' });
  assert.equal(none.statusCode, 400);
});

test('stream operations get the bytes as they come, above the limit of JSON', async () => {
  const reply = await call('PUT', '/compute/v2.1/things/x/file', {
    token: 'member',
    payload: Buffer.alloc(3 * 1024 * 1024),
    headers: { 'content-type': 'application/octet-stream' },
  });
  assert.equal(reply.json().size, 3 * 1024 * 1024);
});

test('unknown paths are 404 and wrong methods 405, each in the words of the service', async () => {
  const nothing = await call('GET', '/network/v2.0/nothing', { token: 'reader' });
  assert.equal(nothing.statusCode, 404);
  assert.equal(nothing.json().NeutronError.type, 'HTTPNotFound');
  const method = await call('PATCH', '/compute/v2.1/things/x', { token: 'member', payload: {} });
  assert.equal(method.statusCode, 405);
  assert.equal(method.headers['allow'], 'DELETE, GET');
  assert.equal(method.json().badMethod.code, 405);
  const image = await call('GET', '/image/v2/nothing', { token: 'reader' });
  assert.match(String(image.headers['content-type']), /^text\/html/);
});

test('a fault of the service keeps its words; an unexpected error tells no inside', async () => {
  const conflicting = await call('DELETE', '/compute/v2.1/things/x', { token: 'member' });
  assert.equal(conflicting.statusCode, 409);
  assert.equal(conflicting.json().conflictingRequest.message, 'The thing is in use.');
  const broken = await call('POST', '/compute/v2.1/broken');
  assert.equal(broken.statusCode, 500);
  assert.doesNotMatch(broken.body, /secret/);
  assert.match(broken.json().computeFault.message, /req-/);
});

test('discovery documents of every service, absolute and right behind a proxy', async () => {
  const identity = await call('GET', '/identity/');
  assert.equal(identity.statusCode, 300);
  assert.equal(
    identity.json().versions.values[0].links[0].href,
    'http://localhost:80/identity/v3/',
  );
  const alias = await call('GET', '/v3');
  assert.equal(alias.json().version.id, 'v3.14');
  assert.equal((await call('GET', '/image')).statusCode, 300);
  const root = await call('GET', '/compute/', {
    headers: {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'cloud.example',
      'x-forwarded-prefix': '/os',
    },
  });
  assert.equal(root.json().versions[0].links[0].href, 'https://cloud.example/os/compute/v2.1/');
  assert.equal(root.json().versions[0].version, '2.60');
  const resources = await call('GET', '/network/v2.0/');
  assert.deepEqual(
    resources.json().resources.map((r: { collection: string }) => r.collection),
    ['networks'],
  );
});

test('the OpenAPI document names every operation with its schema', async () => {
  const document = (await call('GET', '/openapi.json')).json();
  assert.equal(document.openapi, '3.1.0');
  assert.ok(
    document.paths['/compute/v2.1/things'].post.requestBody.content['application/json'].schema
      .properties.thing,
  );
  assert.deepEqual(
    document.paths['/compute/v2.1/things/{thing_id}'].get.parameters[0].name,
    'thing_id',
  );
});
