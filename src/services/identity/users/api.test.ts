import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { credentials, startRoom, type Room } from '../authentication/testing.ts';

let room: Room;
let admin: Room['admin'];
before(async () => {
  room = await startRoom();
  ({ admin } = room);
});
after(() => room?.stop());

const call: Room['call'] = (...given) => room.call(...given);
const login: Room['login'] = (...given) => room.login(...given);
const make: Room['make'] = (...given) => room.make(...given);

test('users: passwords are never shown, and changed only with the old one', async () => {
  const user = await make('user', { password: 'secret', email: 'a@b.c' });
  assert.equal(user.email, 'a@b.c');
  assert.equal(user.password_expires_at, null);
  assert.ok(!JSON.stringify(user).includes('secret'));
  assert.ok(!JSON.stringify(user).includes('argon2'));
  const change = (original_password: string, password: string) =>
    call('POST', `/users/${user.id}/password`, { body: { user: { original_password, password } } });
  assert.equal((await change('wrong', 'new')).status, 401);
  assert.equal((await change('secret', 'secret')).status, 400);
  assert.equal((await change('secret', 'new')).status, 204);
  assert.equal(
    (await call('POST', '/auth/tokens', { body: credentials(user.name, 'secret') })).status,
    401,
  );
  assert.ok(await login(user.name, 'new'));
  const longName = { user: { name: 'n'.repeat(300) } };
  const refused = await call('POST', '/users', { token: admin, body: longName });
  assert.equal(refused.status, 400);
  assert.match(refused.json.error.message, /user\.name.*255/);
  const patched = await call('PATCH', `/users/${user.id}`, {
    token: admin,
    body: { user: { description: 'new', name: 'renamed' } },
  });
  assert.equal(patched.json.user.description, 'new');
  assert.equal(patched.json.user.email, 'a@b.c');
});
