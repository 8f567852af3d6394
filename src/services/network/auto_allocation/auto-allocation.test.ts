import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Caller } from '../../identity/caller.ts';
import { refuses, startTestNetworkService, type TestNetworkService } from '../testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room.stop());

const get = (caller: Caller, project = 'None', fields: string[] = []) =>
  room
    .call('get_auto_allocated_topology', {
      caller,
      params: { project_id: project },
      ...(fields.length > 0 && { query: { fields } }),
    })
    .then((body) => body['auto_allocated_topology']);
const remove = (caller: Caller, project = 'None') =>
  room.call('delete_auto_allocated_topology', { caller, params: { project_id: project } });

const counts = async (caller: Caller) =>
  Promise.all(
    ['networks', 'subnets', 'routers', 'ports'].map(
      async (plural) =>
        (await room.list(caller, plural)).filter((one) => one['project_id'] === caller.projectId)
          .length,
    ),
  );

test('one default external network; a topology when the cloud has what it takes', async () => {
  const { admin } = room;
  const caller = room.member();
  await refuses('AutoAllocationFailure', /No default router:external/, get(caller));
  const { network: outside } = await room.outside();
  const wants = { is_default: true };
  assert.equal((await room.update(admin, 'network', outside['id'], wants))['is_default'], true);
  await room.update(admin, 'network', outside['id'], { description: 'still' });
  assert.equal((await room.show(admin, 'network', outside['id']))['is_default'], true);
  await refuses(
    'DefaultExternalNetworkExists',
    new RegExp(outside['id']),
    room.create(admin, 'network', { 'router:external': true, ...wants }),
  );
  const internal = await room.create(admin, 'network', wants);
  assert.equal(internal['is_default'], false, 'only external networks are');

  await refuses(
    'AutoAllocationFailure',
    /No default subnetpools/,
    get(caller, 'None', ['dry-run']),
  );
  for (const prefix of ['10.70.0.0/16', 'fd00:70::/48']) {
    await room.create(admin, 'subnetpool', {
      prefixes: [prefix],
      shared: true,
      ...(prefix.includes(':') ? {} : { default_prefixlen: 24 }),
      ...wants,
    });
  }
  assert.deepEqual(await get(caller, 'None', ['dry-run']), {
    id: 'dry-run=pass',
    tenant_id: caller.projectId,
    project_id: caller.projectId,
  });
  await refuses('BadRequest', /Unrecognized field/, get(caller, 'None', ['id']));
  assert.deepEqual(await counts(caller), [0, 0, 0, 0]);

  const answers = await Promise.all([
    get(caller),
    get(caller, caller.projectId),
    get(admin, caller.projectId),
  ]);
  const [{ id }] = answers;
  assert.deepEqual(new Set(answers.map((answer) => answer['id'])), new Set([id]));
  assert.equal((await room.show(caller, 'network', id))['admin_state_up'], true);
  assert.deepEqual((await counts(caller)).slice(0, 3), [1, 2, 1]);
  const [router] = await room.list(caller, 'routers');
  assert.equal(router!['external_gateway_info'].network_id, outside['id']);
  await refuses('NotAuthorized', /administrators/, get(room.member(), caller.projectId));
  const reader = { ...room.member(), roles: new Set(['reader']) };
  await refuses('NotAuthorized', /role member/, get(reader));

  // What is used stays, all of it.
  const port = await room.create(caller, 'port', { network_id: id });
  await refuses('NetworkInUse', /1 in all/, remove(caller));
  assert.deepEqual((await counts(caller)).slice(0, 3), [1, 2, 1]);
  await room.remove(caller, 'port', port['id']);
  await remove(caller);
  assert.deepEqual(await counts(caller), [0, 0, 0, 0]);
  await remove(caller);
  assert.notEqual((await get(caller))['id'], id);
  await remove(caller);

  // A project without room for it gets nothing.
  await room.call('update_quota', {
    params: { project_id: caller.projectId! },
    body: { quota: { router: 0 } },
  });
  await refuses('OverQuota', /router/, get(caller));
  assert.deepEqual(await counts(caller), [0, 0, 0, 0]);
});
