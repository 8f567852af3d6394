import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
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

test('the role of services stands beside the others, also in a cloud from before there was one', async () => {
  const roles = async () =>
    ((await call('GET', '/roles', { token: admin })).json.roles as Json[]).filter(({ name }) =>
      /^(admin|manager|member|reader|service)$/.test(name),
    );
  const [service, ...more] = (await roles()).filter(({ name }) => name === 'service');
  assert.ok(service !== undefined && more.length === 0);
  const path = `/roles/${service.id}/implies`;
  assert.deepEqual((await call('GET', path, { token: admin })).json.role_inference.implies, []);
  const { database } = room;
  await sql`delete from identity.roles where id = ${service.id}`.execute(database);
  const start = async () => {
    const again = open();
    await again.start?.();
    await again.stop?.();
  };
  // Who deleted it keeps it so.
  await start();
  assert.equal((await roles()).length, 4);
  await sql`delete from identity.bootstrap where step = 'service-role'`.execute(database);
  await start();
  assert.equal((await roles()).length, 5);
  await start();
  assert.equal((await roles()).length, 5);
});

test('many changes at once: one wins, nothing is half done', async () => {
  const body = { project: { name: 'wanted by many' } };
  const replies = await Promise.all(
    Array.from({ length: 8 }, () => call('POST', '/projects', { token: admin, body })),
  );
  const statuses = replies.map((reply) => reply.status).toSorted();
  assert.deepEqual(statuses, [201, ...Array.from({ length: 7 }, () => 409)]);
});
