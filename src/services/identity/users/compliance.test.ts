import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { identityOptions } from '../options.ts';
import { startTestIdentity, type Json, type TestIdentity } from '../testing.ts';

let cloud: TestIdentity;
before(async () => {
  cloud = await startTestIdentity({
    security_compliance: {
      unique_last_password_count: 3,
      password_regex: '[a-z]{3}',
      password_regex_description: 'three small letters at the beginning',
      password_expires_days: 10,
      change_password_upon_first_use: true,
      lockout_failure_attempts: 2,
      lockout_duration: 1000,
      disable_user_account_days_inactive: 30,
      minimum_password_age: 1,
    },
  });
});
after(() => cloud?.stop());

let serial = 0;
async function make(options: object = {}, password = 'secret'): Promise<Json> {
  const user = { name: `u${++serial}`, password, options };
  const reply = await cloud.call('POST', '/users', cloud.admin, { user });
  assert.equal(reply.status, 201, JSON.stringify(reply.json));
  return reply.json.user;
}
const EXEMPT = { ignore_change_password_upon_first_use: true };
const login = (user: Json, password: string) =>
  cloud.authenticate({ methods: ['password'], password: { user: { id: user.id, password } } });
const change = (user: Json, original_password: string, password: string) =>
  cloud.call('POST', `/users/${user.id}/password`, undefined, {
    user: { original_password, password },
  });
const run = (statement: ReturnType<typeof sql>) => statement.execute(cloud.database);
const older = (user: Json) =>
  run(
    sql`update identity.users set password_created_at = now() - interval '2 days' where id = ${user.id}`,
  );

test('who got a password from an administrator changes it first; then it expires in time', async () => {
  const user = await make();
  assert.ok(Date.parse(`${user.password_expires_at}Z`) <= Date.now());
  const refused = await login(user, 'secret');
  assert.equal(refused.status, 401);
  assert.match(refused.json.error.message, new RegExp(`expired.*${user.id}`));
  assert.equal((await change(user, 'secret', 'another')).status, 204);
  const { status, json } = await login(user, 'another');
  assert.equal(status, 201);
  const days = (Date.parse(`${json.token.user.password_expires_at}Z`) - Date.now()) / 86_400_000;
  assert.ok(days > 9.9 && days <= 10, String(days));
  const never = await make({ ...EXEMPT, ignore_password_expiry: true });
  assert.equal(never.password_expires_at, null);
  assert.equal((await login(never, 'secret')).status, 201);
});

test('users are found by when their passwords expire', async () => {
  const user = await make(EXEMPT);
  const names = async (filter: string): Promise<[number, boolean]> => {
    const { status, json } = await cloud.call(
      'GET',
      `/users?password_expires_at=${encodeURIComponent(filter)}&name=${user.name}`,
      cloud.admin,
    );
    return [status, json.users?.length === 1];
  };
  assert.deepEqual(await names('gt:2020-01-01T00:00:00Z'), [200, true]);
  assert.deepEqual(await names('lt:2020-01-01T00:00:00Z'), [200, false]);
  assert.deepEqual(await names(user.password_expires_at), [200, true]);
  assert.deepEqual(await names(`neq:${user.password_expires_at}`), [200, false]);
  for (const bad of ['almost:2020-01-01T00:00:00Z', 'lt:soon'])
    assert.equal((await names(bad))[0], 400);
});

test('passwords match the pattern, from their beginning', async () => {
  const user = { name: 'weak', password: '1abc' };
  const refused = await cloud.call('POST', '/users', cloud.admin, { user });
  assert.equal(refused.status, 400);
  assert.match(refused.json.error.message, /three small letters at the beginning/);
  const strong = await make(EXEMPT);
  assert.equal((await change(strong, 'secret', 'AB')).status, 400);
  const path = `/users/${strong.id}`;
  const reset = await cloud.call('PATCH', path, cloud.admin, { user: { password: 'X' } });
  assert.equal(reset.status, 400);
});

test('the last passwords are not taken again, and the own one stays for a while', async () => {
  const user = await make(EXEMPT, 'first');
  assert.equal((await change(user, 'first', 'second')).status, 204);
  assert.match((await change(user, 'second', 'third')).json.error.message, /minimum password age/);
  await older(user);
  assert.equal((await change(user, 'second', 'third')).status, 204);
  await older(user);
  for (const used of ['first', 'second']) {
    const reply = await change(user, 'third', used);
    assert.equal(reply.status, 400);
    assert.match(reply.json.error.message, /previous password.*3/);
  }
  assert.equal((await change(user, 'third', 'fourth')).status, 204);
  await older(user);
  assert.equal(
    (await change(user, 'fourth', 'first')).status,
    204,
    'the fourth before is forgotten',
  );
});

