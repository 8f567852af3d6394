import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestIdentity, type Json, type TestIdentity } from '../testing.ts';
import { rulesOf, suffices } from './factors.ts';
import { fromBase32, passcode, passcodeFits } from './totp.ts';

let cloud: TestIdentity;
before(async () => {
  cloud = await startTestIdentity();
});
after(() => cloud?.stop());

/** Appendix B of RFC 6238, of which six digits are left. */
test('one-time passwords are those of the RFC', () => {
  const seed = Buffer.from('12345678901234567890');
  for (const [seconds, code] of [
    [59, '287082'],
    [1111111109, '081804'],
    [1234567890, '005924'],
    [20000000000, '353130'],
  ] as const)
    assert.equal(passcode(seed, seconds * 1000), code);
  assert.deepEqual(fromBase32('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'), seed);
  assert.deepEqual(fromBase32('mfrgg==='), Buffer.from('abc'));
  for (const bad of ['', '1', 'a b', '%'] as const) assert.equal(fromBase32(bad), undefined);
});

test('a one-time password is good for its half minute and as many before as is said', () => {
  const seed = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const code = passcode(fromBase32(seed)!, 1_000_000_000_000);
  for (const [later, periods, fits] of [
    [0, 0, true],
    [31, 0, false],
    [31, 1, true],
    [61, 1, false],
    [-31, 5, false],
  ] as const)
    assert.equal(
      passcodeFits(code, seed, periods, 1_000_000_000_000 + later * 1000),
      fits,
      `${later} ${periods}`,
    );
  assert.equal(passcodeFits('', seed, 1), false);
  assert.equal(passcodeFits(code, 'no base 32!', 1), false);
});

test('rules that nobody can meet count as not there', () => {
  const rules = (...multi_factor_auth_rules: string[][]) => rulesOf({ multi_factor_auth_rules });
  assert.equal(suffices(rules(), ['password']), true);
  assert.equal(suffices(rules(['password', 'totp']), ['password']), false);
  assert.equal(suffices(rules(['password', 'totp'], ['token']), ['token']), true);
  assert.equal(suffices(rules(['password', 'fingerprint']), ['password']), true);
  const off = { multi_factor_auth_enabled: false, multi_factor_auth_rules: [['totp']] };
  assert.equal(suffices(rulesOf(off), ['password']), true);
});

const SEED = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const totp = (id: string, code = passcode(fromBase32(SEED)!, Date.now())) => ({
  totp: { user: { id, passcode: code } },
});
const password = (id: string) => ({ password: { user: { id, password: 'secret' } } });

async function protectedUser() {
  const who = await cloud.newcomer();
  const credential = { type: 'totp', blob: SEED, user_id: who.user.id };
  assert.equal((await cloud.call('POST', '/credentials', cloud.admin, { credential })).status, 201);
  const options = { multi_factor_auth_rules: [['password', 'totp']] };
  const path = `/users/${who.user.id}`;
  const reply = await cloud.call('PATCH', path, cloud.admin, { user: { options } });
  assert.deepEqual(reply.json.user.options, options);
  return who;
}

test('a user with two factors proves them at once, or one after the other with a receipt', async () => {
  const { user, project } = await protectedUser();
  const scope = { project: { id: project.id } };
  const both = { methods: ['password', 'totp'], ...password(user.id), ...totp(user.id) };
  const reply = await cloud.authenticate(both, scope);
  assert.equal(reply.status, 201, JSON.stringify(reply.json));
  assert.deepEqual(reply.json.token.methods, ['password', 'totp']);

  const half = await cloud.authenticate({ methods: ['password'], ...password(user.id) }, scope);
  assert.equal(half.status, 401);
  assert.deepEqual(half.json.required_auth_methods, [['password', 'totp']]);
  assert.deepEqual(half.json.receipt.methods, ['password']);
  assert.equal(half.json.receipt.user.id, user.id);
  const receipt = String(half.headers['openstack-auth-receipt']);
  assert.equal(await cloud.identity.validate(receipt), undefined, 'a receipt is no token');

  const rest = (who: string, given: string) =>
    cloud.call(
      'POST',
      '/auth/tokens',
      undefined,
      { auth: { identity: { methods: ['totp'], ...totp(who) }, scope } },
      { 'openstack-auth-receipt': given },
    );
  const whole = await rest(user.id, receipt);
  assert.equal(whole.status, 201, JSON.stringify(whole.json));
  assert.deepEqual(new Set(whole.json.token.methods), new Set(['password', 'totp']));
  const rescoped = await cloud.authenticate({
    methods: ['token'],
    token: { id: whole.headers['x-subject-token'] },
  });
  assert.equal(rescoped.status, 201, 'both factors live on in the token');

  const other = await protectedUser();
  assert.equal((await rest(other.user.id, receipt)).status, 401, 'another user’s receipt');
  assert.equal((await rest(user.id, `${receipt.slice(0, -4)}AAAA`)).status, 401);
  assert.equal((await rest(user.id, String(whole.headers['x-subject-token']))).status, 401);
});

test('wrong one-time passwords are slowed down, and those of another user are wrong', async () => {
  const { user } = await protectedUser();
  const ask = (code: string) => cloud.authenticate({ methods: ['totp'], ...totp(user.id, code) });
  for (let time = 0; time < 6; time++) assert.equal((await ask('000000')).status, 401);
  const slowed = await ask('000000');
  assert.ok(Number(slowed.headers['retry-after']) >= 1);
  const without = await cloud.newcomer();
  const reply = await cloud.authenticate({ methods: ['totp'], ...totp(without.user.id) });
  assert.equal(reply.status, 401);
});

test('options that are none, and rules that stand twice, are refused; null takes one away', async () => {
  const { user } = await cloud.newcomer();
  const set = (options: object) =>
    cloud.call('PATCH', `/users/${user.id}`, cloud.admin, { user: { options } });
  for (const bad of [
    { colour: 'red' },
    { lock_password: 'yes' },
    { multi_factor_auth_rules: [[]] },
    { multi_factor_auth_rules: [['a', 'a']] },
    { multi_factor_auth_rules: [['a'], ['a']] },
    { multi_factor_auth_rules: 'password' },
  ])
    assert.equal((await set(bad)).status, 400, JSON.stringify(bad));
  const shown = async (options: object): Promise<Json> => (await set(options)).json.user.options;
  assert.deepEqual(await shown({ lock_password: true, multi_factor_auth_enabled: false }), {
    lock_password: true,
    multi_factor_auth_enabled: false,
  });
  assert.deepEqual(await shown({ lock_password: null }), { multi_factor_auth_enabled: false });
});
