import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestIdentity, type Json, type TestIdentity } from '../testing.ts';

let cloud: TestIdentity;
before(async () => {
  cloud = await startTestIdentity();
});
after(() => cloud?.stop());

type Newcomer = Awaited<ReturnType<TestIdentity['newcomer']>>;
const path = (who: Newcomer, id?: string) =>
  `/users/${who.user.id}/application_credentials${id === undefined ? '' : `/${id}`}`;

const create = (who: Newcomer, attributes: object, token = who.token) =>
  cloud.call('POST', path(who), token, {
    application_credential: { name: 'robot', ...attributes },
  });

async function made(who: Newcomer, attributes: object = {}): Promise<Json> {
  const reply = await create(who, attributes);
  assert.equal(reply.status, 201, JSON.stringify(reply.json));
  return reply.json.application_credential;
}

const login = (credential: object, scope?: unknown) =>
  cloud.authenticate(
    { methods: ['application_credential'], application_credential: credential },
    scope,
  );

async function tokenOf({ id, secret }: Json): Promise<string> {
  const reply = await login({ id, secret });
  assert.equal(reply.status, 201, JSON.stringify(reply.json));
  return String(reply.headers['x-subject-token']);
}

test('a credential authenticates by id, and by name with its user, in its project', async () => {
  const who = await cloud.newcomer();
  const credential = await made(who, { description: 'for the builder' });
  assert.equal(credential.project_id, who.project.id);
  assert.equal(credential.unrestricted, false);
  assert.equal(credential.expires_at, null);
  assert.deepEqual(
    credential.roles.map((role: Json) => role.name),
    ['member', 'reader'],
  );
  const { id, secret } = credential;
  const domain = { id: 'default' };
  for (const given of [
    { id, secret },
    { name: 'robot', user: { id: who.user.id }, secret },
    { name: 'robot', user: { name: who.user.name, domain }, secret },
  ]) {
    const { status, json, headers } = await login(given);
    assert.equal(status, 201, JSON.stringify(json));
    assert.ok(String(headers['x-subject-token']).length <= 255);
    assert.deepEqual(json.token.methods, ['application_credential']);
    assert.equal(json.token.user.id, who.user.id);
    assert.equal(json.token.project.id, who.project.id);
    assert.deepEqual(json.token.application_credential, { id, name: 'robot', restricted: true });
  }
  for (const given of [
    { id, secret: `${secret}x` },
    { id: 'nothing', secret },
    { name: 'robot', user: { id: 'nobody' }, secret },
  ]) {
    assert.equal((await login(given)).status, 401);
  }
  assert.equal((await login({ name: 'robot', secret })).status, 400);
  assert.equal((await login({ id, secret }, { project: { id: who.project.id } })).status, 401);
});

test('the secret is told once, and stored as a hash', async () => {
  const who = await cloud.newcomer();
  const { id, secret } = await made(who, { secret: 'my own secret' });
  assert.equal(secret, 'my own secret');
  const shown = await cloud.call('GET', path(who, id), who.token);
  assert.equal(shown.status, 200);
  assert.equal(shown.json.application_credential.name, 'robot');
  const listed = await cloud.call('GET', `${path(who)}?name=robot`, who.token);
  assert.equal(listed.json.application_credentials.length, 1);
  assert.ok(!JSON.stringify([shown.json, listed.json]).includes('secret'));
  const tables = cloud.database.withTables<{
    'identity.application_credentials': { id: string; secret_hash: string };
  }>();
  const row = await tables
    .selectFrom('identity.application_credentials')
    .select('secret_hash')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  assert.match(row.secret_hash, /^\$argon2id\$/);
});

test('it has no more roles than were given to it, and than its user has', async () => {
  const who = await cloud.newcomer();
  const reader = await made(who, { roles: [{ name: 'reader' }] });
  const token = await tokenOf(reader);
  const caller = await cloud.identity.validate(token);
  assert.deepEqual([...(caller?.roles ?? [])], ['reader']);
  const member = await made(who, {
    name: 'implied',
    roles: [{ id: await cloud.roleId('member') }],
  });
  const implied = await cloud.identity.validate(await tokenOf(member));
  assert.deepEqual([...(implied?.roles ?? [])], ['member', 'reader']);

  const refused = await create(who, { name: 'too much', roles: [{ name: 'admin' }] });
  assert.equal(refused.status, 400);
  assert.match(refused.json.error.message, /Could not find role assignment with role: admin/);

  assert.equal((await cloud.call('DELETE', who.grant, cloud.admin)).status, 204);
  assert.equal(await cloud.identity.validate(token), undefined);
  assert.equal((await cloud.call('PUT', who.grant, cloud.admin)).status, 204);
  assert.equal((await login({ id: reader.id, secret: reader.secret })).status, 401);
});

test('a restricted one makes and deletes no others, an unrestricted one does', async () => {
  const who = await cloud.newcomer();
  const restricted = await made(who);
  const limited = await tokenOf(restricted);
  const attempt = await create(who, { name: 'child' }, limited);
  assert.equal(attempt.status, 403);
  assert.match(attempt.json.error.message, /not allowed for managing additional application cred/);
  assert.equal((await cloud.call('DELETE', path(who, restricted.id), limited)).status, 403);
  // Nor does a token made from its token free it.
  const again = await cloud.authenticate({ methods: ['token'], token: { id: limited } });
  assert.equal(again.status, 201);
  assert.equal((await create(who, {}, String(again.headers['x-subject-token']))).status, 403);
  const elsewhere = await cloud.authenticate(
    { methods: ['token'], token: { id: limited } },
    'unscoped',
  );
  assert.equal(elsewhere.status, 401);

  const free = await tokenOf(await made(who, { name: 'free', unrestricted: true }));
  assert.equal((await create(who, { name: 'child' }, free)).status, 201);
  assert.equal((await cloud.call('DELETE', path(who, restricted.id), free)).status, 204);
  assert.equal(await cloud.identity.validate(limited), undefined, 'its tokens end with it');
  assert.equal((await cloud.call('GET', path(who, restricted.id), free)).status, 404);
});

