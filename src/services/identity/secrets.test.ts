import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { createLogger } from '../../core/log.ts';
import { startTestIdentity, type TestIdentity, type TestReply } from './testing.ts';

/** What must never be told: it stands in requests of every kind, good and bad. */
const SECRETS = {
  password: 'hunter2-the-password',
  next: 'hunter3-the-next-password',
  secret: 'sesame-of-the-application-credential',
  blob: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
  ldap: 'the-password-of-the-directory',
  ec2: 'the-secret-of-the-access-key',
};

let log = '';
let cloud: TestIdentity;
before(async () => {
  cloud = await startTestIdentity({}, createLogger('test', 'trace', { write: (line) => (log += line) })); // prettier-ignore
});
after(() => cloud?.stop());

test('no secret is in a log or in an error', async () => {
  const errors: string[] = [];
  const told = (reply: TestReply): TestReply => {
    if (reply.status >= 400) errors.push(JSON.stringify([reply.headers, reply.json]));
    return reply;
  };
  const call = async (...given: Parameters<TestIdentity['call']>) =>
    told(await cloud.call(...given));
  const { admin } = cloud;
  const S = SECRETS;

  const users = await Promise.all(
    [{ password: S.password }, { password: [S.password] }, { password: { x: S.password } }].map(
      (given) => call('POST', '/users', admin, { user: { name: 'u', ...given } }),
    ),
  );
  assert.deepEqual(
    users.map(({ status }) => status),
    [201, 400, 400],
  );
  const user = users[0]!.json.user.id as string;
  await call('POST', '/users', admin, { user: { name: 'u', password: S.password } });
  await call('POST', '/users', admin, { user: { name: 'v', password: S.password.repeat(500) } });
  await call('PATCH', `/users/${user}`, admin, { user: { password: S.password, enabled: 'x' } });
  const change = (original_password: unknown, password: unknown) =>
    call('POST', `/users/${user}/password`, undefined, { user: { original_password, password } });
  assert.equal((await change('wrong', S.next)).status, 401);
  assert.equal((await change(S.password, S.password)).status, 400);
  assert.equal((await change([S.password], S.next)).status, 400);
  assert.equal((await change(S.password, S.next)).status, 204);

  const login = (password: unknown, rest: object = {}) =>
    call('POST', '/auth/tokens', undefined, {
      auth: { identity: { methods: ['password'], password: { user: { id: user, password } } }, ...rest }, // prettier-ignore
    });
  assert.equal((await login(S.password)).status, 401);
  assert.equal((await login([S.next])).status, 400);
  assert.equal((await login(S.next, { scope: 'nowhere' })).status, 400);
  const token = String((await login(S.next)).headers['x-subject-token']);
  assert.equal((await call('GET', '/users', token)).status, 403);

  const path = `/users/${user}/credentials/OS-EC2`;
  const make = (credential: object) => call('POST', '/credentials', token, { credential });
  await make({ type: 'totp', blob: S.blob });
  await make({ type: 'ec2', blob: `{"access": "a", "secret": "${S.ec2}"`, project_id: 'x' });
  await make({ type: 'ec2', blob: { secret: S.ec2 } });
  await make({ type: 'ec2', blob: JSON.stringify({ secret: S.ec2 }), project_id: 'missing' });
  await call('POST', path, token, { tenant_id: 'missing' });
  const application = { name: 'a', secret: S.secret, roles: 'none' };
  await call('POST', `/users/${user}/application_credentials`, token, {
    application_credential: application,
  });
  await cloud
    .authenticate({
      methods: ['application_credential'],
      application_credential: { id: 'x', secret: S.secret },
    })
    .then(told);
  const config = { ldap: { password: S.ldap, nothing: S.ldap } };
  await call('PUT', '/domains/default/config', admin, { config });
  await call('GET', '/auth/tokens', token, undefined, { 'x-subject-token': `${token}x` });
  await call('GET', `/projects`, `${token}x`);

  // The worst: the database fails in the middle.
  await sql`alter table identity.users rename column password_hash to hidden`.execute(
    cloud.database,
  );
  assert.equal((await login(S.next)).status, 500);
  assert.equal((await change(S.next, S.password)).status, 500);
  await call('POST', '/users', admin, { user: { name: 'w', password: S.password } });
  await sql`alter table identity.credentials rename column sealed_blob to hidden`.execute(
    cloud.database,
  );
  assert.equal((await make({ type: 'totp', blob: S.blob })).status, 500);

  assert.ok(errors.length > 15, `${errors.length} errors`);
  assert.ok(log.includes('"operation":"change_password"') && log.includes('"msg":"failed"'));
  for (const [name, secret] of Object.entries({ ...SECRETS, token, admin })) {
    assert.ok(!log.includes(secret), `${name} is in the log`);
    for (const error of errors) assert.ok(!error.includes(secret), `${name} is in ${error}`);
  }
  assert.ok(!log.includes('$argon2id$'), 'a hash is in the log');
});
