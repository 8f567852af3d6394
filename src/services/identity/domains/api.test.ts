import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startRoom, type Room } from '../authentication/testing.ts';

let room: Room;
let admin: Room['admin'];
before(async () => {
  room = await startRoom();
  ({ admin } = room);
});
after(() => room?.stop());

const call: Room['call'] = (...given) => room.call(...given);
const make: Room['make'] = (...given) => room.make(...given);

test('domains go only when disabled, and the default one stays', async () => {
  const domain = await make('domain');
  const user = await make('user', { domain_id: domain.id });
  const path = `/domains/${domain.id}`;
  assert.equal((await call('DELETE', path, { token: admin })).status, 403);
  await call('PATCH', path, { token: admin, body: { domain: { enabled: false } } });
  assert.equal((await call('DELETE', path, { token: admin })).status, 204);
  assert.equal((await call('GET', `/users/${user.id}`, { token: admin })).status, 404);
  assert.equal((await call('DELETE', '/domains/default', { token: admin })).status, 403);
});
