import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startRoom, type Room } from '../authentication/testing.ts';
import type { Json } from '../testing.ts';

let room: Room;
let identity: Room['identity'];
let admin: Room['admin'];
before(async () => {
  room = await startRoom();
  ({ identity, admin } = room);
});
after(() => room?.stop());

const call: Room['call'] = (...given) => room.call(...given);
const make: Room['make'] = (...given) => room.make(...given);
const roleId: Room['roleId'] = (...given) => room.roleId(...given);

test('roles reach users through groups, inheritance and implication', async () => {
  const domain = await make('domain');
  const user = await make('user', { password: 'secret', domain_id: domain.id });
  const group = await make('group', { domain_id: domain.id });
  const own = await make('project', { domain_id: domain.id });
  const below = await make('project', { parent_id: own.id });
  const put = async (path: string) =>
    assert.equal((await call('PUT', path, { token: admin })).status, 204, path);
  await put(`/groups/${group.id}/users/${user.id}`);
  const member = await roleId('member');
  const inherited = `/OS-INHERIT/domains/${domain.id}/groups/${group.id}/roles/${member}/inherited_to_projects`;
  await put(inherited);
  assert.equal((await call('HEAD', inherited, { token: admin })).status, 204);

  const reply = await call('POST', '/auth/tokens', {
    body: {
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { id: user.id, password: 'secret' } },
        },
        scope: { project: { id: below.id } },
      },
    },
  });
  assert.deepEqual(
    reply.json.token.roles.map((role: Json) => role.name),
    ['member', 'reader'],
  );
  const token = String(reply.headers['x-subject-token']);
  const mine = await call('GET', '/auth/projects', { token });
  assert.deepEqual(
    mine.json.projects.map((row: Json) => row.id).toSorted(),
    [own.id, below.id].toSorted(),
  );

  const effective = await call(
    'GET',
    `/role_assignments?effective&include_names&user.id=${user.id}&scope.project.id=${below.id}`,
    { token: admin },
  );
  assert.deepEqual(
    effective.json.role_assignments.map((row: Json) => [
      row.role.name,
      row.user.name,
      row.scope.project.name,
    ]),
    ['member', 'reader'].map((name) => [name, user.name, below.name]),
  );
  const direct = await call('GET', `/role_assignments?group.id=${group.id}`, { token: admin });
  assert.deepEqual(direct.json.role_assignments[0].scope, {
    domain: { id: domain.id },
    'OS-INHERIT:inherited_to': 'projects',
  });

  assert.equal(
    (await call('DELETE', `/groups/${group.id}/users/${user.id}`, { token: admin })).status,
    204,
  );
  assert.equal(await identity.validate(token), undefined);
  assert.equal(
    (await call('HEAD', `/groups/${group.id}/users/${user.id}`, { token: admin })).status,
    404,
  );
});
