import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import type { TestHost } from '../hosts/testing.ts';
import {
  eventually,
  startTestCompute,
  type Document,
  type TestClient,
  type TestCompute,
} from '../testing.ts';

const SERVERS = '/compute/v2.1/servers';

describe('a server gets another flavor', () => {
  let room: TestCompute;
  let host: TestHost;
  let alice: TestClient;
  let [small, large] = ['', ''];
  before(async () => {
    room = await startTestCompute({ resize_confirm_window: 100_000 });
    host = await room.host('h1', { vcpus: 8, disk_gb: 100 });
    alice = room.member();
    small = await room.flavor({ ram: 64, vcpus: 1, disk: 1 });
    large = await room.flavor({ ram: 128, vcpus: 2, disk: 3 });
  });
  after(() => room.stop());

  const act = (id: string, body: Document) => alice.ask('POST', `${SERVERS}/${id}/action`, body);
  const resize = (id: string, flavorRef: string) => act(id, { resize: { flavorRef } });
  const running = async (flavorRef = small) => {
    const id = await room.server(alice, { flavorRef });
    await room.becomes(alice, id, 'ACTIVE');
    return id;
  };
  const allocations = async (consumer: string): Promise<Document> => {
    const found = await room.admin.get(`/placement/allocations/${consumer}`);
    return Object.values(found['allocations'] as Document)[0]?.resources ?? {};
  };
  const movesOf = async (id: string): Promise<Document[]> =>
    (await room.admin.get(`/compute/v2.1/os-migrations?instance_uuid=${id}`, '2.59')).migrations;
  const show = async (id: string, version = '2.47'): Promise<Document> =>
    (await alice.get(`${SERVERS}/${id}`, version)).server;

  test('and keeps it when that is confirmed', async () => {
    const id = await running();
    host.hold();
    assert.equal((await resize(id, large)).status, 202);
    const shown = await show(id);
    assert.deepEqual([shown.status, shown['OS-EXT-STS:task_state']], ['RESIZE', 'resize_prep']);
    await eventually(
      'the order',
      () => host.row(id)?.vcpus === 2 && host.row(id)?.memory_mb === 128,
    );
    const [move] = await movesOf(id);
    assert.deepEqual(
      [move!.status, move!.migration_type, move!.source_compute, move!.dest_compute],
      ['migrating', 'resize', 'h1', 'h1'],
    );
    assert.deepEqual(await allocations(id), { VCPU: 2, MEMORY_MB: 128, DISK_GB: 3 });
    assert.deepEqual(await allocations(move!.uuid), { VCPU: 1, MEMORY_MB: 64, DISK_GB: 1 });
    host.release();
    const waiting = await room.becomes(alice, id, 'VERIFY_RESIZE');
    assert.equal(waiting['flavor'].id, large);
    assert.equal((await act(id, { reboot: { type: 'HARD' } })).status, 409);
    assert.equal((await movesOf(id))[0]!.status, 'finished');
    assert.equal((await act(id, { confirmResize: null })).status, 204);
    assert.equal((await show(id)).status, 'ACTIVE');
    assert.equal((await movesOf(id))[0]!.status, 'confirmed');
    assert.deepEqual(await allocations(move!.uuid), {});
    assert.equal((await act(id, { confirmResize: null })).status, 409);
    const actions = (await alice.get(`${SERVERS}/${id}/os-instance-actions`)).instanceActions;
    assert.deepEqual(
      actions.map((one: Document) => [one['action'], one['message']]),
      [
        ['confirmResize', null],
        ['resize', null],
        ['create', null],
      ],
    );
  });

  test('and has its own again when that is reverted', async () => {
    const id = await running();
    assert.equal((await resize(id, large)).status, 202);
    await room.becomes(alice, id, 'VERIFY_RESIZE');
    host.hold();
    assert.equal((await act(id, { revertResize: null })).status, 202);
    assert.equal((await show(id)).status, 'REVERT_RESIZE');
    await eventually('the order', () => host.row(id)?.vcpus === 1);
    host.release();
    const back = await room.becomes(alice, id, 'ACTIVE');
    assert.equal(back['flavor'].id, small);
    const [move] = await movesOf(id);
    assert.equal(move!.status, 'reverted');
    assert.deepEqual(await allocations(id), { VCPU: 1, MEMORY_MB: 64, DISK_GB: 1 });
    assert.deepEqual(await allocations(move!.uuid), {});
  });

  test('one that is stopped stays stopped, and has it when it is started', async () => {
    const id = await running();
    await act(id, { 'os-stop': null });
    await room.becomes(alice, id, 'SHUTOFF');
    assert.equal((await resize(id, large)).status, 202);
    await room.becomes(alice, id, 'VERIFY_RESIZE');
    assert.equal((await act(id, { confirmResize: null })).status, 204);
    assert.equal((await show(id)).status, 'SHUTOFF');
    assert.equal(host.row(id)!.power, 'stopped');
    assert.equal((await act(id, { 'os-start': null })).status, 202);
    await room.becomes(alice, id, 'ACTIVE');
    assert.equal(host.row(id)!.vcpus, 2);
  });

  test('a control plane that dies at any step finds its way', async () => {
    const id = await running();
    for (const [body, status] of [
      [{ resize: { flavorRef: large } }, 'VERIFY_RESIZE'],
      [{ revertResize: null }, 'ACTIVE'],
    ] as const) {
      host.hold();
      assert.equal((await act(id, body)).status, 202);
      await room.crash();
      host.release();
      await room.restart();
      await room.becomes(alice, id, status);
      await room.restart();
      assert.equal((await show(id)).status, status);
    }
    assert.deepEqual(await room.compute.projector.compare(), []);
    assert.deepEqual(await allocations((await movesOf(id))[0]!.uuid), {});
  });

  test('one that nobody decides about is confirmed after the time that an option says', async () => {
    const id = await running();
    await resize(id, large);
    await room.becomes(alice, id, 'VERIFY_RESIZE');
    await sql`update compute.moves set updated_at = now() - interval '2 days' where server_id = ${id}`.execute(
      room.database,
    );
    await room.becomes(alice, id, 'ACTIVE');
    assert.equal((await movesOf(id))[0]!.status, 'confirmed');
  });

  test('a host that fails, a state that is declared and a deletion keep nothing back', async () => {
    const failing = await running();
    host.hold();
    await resize(failing, large);
    await eventually('the order', () => host.row(failing)?.vcpus === 2);
    await host.report(failing, { state: 'error', message: 'no' });
    await room.becomes(alice, failing, 'ERROR');
    host.release();
    const declared = await running();
    await resize(declared, large);
    await room.becomes(alice, declared, 'VERIFY_RESIZE');
    await room.admin.post(`${SERVERS}/${declared}/action`, {
      'os-resetState': { state: 'active' },
    });
    const deleted = await running();
    await resize(deleted, large);
    await room.becomes(alice, deleted, 'VERIFY_RESIZE');
    assert.equal((await alice.ask('DELETE', `${SERVERS}/${deleted}`)).status, 204);
    await room.gone(alice, deleted);
    for (const [id, status] of [
      [failing, 'error'],
      [declared, 'error'],
      [deleted, 'confirmed'],
    ] as const) {
      const [move] = await movesOf(id);
      assert.equal(move!.status, status);
      assert.deepEqual(await allocations(move!.uuid), {});
    }
  });

  test('what cannot be is refused and changes nothing', async () => {
    const id = await running(large);
    const diskless = await room.flavor({ disk: 0 });
    const huge = await room.flavor({ ram: 4096, disk: 3000 });
    const many = await room.flavor({ vcpus: 100, disk: 3 });
    for (const [flavor, status, why] of [
      [large, 400, /must change flavor/],
      ['nowhere', 400, /could not be found/],
      [diskless, 400, /zero disk/],
      [huge, 400, /No valid host/],
      [many, 403, /Quota exceeded for cores/],
    ] as const) {
      const refused = await resize(id, flavor);
      assert.equal(refused.status, status, JSON.stringify(refused.body));
      assert.match(JSON.stringify(refused.body), why);
    }
    assert.deepEqual(await movesOf(id), []);
    assert.deepEqual(await allocations(id), { VCPU: 2, MEMORY_MB: 128, DISK_GB: 3 });
    assert.equal((await act(id, { revertResize: null })).status, 409);
    const stranger = room.member();
    const theirs = { resize: { flavorRef: small } };
    assert.equal((await stranger.ask('POST', `${SERVERS}/${id}/action`, theirs)).status, 404);
    assert.equal((await alice.ask('GET', '/compute/v2.1/os-migrations')).status, 403);
  });
});
