import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startRoom, type Room } from '../authentication/testing.ts';
import type { Json } from '../testing.ts';

let room: Room;
let admin: Room['admin'];
before(async () => {
  room = await startRoom();
  ({ admin } = room);
});
after(() => room?.stop());

const call: Room['call'] = (...given) => room.call(...given);
const make: Room['make'] = (...given) => room.make(...given);
const newcomer: Room['newcomer'] = (...given) => room.newcomer(...given);
const roleId: Room['roleId'] = (...given) => room.roleId(...given);

test('a member may look at itself and at nothing else', async () => {
  const { token, user, project: own } = await newcomer();
  const stranger = await make('user');
  const allowed = [
    `/users/${user.id}`,
    `/users/${user.id}/projects`,
    `/projects/${own.id}`,
    '/regions',
    '/auth/catalog',
    '/domains/default',
  ];
  for (const path of allowed) assert.equal((await call('GET', path, { token })).status, 200, path);
  const forbidden = [
    '/users',
    '/projects',
    '/domains',
    `/users/${stranger.id}`,
    '/users/missing',
    '/services',
    '/endpoints',
    '/role_assignments',
    '/roles',
  ];
  for (const path of forbidden)
    assert.equal((await call('GET', path, { token })).status, 403, path);
  const create = { token, body: { user: { name: 'mine' } } };
  assert.equal((await call('POST', '/users', create)).status, 403);
  const admins = await roleId('admin');
  const grab = `/projects/${own.id}/users/${user.id}/roles/${admins}`;
  assert.equal((await call('PUT', grab, { token })).status, 403);
  assert.equal((await call('GET', '/users', {})).status, 401);
});

test('a manager of a domain manages that domain and makes nobody an administrator', async () => {
  const domain = await make('domain');
  const manager = await make('user', { password: 'secret', domain_id: domain.id });
  const grant = `/domains/${domain.id}/users/${manager.id}/roles/${await roleId('manager')}`;
  assert.equal((await call('PUT', grant, { token: admin })).status, 204);
  const reply = await call('POST', '/auth/tokens', {
    body: {
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { id: manager.id, password: 'secret' } },
        },
        scope: { domain: { id: domain.id } },
      },
    },
  });
  const token = String(reply.headers['x-subject-token']);
  const created = await call('POST', '/users', { token, body: { user: { name: 'worker' } } });
  assert.equal(created.status, 201);
  assert.equal(created.json.user.domain_id, domain.id);
  const place = await call('POST', '/projects', { token, body: { project: { name: 'place' } } });
  assert.equal(place.json.project.domain_id, domain.id);
  const give = async (role: string) => {
    const path = `/projects/${place.json.project.id}/users/${created.json.user.id}/roles/`;
    return (await call('PUT', path + (await roleId(role)), { token })).status;
  };
  assert.equal(await give('member'), 204);
  assert.equal(await give('admin'), 403);
  const listed = await call('GET', '/users', { token });
  assert.deepEqual(
    new Set(listed.json.users.map((row: Json) => row.domain_id)),
    new Set([domain.id]),
  );
  const outside = { token, body: { user: { name: 'x', domain_id: 'default' } } };
  assert.equal((await call('POST', '/users', outside)).status, 403);
});