test('a locked password is changed by administrators only', async () => {
  const user = await make({ ...EXEMPT, lock_password: true });
  assert.match((await change(user, 'secret', 'another')).json.error.message, /administrator/);
  const body = { user: { password: 'another' } };
  assert.equal((await cloud.call('PATCH', `/users/${user.id}`, cloud.admin, body)).status, 200);
  assert.equal((await login(user, 'another')).status, 201);
});

test('wrong passwords lock a user out until time has passed or an administrator enables it', async () => {
  const user = await make(EXEMPT);
  const ends = [
    () =>
      run(
        sql`update identity.users set failed_at = now() - interval '1001 seconds' where id = ${user.id}`,
      ),
    () => cloud.call('PATCH', `/users/${user.id}`, cloud.admin, { user: { enabled: true } }),
  ];
  for (const end of ends) {
    for (let time = 0; time < 2; time++) assert.equal((await login(user, 'wrong')).status, 401);
    const refused = await login(user, 'secret');
    assert.equal(refused.status, 401);
    assert.ok(!/lock/.test(refused.json.error.message), 'nobody learns that there is such a user');
    assert.equal((await change(user, 'secret', 'another')).status, 401);
    await end();
    assert.equal((await login(user, 'secret')).status, 201);
  }
  const exempt = await make({ ...EXEMPT, ignore_lockout_failure_attempts: true });
  for (let time = 0; time < 8; time++) assert.equal((await login(exempt, 'wrong')).status, 401);
  assert.equal((await login(exempt, 'secret')).status, 201);
});

test('who did not log in for long is disabled, and its tokens end', async () => {
  const long = (user: Json) =>
    run(
      sql`update identity.users set last_active_at = now() - interval '31 days' where id = ${user.id}`,
    );
  const user = await make(EXEMPT);
  const token = String((await login(user, 'secret')).headers['x-subject-token']);
  await long(user);
  assert.equal((await login(user, 'secret')).status, 401);
  assert.equal(await cloud.identity.validate(token), undefined);
  const shown = await cloud.call('GET', `/users/${user.id}`, cloud.admin);
  assert.equal(shown.json.user.enabled, false);
  await cloud.call('PATCH', `/users/${user.id}`, cloud.admin, { user: { enabled: true } });
  assert.equal((await login(user, 'secret')).status, 201);
  const exempt = await make({ ...EXEMPT, ignore_user_inactivity: true });
  await long(exempt);
  assert.equal((await login(exempt, 'secret')).status, 201);
});

test('a hash of a Keystone is replaced at the first login, and the user’s tokens live on', async () => {
  const user = await make({ ...EXEMPT, ignore_lockout_failure_attempts: true });
  const bcrypt = '$2b$04$x7Jn0QP/yi1j1e5Z9ZoLkuVXo3yF71PtQizsYBUyuu4GV6mzGGdHi';
  const token = String((await login(user, 'secret')).headers['x-subject-token']);
  await run(sql`update identity.users set password_hash = ${bcrypt} where id = ${user.id}`);
  const stored = async () => {
    const { rows } = await sql<{ password_hash: string }>`
      select password_hash from identity.users where id = ${user.id}`.execute(cloud.database);
    return rows[0]!.password_hash;
  };
  assert.equal((await login(user, 'secret')).status, 401);
  assert.equal(await stored(), bcrypt);
  assert.equal((await login(user, 'pässword')).status, 201);
  assert.match(await stored(), /^\$argon2id\$/);
  assert.equal((await login(user, 'pässword')).status, 201);
  assert.ok(await cloud.identity.validate(token));
});

test('options that are wrong are told by name', () => {
  assert.equal(identityOptions({}).security_compliance.lockout_duration, 1800);
  for (const [given, sentence] of [
    [{ security_compliance: { password_regex: '(' } }, /password_regex/],
    [
      { security_compliance: { lockout_duration: 'long' } },
      /security_compliance\.lockout_duration/,
    ],
    [{ unified_limit: { enforcement_model: 'round' } }, /enforcement_model/],
    [{ colours: {} }, /identity/],
    [[], /identity/],
  ] as const)
    assert.throws(() => identityOptions(given), sentence);
});
