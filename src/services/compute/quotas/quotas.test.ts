import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newHexId } from '../../../core/ids.ts';
import { startTestCompute, type TestCompute } from '../testing.ts';

describe('quotas', () => {
  let room: TestCompute;
  before(async () => {
    room = await startTestCompute();
    await room.host('h1');
  });
  after(() => room.stop());

  test('of users stand beside those of their project, and never above', async () => {
    const owner = room.member();
    const colleague = room.as({ ...owner.caller, userId: newHexId(), userName: 'colleague' });
    const quota = `/compute/v2.1/os-quota-sets/${owner.caller.projectId}`;
    const own = `${quota}?user_id=${owner.caller.userId}`;
    const set = (path: string, values: object) =>
      room.admin.ask('PUT', path, { quota_set: values });
    const create = (client: typeof owner) =>
      room.server(client).then(
        () => 202,
        (error: Error) => Number(/"code":(\d+)/.exec(error.message)?.[1]),
      );

    assert.equal((await set(own, { instances: 11 })).status, 400);
    assert.equal((await set(own, { instances: -1 })).status, 400);
    assert.equal((await set(own, { instances: 1 })).body['quota_set'].instances, 1);
    assert.equal((await owner.get(own))['quota_set'].instances, 1);
    assert.equal((await owner.get(quota))['quota_set'].instances, 10);
    assert.equal(await create(owner), 202);
    assert.equal(await create(owner), 403);
    assert.equal(await create(colleague), 202);
    const detail = async (query: string) =>
      (await room.admin.get(`${quota}/detail${query}`))['quota_set'].instances;
    assert.deepEqual(await detail(''), { limit: 10, in_use: 2, reserved: 0 });
    assert.deepEqual(await detail(`?user_id=${owner.caller.userId}`), {
      limit: 1,
      in_use: 1,
      reserved: 0,
    });
    assert.equal((await set(own, { instances: 0 })).status, 400);
    assert.equal((await set(own, { instances: 0, force: true })).status, 200);
    assert.equal((await room.admin.ask('DELETE', own)).status, 202);
    assert.equal((await owner.get(own))['quota_set'].instances, 10);
    assert.equal(await create(owner), 202);
    // Those of the users go with the project's.
    await set(own, { cores: 3 });
    await set(quota, { cores: 5 });
    assert.equal((await room.admin.ask('DELETE', quota)).status, 202);
    assert.equal((await owner.get(own))['quota_set'].cores, 20);
    assert.equal((await set(quota, { networks: 3 })).status, 400);
  });
});
