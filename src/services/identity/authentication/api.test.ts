import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { credentials, project, startRoom, type Room } from './testing.ts';
import type { Json } from '../testing.ts';

let room: Room;
let home: Room['home'];
before(async () => {
  room = await startRoom();
  ({ home } = room);
});
after(() => room?.stop());

const call: Room['call'] = (...given) => room.call(...given);
const make: Room['make'] = (...given) => room.make(...given);

test('a token says who, where, with which roles, and where the services are', async () => {
  const reply = await call('POST', '/auth/tokens', {
    body: credentials('admin', home.password('admin'), project('admin')),
  });
  assert.equal(reply.status, 201);
  const token = String(reply.headers['x-subject-token']);
  assert.match(token, /^gAAAA[\w-]+$/);
  assert.ok(token.length <= 255, `${token.length} characters`);
  const document = reply.json.token;
  assert.deepEqual(document.methods, ['password']);
  assert.equal(document.user.name, 'admin');
  assert.deepEqual(document.user.domain, { id: 'default', name: 'Default' });
  assert.equal(document.project.name, 'admin');
  assert.deepEqual(
    document.roles.map((role: Json) => role.name),
    ['admin', 'manager', 'member', 'reader'],
  );
  assert.equal(Date.parse(document.expires_at) - Date.parse(document.issued_at), 3_600_000);
  assert.match(document.expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  const urls = Object.fromEntries(
    document.catalog.map((entry: Json) => [
      entry.type,
      entry.endpoints.find((endpoint: Json) => endpoint.interface === 'public').url,
    ]),
  );
  assert.deepEqual(urls, {
    identity: 'http://cloud.example:8080/identity',
    image: 'http://cloud.example:8080/image',
    compute: 'http://cloud.example:8080/compute/v2.1',
    placement: 'http://cloud.example:8080/placement',
    network: 'http://cloud.example:8080/network',
    orchestration: `http://cloud.example:8080/orchestration/v1/${document.project.id}`,
  });
});

test('credentials that do not fit get one answer, whatever is wrong with them', async () => {
  const right = home.password('admin');
  const disabled = await make('user', { password: 'secret', enabled: false });
  const wrong = [
    credentials('admin', `${right}x`),
    credentials('nobody', right),
    credentials(disabled.name, 'secret'),
    credentials('admin', right, project('nowhere')),
    credentials('demo', home.password('demo'), project('admin')),
    credentials('demo', home.password('demo'), { system: { all: true } }),
  ];
  const bodies = new Set<string>();
  for (const body of wrong) {
    const reply = await call('POST', '/auth/tokens', { body });
    assert.equal(reply.status, 401);
    assert.match(String(reply.headers['www-authenticate']), /Keystone uri="http.*\/identity\/v3"/);
    bodies.add(JSON.stringify(reply.json));
  }
  assert.equal(bodies.size, 1, [...bodies].join('\n'));
  assert.match([...bodies][0]!, /requires authentication/);
});

test('requests that make no sense name the field', async () => {
  const cases: [unknown, RegExp][] = [
    [{}, /auth/],
    [{ auth: { identity: { methods: [] } } }, /methods/],
    [credentials('admin', 'x', { project: { name: 'admin' } }), /domain/],
    [credentials('admin', 'x', { ...project('admin'), system: { all: true } }), /one scope/],
    [
      {
        auth: {
          identity: { methods: ['password'], password: { user: { name: 'a', password: 'b' } } },
        },
      },
      /domain/,
    ],
  ];
  for (const [body, sentence] of cases) {
    const reply = await call('POST', '/auth/tokens', { body });
    assert.equal(reply.status, 400, JSON.stringify(body));
    assert.match(reply.json.error.message, sentence);
  }
});

test('tokens are scoped to a project, a domain, the system or nothing', async () => {
  const secret = home.password('admin');
  const scopes: [unknown, (token: Json) => void][] = [
    [{ domain: { id: 'default' } }, (token) => assert.equal(token.domain.name, 'Default')],
    [{ system: { all: true } }, (token) => assert.deepEqual(token.system, { all: true })],
    [
      'unscoped',
      (token) => {
        assert.equal(token.project, undefined);
        assert.equal(token.roles, undefined);
        assert.equal(token.catalog, undefined);
      },
    ],
    [undefined, (token) => assert.equal(token.project.name, 'admin')], // the user's default project
  ];
  for (const [scope, verify] of scopes) {
    const { json } = await call('POST', '/auth/tokens', {
      body: credentials('admin', secret, scope),
    });
    verify(json.token);
  }
});

test('a token made from a token ends with it and names its audit id', async () => {
  const first = await call('POST', '/auth/tokens', {
    body: credentials('demo', home.password('demo'), 'unscoped'),
  });
  const second = await call('POST', '/auth/tokens', {
    body: {
      auth: {
        identity: { methods: ['token'], token: { id: first.headers['x-subject-token'] } },
        scope: project('demo'),
      },
    },
  });
  assert.equal(second.status, 201);
  assert.equal(second.json.token.expires_at, first.json.token.expires_at);
  assert.equal(second.json.token.audit_ids[1], first.json.token.audit_ids[0]);
  assert.deepEqual(second.json.token.methods, ['password', 'token']);
  assert.equal(second.json.token.project.name, 'demo');
});

test('a token that has ended is 404, as in Keystone', async () => {
  const body = { auth: { identity: { methods: ['token'], token: { id: 'gAAAAnonsense' } } } };
  assert.equal((await call('POST', '/auth/tokens', { body })).status, 404);
});
