import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestHost } from '../hosts/testing.ts';
import { startTestCompute, type Document, type TestClient, type TestCompute } from '../testing.ts';

const SERVERS = '/compute/v2.1/servers';

describe('ends of servers, locks with a reason, and what no driver can', () => {
  let room: TestCompute;
  let host: TestHost;
  let alice: TestClient;
  before(async () => {
    room = await startTestCompute();
    host = await room.host('h1');
    alice = room.member();
  });
  after(() => room.stop());
  const act = (id: string, body: Document, version?: string, client = alice) =>
    client.ask('POST', `${SERVERS}/${id}/action`, body, version);
  const running = async () => {
    const id = await room.server(alice);
    await room.becomes(alice, id, 'ACTIVE');
    return id;
  };

  test('forced to end, also one that is being deleted; nothing comes back', async () => {
    const id = await running();
    assert.equal((await act(id, { restore: null })).status, 409);
    host.hold();
    assert.equal((await act(id, { forceDelete: null })).status, 202);
    assert.equal((await act(id, { forceDelete: null })).status, 202);
    assert.equal((await act(id, { 'os-start': null })).status, 409);
    await room.restart();
    host.release();
    await room.gone(alice, id);
    assert.equal((await act(id, { forceDelete: null })).status, 404);
    const locked = await running();
    await act(locked, { lock: null });
    assert.equal((await act(locked, { forceDelete: null })).status, 409);
    assert.equal((await act(locked, { forceDelete: null }, undefined, room.admin)).status, 202);
    await room.gone(alice, locked);
  });

  test('locked for a reason that is shown, until it is unlocked', async () => {
    const id = await running();
    const lock = { lock: { locked_reason: 'audit' } };
    assert.equal((await act(id, lock, '2.72')).status, 400);
    assert.equal((await act(id, lock, '2.73')).status, 202);
    const shown = async () => (await alice.get(`${SERVERS}/${id}`, '2.73')).server;
    const { locked, locked_reason: reason } = await shown();
    assert.deepEqual([locked, reason], [true, 'audit']);
    assert.equal((await act(id, { 'os-stop': null })).status, 409);
    assert.equal((await act(id, { unlock: null })).status, 202);
    assert.equal((await shown()).locked_reason, null);
    assert.equal((await act(id, { lock: { locked_reason: '' } }, '2.73')).status, 400);
  });

  test('what no driver can is a 501 with a sentence, after all that is checked before', async () => {
    const id = await running();
    const live = { host: null, block_migration: 'auto' };
    for (const [client, body, version, status, why] of [
      [alice, { changePassword: { adminPass: 'x' } }, undefined, 501, /password of server/],
      [alice, { unrescue: null }, undefined, 409, /vm_state active/],
      [alice, { 'os-migrateLive': live }, '2.30', 403, /migrate_live/],
      [room.admin, { 'os-migrateLive': live }, '2.30', 501, /while they run/],
      [room.admin, { 'os-migrateLive': live }, '2.24', 400, /not of type boolean/],
      [room.admin, { 'os-migrateLive': { ...live, force: true } }, '2.68', 400, /unexpected/],
      [alice, { changePassword: {} }, undefined, 400, /adminPass/],
    ] as const) {
      const refused = await act(id, body, version, client);
      assert.equal(refused.status, status, JSON.stringify(refused.body));
      assert.match(JSON.stringify(refused.body), why);
    }
    assert.equal((await alice.get(`${SERVERS}/${id}`)).server.status, 'ACTIVE');
    const { instanceActions } = await alice.get(`${SERVERS}/${id}/os-instance-actions`);
    assert.equal(instanceActions.length, 1, 'nothing was done, nothing is recorded');
  });
});
