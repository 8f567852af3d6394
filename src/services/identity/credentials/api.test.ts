import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestIdentity, type TestIdentity } from '../testing.ts';

let cloud: TestIdentity;
before(async () => {
  cloud = await startTestIdentity();
});
after(() => cloud?.stop());

test('a credential is its user’s, whole to read and sealed in the database', async () => {
  const [who, other] = [await cloud.newcomer(), await cloud.newcomer()];
  const body = { credential: { type: 'totp', blob: 'GEZDGNBVGY3TQOJQ' } };
  const made = await cloud.call('POST', '/credentials', who.token, body);
  assert.equal(made.status, 201, JSON.stringify(made.json));
  const { id, ...rest } = made.json.credential;
  assert.equal(rest.user_id, who.user.id);
  assert.equal(rest.blob, body.credential.blob);
  const tables = cloud.database.withTables<{
    'identity.credentials': { id: string; sealed_blob: string };
  }>();
  const row = await tables
    .selectFrom('identity.credentials')
    .select('sealed_blob')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  assert.match(row.sealed_blob, /^gAAAA/);

  for (const method of ['GET', 'DELETE'] as const) {
    assert.equal((await cloud.call(method, `/credentials/${id}`, other.token)).status, 403);
  }
  const planted = { credential: { ...body.credential, user_id: who.user.id } };
  assert.equal((await cloud.call('POST', '/credentials', other.token, planted)).status, 403);
  assert.deepEqual((await cloud.call('GET', '/credentials', other.token)).json.credentials, []);
  const listed = await cloud.call('GET', '/credentials?type=totp', who.token);
  assert.equal(listed.json.credentials.length, 1);

  const change = { credential: { blob: 'another' } };
  const changed = await cloud.call('PATCH', `/credentials/${id}`, who.token, change);
  assert.equal(changed.json.credential.blob, 'another');
  const given = { credential: { user_id: other.user.id } };
  assert.equal((await cloud.call('PATCH', `/credentials/${id}`, who.token, given)).status, 403);
  assert.equal((await cloud.call('DELETE', `/credentials/${id}`, who.token)).status, 204);
  assert.equal((await cloud.call('GET', `/credentials/${id}`, cloud.admin)).status, 404);
});

test('access keys are credentials of type ec2', async () => {
  const [who, other] = [await cloud.newcomer(), await cloud.newcomer()];
  const path = `/users/${who.user.id}/credentials/OS-EC2`;
  const made = await cloud.call('POST', path, who.token, { tenant_id: who.project.id });
  assert.equal(made.status, 201, JSON.stringify(made.json));
  const { access, secret, tenant_id: tenant } = made.json.credential;
  assert.equal(tenant, who.project.id);
  const shown = await cloud.call('GET', `${path}/${access}`, who.token);
  assert.equal(shown.json.credential.secret, secret);
  assert.equal((await cloud.call('GET', path, who.token)).json.credentials.length, 1);
  const [plain] = (await cloud.call('GET', '/credentials', who.token)).json.credentials;
  assert.equal(JSON.parse(plain.blob).access, access);

  const again = {
    credential: { type: 'ec2', blob: JSON.stringify({ access, secret: 'x' }), project_id: tenant },
  };
  assert.equal((await cloud.call('POST', '/credentials', who.token, again)).status, 409);
  for (const wrong of [
    { type: 'ec2', blob: '{}', project_id: tenant },
    { type: 'ec2', blob: 'no JSON', project_id: tenant },
    { type: 'ec2', blob: again.credential.blob },
  ]) {
    const reply = await cloud.call('POST', '/credentials', who.token, { credential: wrong });
    assert.equal(reply.status, 400);
  }
  const foreign = await cloud.call('POST', path, who.token, { tenant_id: other.project.id });
  assert.equal(foreign.status, 403);
  assert.equal((await cloud.call('GET', path, other.token)).status, 403);
  const elsewhere = `/users/${other.user.id}/credentials/OS-EC2/${access}`;
  assert.equal((await cloud.call('GET', elsewhere, other.token)).status, 404);
  assert.equal((await cloud.call('DELETE', `${path}/${access}`, who.token)).status, 204);
  assert.equal((await cloud.call('GET', `${path}/${access}`, who.token)).status, 404);
});

test('a restricted application credential neither makes nor deletes any', async () => {
  const who = await cloud.newcomer();
  const { json } = await cloud.call(
    'POST',
    `/users/${who.user.id}/application_credentials`,
    who.token,
    { application_credential: { name: 'robot' } },
  );
  const { id, secret } = json.application_credential;
  const reply = await cloud.authenticate({
    methods: ['application_credential'],
    application_credential: { id, secret },
  });
  const token = String(reply.headers['x-subject-token']);
  const path = `/users/${who.user.id}/credentials/OS-EC2`;
  const keys = await cloud.call('POST', path, token, { tenant_id: who.project.id });
  assert.equal(keys.status, 403);
  const body = { credential: { type: 'totp', blob: 'x' } };
  assert.equal((await cloud.call('POST', '/credentials', token, body)).status, 403);
});
