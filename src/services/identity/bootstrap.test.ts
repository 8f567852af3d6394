import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { paths } from '../../core/configuration.ts';
import { startRoom, type Room } from './authentication/testing.ts';
import type { Json } from './testing.ts';

let room: Room;
let home: Room['home'];
let admin: Room['admin'];
before(async () => {
  room = await startRoom();
  ({ home, admin } = room);
});
after(() => room?.stop());

const call: Room['call'] = (...given) => room.call(...given);
const login: Room['login'] = (...given) => room.login(...given);
const open: Room['open'] = (...given) => room.open(...given);

test('the first start makes passwords and keys that only their owner reads', () => {
  const files = paths(home.configuration.home);
  for (const file of [files.adminPassword, files.demoPassword]) {
    assert.equal(statSync(file).mode & 0o777, 0o600);
  }
  assert.deepEqual(readdirSync(files.fernetKeys).toSorted(), ['0', '1']);
  for (const key of readdirSync(files.fernetKeys)) {
    assert.equal(statSync(`${files.fernetKeys}/${key}`).mode & 0o777, 0o600);
  }
});

test('a second start changes nothing', async () => {
  const again = open();
  await again.start?.();
  await again.stop?.();
  const { json } = await call('GET', '/users', { token: admin });
  assert.deepEqual(
    json.users.map((user: Json) => user.name).filter((name: string) => /^(admin|demo)$/.test(name)),
    ['admin', 'demo'],
  );
  assert.ok(await login('admin', home.password('admin')));
});

test('many changes at once: one wins, nothing is half done', async () => {
  const body = { project: { name: 'wanted by many' } };
  const replies = await Promise.all(
    Array.from({ length: 8 }, () => call('POST', '/projects', { token: admin, body })),
  );
  const statuses = replies.map((reply) => reply.status).toSorted();
  assert.deepEqual(statuses, [201, ...Array.from({ length: 7 }, () => 409)]);
});