test('others neither see nor make them', async () => {
  const [who, other] = [await cloud.newcomer(), await cloud.newcomer()];
  const { id } = await made(who);
  assert.equal((await create(who, { name: 'planted' }, other.token)).status, 403);
  assert.equal((await create(who, { name: 'planted' }, cloud.admin)).status, 403);
  assert.equal((await cloud.call('GET', path(who), other.token)).status, 403);
  assert.equal((await cloud.call('GET', path(other, id), other.token)).status, 404);
  assert.equal((await cloud.call('DELETE', path(other, id), other.token)).status, 404);
  assert.equal((await cloud.call('DELETE', path(who, id), other.token)).status, 403);
  assert.equal((await cloud.call('GET', path(who, id), cloud.admin)).status, 200);
  assert.equal((await cloud.call('DELETE', path(who, id), cloud.admin)).status, 204);
});

test('it ends when it said it would, and its tokens not later', async () => {
  const who = await cloud.newcomer();
  const soon = new Date(Date.now() + 60_000).toISOString().slice(0, 19);
  const { id, secret, expires_at: expiry } = await made(who, { expires_at: soon });
  assert.equal(expiry, `${soon}.000000`);
  assert.equal((await login({ id, secret })).json.token.expires_at, `${expiry}Z`);
  for (const wrong of ['2001-01-01T00:00:00Z', 'tomorrow', '2099-13-45T00:00:00Z']) {
    const reply = await create(who, { name: 'late', expires_at: wrong });
    assert.equal(reply.status, 400, wrong);
    assert.match(reply.json.error.message, /expires_at/);
  }
});

test('a name is used once a user', async () => {
  const [who, other] = [await cloud.newcomer(), await cloud.newcomer()];
  await made(who);
  await made(other);
  const twice = await create(who, {});
  assert.equal(twice.status, 409);
  assert.match(twice.json.error.message, /Duplicate entry found with name robot/);
});

test('access rules limit the tokens, and stay while they are used', async () => {
  const who = await cloud.newcomer();
  const rule = { service: 'identity', method: 'GET', path: '/v3/auth/*' };
  const credential = await made(who, { access_rules: [rule, rule] });
  const [made1] = credential.access_rules;
  assert.deepEqual(credential.access_rules, [{ id: made1.id, ...rule }]);
  const token = await tokenOf(credential);
  assert.equal((await cloud.call('GET', '/auth/projects', token)).status, 200);
  const refused = await cloud.call('GET', `/users/${who.user.id}`, token);
  assert.equal(refused.status, 403);
  assert.match(refused.json.error.message, /access rules do not permit GET \/identity\/v3\/users/);

  // A service that does not know access rules must not take the token for an unlimited one.
  const ask = (headers: Record<string, string>) =>
    cloud.call('GET', '/auth/tokens', who.token, undefined, {
      'x-subject-token': token,
      ...headers,
    });
  assert.equal((await ask({})).status, 404);
  const known = await ask({ 'openstack-identity-access-rules': '1.0' });
  assert.deepEqual(known.json.token.application_credential.access_rules, [
    { id: made1.id, ...rule },
  ]);

  const second = await made(who, { name: 'second', access_rules: [{ id: made1.id }] });
  const rules = `/users/${who.user.id}/access_rules`;
  assert.equal((await cloud.call('GET', rules, who.token)).json.access_rules.length, 1);
  assert.equal(
    (await cloud.call('GET', `${rules}?method=POST`, who.token)).json.access_rules.length,
    0,
  );
  const used = await cloud.call('DELETE', `${rules}/${made1.id}`, who.token);
  assert.equal(used.status, 403);
  assert.match(used.json.error.message, /in use by an application credential/);
  for (const { id } of [credential, second]) {
    assert.equal((await cloud.call('DELETE', path(who, id), who.token)).status, 204);
  }
  assert.equal((await cloud.call('GET', `${rules}/${made1.id}`, who.token)).status, 200);
  const other = await cloud.newcomer();
  assert.equal((await cloud.call('GET', `${rules}/${made1.id}`, other.token)).status, 403);
  const stolen = await create(other, { access_rules: [{ id: made1.id }] });
  assert.equal(stolen.status, 404);
  assert.equal((await cloud.call('DELETE', `${rules}/${made1.id}`, who.token)).status, 204);
  assert.equal((await cloud.call('GET', `${rules}/${made1.id}`, who.token)).status, 404);
});

test('it ends with its user and with its project', async () => {
  const who = await cloud.newcomer();
  const rule = { service: 'compute', method: 'GET', path: '/v2.1/servers' };
  const credential = await made(who, { access_rules: [rule] });
  const token = await tokenOf(credential);
  await cloud.call('DELETE', `/projects/${who.project.id}`, cloud.admin);
  assert.equal(await cloud.identity.validate(token), undefined);
  assert.equal((await login({ id: credential.id, secret: credential.secret })).status, 401);
  const other = await cloud.newcomer();
  const second = await made(other, { access_rules: [rule] });
  assert.equal((await cloud.call('DELETE', `/users/${other.user.id}`, cloud.admin)).status, 204);
  assert.equal((await login({ id: second.id, secret: second.secret })).status, 401);
});
