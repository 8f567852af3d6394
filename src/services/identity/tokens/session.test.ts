import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createServer } from '../../../http/server.ts';
import { credentials, eventually, startRoom, type Room } from '../authentication/testing.ts';

let room: Room;
let home: Room['home'];
let identity: Room['identity'];
let admin: Room['admin'];
before(async () => {
  room = await startRoom();
  ({ home, identity, admin } = room);
});
after(() => room?.stop());

const call: Room['call'] = (...given) => room.call(...given);
const login: Room['login'] = (...given) => room.login(...given);
const login2: Room['login2'] = (...given) => room.login2(...given);
const make: Room['make'] = (...given) => room.make(...given);
const newcomer: Room['newcomer'] = (...given) => room.newcomer(...given);
const open: Room['open'] = (...given) => room.open(...given);

test('a token can be looked at by its owner and by administrators, and revoked', async () => {
  const { token } = await newcomer();
  const other = await newcomer();
  const headers = { 'x-subject-token': token };
  assert.equal((await call('GET', '/auth/tokens', { token, headers })).status, 200);
  assert.equal((await call('HEAD', '/auth/tokens', { token: admin, headers })).status, 200);
  assert.equal((await call('GET', '/auth/tokens', { token: other.token, headers })).status, 403);
  const shown = await call('GET', '/auth/tokens?nocatalog', { token: admin, headers });
  assert.equal(shown.headers['x-subject-token'], token);
  assert.equal(shown.json.token.catalog, undefined);

  const elsewhere = open(); // another control plane, which has this token in memory
  assert.ok(await elsewhere.validate(token));
  assert.equal((await call('DELETE', '/auth/tokens', { token, headers })).status, 204);
  assert.equal(await identity.validate(token), undefined);
  assert.equal((await call('GET', '/auth/tokens', { token: admin, headers })).status, 404);
  await eventually(async () => (await elsewhere.validate(token)) === undefined);
});

test('what ends a token: password, disabling user, project or domain, the last role, deletion', async () => {
  const patch = (path: string, body: unknown) => call('PATCH', path, { token: admin, body });
  const domain = await make('domain');
  type Newcomer = Awaited<ReturnType<typeof newcomer>>;
  const ends: [string, (who: Newcomer) => Promise<{ status: number }>][] = [
    ['reset', ({ user }) => patch(`/users/${user.id}`, { user: { password: 'other' } })],
    ['user disabled', ({ user }) => patch(`/users/${user.id}`, { user: { enabled: false } })],
    [
      'project disabled',
      (who) => patch(`/projects/${who.project.id}`, { project: { enabled: false } }),
    ],
    ['role taken', ({ grant }) => call('DELETE', grant, { token: admin })],
    ['user deleted', ({ user }) => call('DELETE', `/users/${user.id}`, { token: admin })],
    ['project deleted', (who) => call('DELETE', `/projects/${who.project.id}`, { token: admin })],
    [
      'own change',
      ({ user }) =>
        call('POST', `/users/${user.id}/password`, {
          body: { user: { original_password: 'secret', password: 'other' } },
        }),
    ],
  ];
  for (const [name, end] of ends) {
    const who = await newcomer();
    assert.ok(await identity.validate(who.token), name);
    const reply = await end(who);
    assert.ok(reply.status < 300, `${name}: ${reply.status}`);
    assert.equal(await identity.validate(who.token), undefined, name);
  }

  const inDomain = await make('user', { password: 'secret', domain_id: domain.id });
  const token = await login2(inDomain.id);
  assert.ok(await identity.validate(token));
  await patch(`/domains/${domain.id}`, { domain: { enabled: false } });
  assert.equal(await identity.validate(token), undefined);
  await patch(`/domains/${domain.id}`, { domain: { enabled: true } });
  assert.equal(await identity.validate(token), undefined, 'a disabled domain ends tokens for good');
  assert.ok(await identity.validate(await login2(inDomain.id)));
});

test('tokens end by themselves', async () => {
  const brief = open(0.2);
  const server = createServer({
    services: [brief],
    validate: (token) => brief.validate(token),
    log: home.log,
    fallbackHost: 'x',
  });
  const reply = await server.inject({
    method: 'POST',
    url: '/identity/v3/auth/tokens',
    payload: credentials('demo', home.password('demo')),
  });
  const token = String(reply.headers['x-subject-token']);
  assert.equal(reply.statusCode, 201);
  await eventually(async () => (await brief.validate(token)) === undefined);
  assert.equal(await identity.validate(token), undefined);
  await server.close();
});

test('rotating the keys keeps tokens good, in other processes too', async () => {
  const elsewhere = open();
  const before = await login('demo', home.password('demo'));
  await identity.rotate();
  const between = await login('demo', home.password('demo'));
  await identity.rotate();
  const last = await login('demo', home.password('demo'));
  for (const token of [before, between, last]) {
    assert.ok(await identity.validate(token));
    assert.ok(await elsewhere.validate(token));
  }
  assert.equal(await identity.validate(last.slice(0, -3) + 'abc'), undefined);
});

test('a token made elsewhere, of one that has just ended here, ends as well', async () => {
  const elsewhere = open();
  const other = createServer({
    services: [elsewhere],
    validate: (token) => elsewhere.validate(token),
    log: home.log,
    fallbackHost: 'x',
  });
  const who = await newcomer();
  const again = () =>
    other.inject({
      method: 'POST',
      url: '/identity/v3/auth/tokens',
      payload: { auth: { identity: { methods: ['token'], token: { id: who.token } } } },
    });
  assert.equal((await again()).statusCode, 201); // and now it remembers who that is
  const body = { user: { password: 'other' } };
  assert.equal((await call('PATCH', `/users/${who.user.id}`, { token: admin, body })).status, 200);
  const reply = await again();
  const made = String(reply.headers['x-subject-token']);
  if (reply.statusCode === 201) assert.equal(await identity.validate(made), undefined);
  await eventually(async () => (await again()).statusCode === 404);
  assert.equal(await elsewhere.validate(made), undefined);
  await other.close();
});
