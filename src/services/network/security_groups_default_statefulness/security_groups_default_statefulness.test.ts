import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refuses, startTestNetworkService, type TestNetworkService } from '../testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room.stop());

const KIND = 'security_groups_default_statefulness';

test('new groups are as the project, then as everybody has it, unless the request says', async () => {
  const caller = room.member();
  const projectId = caller.projectId!;
  const manager = { ...caller, roles: new Set([...caller.roles, 'manager']) };
  const isStateful = async (values = {}) =>
    (await room.create(caller, 'security_group', { name: 'g', ...values }))['stateful'] as boolean;
  const stranger = room.member();
  await refuses(
    'PolicyNotAuthorized',
    /manager/,
    room.create(caller, KIND, { project_id: projectId }),
  );
  await refuses('PolicyNotAuthorized', /all projects/, room.create(manager, KIND, {}));
  const all = await room.create(room.admin, KIND, { stateful: false });
  assert.deepEqual([all['project_id'], all['stateful']], [null, false]);
  const [first] = await room.list(caller, 'security_groups');
  assert.equal(first!['stateful'], false, "the project's default group too");
  assert.equal(await isStateful(), false);
  assert.equal(await isStateful({ stateful: true }), true);
  const own = await room.create(manager, KIND, { project_id: projectId });
  assert.deepEqual([own['project_id'], own['stateful']], [projectId, true]);
  assert.equal(await isStateful(), true);
  await refuses(
    'SecurityGroupsDefaultStatefulnessExists',
    /already exists/,
    room.create(manager, KIND, { project_id: projectId }),
  );
  await refuses(
    'SecurityGroupsDefaultStatefulnessNotFound',
    /could not be found/,
    room.update(manager, KIND, all['id'], { stateful: true }),
  );
  assert.equal(
    (await room.update(manager, KIND, own['id'], { stateful: false }))['stateful'],
    false,
  );
  assert.equal(await isStateful(), false);
  const seen = async (who = caller) =>
    ((await room.call(`list_${KIND}`, { caller: who }))[KIND] as Record<string, unknown>[]).map(
      ({ id }) => id,
    );
  assert.deepEqual(await seen(), [own['id']]);
  assert.deepEqual(await seen(stranger), []);
  assert.deepEqual((await seen(room.admin)).toSorted(), [all['id'], own['id']].toSorted());
  await room.remove(manager, KIND, own['id']);
  await room.remove(room.admin, KIND, all['id']);
  assert.equal(await isStateful(), true);
});
