import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { update } from '../../../ovn/index.ts';
import type { TestHost } from '../hosts/testing.ts';
import {
  eventually,
  startTestCompute,
  type Document,
  type TestClient,
  type TestCompute,
} from '../testing.ts';

const SERVERS = '/compute/v2.1/servers';

describe('a server is put away', () => {
  let room: TestCompute;
  let hosts: TestHost[];
  let alice: TestClient;
  before(async () => {
    room = await startTestCompute();
    hosts = [await room.host('m1', { driver: 'qemu' }), await room.host('m2', { driver: 'qemu' })];
    alice = room.member();
  });
  after(() => room.stop());

  const act = (id: string, body: Document, version?: string) =>
    alice.ask('POST', `${SERVERS}/${id}/action`, body, version);
  const machine = async (values: Document = {}) => {
    const imageRef = room.image({ containerFormat: 'bare', diskFormat: 'qcow2' });
    const id = await room.server(alice, { imageRef, ...values });
    await room.becomes(alice, id, 'ACTIVE');
    return id;
  };
  const row = (id: string) => hosts[0]!.row(id);
  const hostOf = (id: string) => hosts.find(({ name }) => name === row(id)?.host)!;
  const taskOf = (id: string) =>
    eventually('the task', () => hosts[0]!.client.mirror.table('Task').find('server_id', id)[0]);
  const say = (imageId: string, status: 'done' | 'failed') =>
    hosts[0]!.client.transact([
      update('Task', [['id', '==', imageId]], { status: [status], message: ['so it is'] }),
    ]);
  /** Plays the host that brings the image. */
  const bring = async (id: string) => {
    const { id: imageId } = await taskOf(id);
    assert.equal(row(id)!.state[0], 'stopped', 'nothing that it writes is lost');
    room.image({ ...room.imageOf(imageId)!, status: 'active' });
    await say(imageId, 'done');
    return imageId;
  };
  const allocations = async (consumer: string): Promise<Document> =>
    (await room.admin.get(`/placement/allocations/${consumer}`))['allocations'];
  const show = async (id: string): Promise<Document> =>
    (await room.admin.get(`${SERVERS}/${id}`))['server'];
  const away = async (values: Document = {}) => {
    const id = await machine(values);
    assert.equal((await act(id, { shelve: null })).status, 202);
    const imageId = await bring(id);
    await room.becomes(alice, id, 'SHELVED_OFFLOADED');
    return { id, imageId };
  };

  test('its disk becomes an image, its host is free, its ports stay; and it comes back from the image', async () => {
    const { network } = await room.net(alice);
    const { id, imageId } = await away({ networks: [{ uuid: network }] });
    assert.equal(room.imageOf(imageId)!.name, 'web-shelved');
    await eventually('the host is told', () => row(id) === undefined);
    assert.deepEqual(await allocations(id), {});
    const ports = async () =>
      (await room.admin.get(`/network/v2.0/ports?device_id=${id}`))['ports'] as Document[];
    const [port] = await ports();
    assert.equal(port!['binding:host_id'], '');
    const shown = await show(id);
    assert.equal(shown['OS-EXT-SRV-ATTR:host'], null);
    assert.equal((await act(id, { 'os-start': null })).status, 409);
    assert.equal((await act(id, { shelve: null })).status, 409);

    assert.equal((await act(id, { unshelve: null })).status, 202);
    await room.becomes(alice, id, 'ACTIVE');
    assert.equal(row(id)!.image['id'], imageId);
    assert.equal(row(id)!.image['disk_format'], 'qcow2');
    assert.equal(row(id)!.interfaces.length, 1);
    const [again] = await ports();
    assert.deepEqual([again!['id'], again!['binding:host_id']], [port!['id'], row(id)!.host]);
    assert.equal(again!['fixed_ips'][0].ip_address, port!['fixed_ips'][0].ip_address);
    assert.equal(Object.keys(await allocations(id)).length, 1);
    assert.equal((await show(id))['image'].id === imageId, false, 'it is still of its own image');
    await eventually('the image goes', () => room.imageOf(imageId) === undefined);
    assert.equal(row(id)!.image['id'], imageId, 'the host keeps what it was made from');
    const { instanceActions } = await alice.get(`${SERVERS}/${id}/os-instance-actions`);
    assert.deepEqual(
      instanceActions.map((one: Document) => [one['action'], one['message']]),
      [
        ['unshelve', null],
        ['shelve', null],
        ['create', null],
      ],
    );
    assert.deepEqual(await room.compute.projector.compare(), []);
  });

  test('a control plane that dies at each step finds its way', async () => {
    const id = await machine();
    const host = hostOf(id);
    host.hold();
    assert.equal((await act(id, { shelve: null })).status, 202);
    await room.restart();
    assert.equal((await show(id))['OS-EXT-STS:task_state'], 'shelving');
    host.release();
    const { id: imageId } = await taskOf(id);
    await room.crash();
    room.image({ ...room.imageOf(imageId)!, status: 'active' });
    await say(imageId, 'done');
    host.hold();
    await room.restart();
    await eventually('it is to leave', () => row(id)?.power === 'deleted');
    assert.equal((await show(id))['OS-EXT-STS:task_state'], 'shelving_offloading');
    await room.crash();
    host.release();
    await eventually('it has left', () => row(id)?.state[0] === 'deleted');
    await room.restart();
    await room.becomes(alice, id, 'SHELVED_OFFLOADED');
    for (const one of hosts) one.hold();
    assert.equal((await act(id, { unshelve: null })).status, 202);
    await room.crash();
    for (const one of hosts) one.release();
    await room.restart();
    await room.becomes(alice, id, 'ACTIVE');
    await eventually('the image goes', () => room.imageOf(imageId) === undefined);
    assert.deepEqual(await room.compute.projector.compare(), []);
  });

  test('one whose image fails runs again; one that was frozen is stopped', async () => {
    for (const [order, status] of [
      [undefined, 'ACTIVE'],
      [{ pause: null }, 'SHUTOFF'],
    ] as const) {
      const id = await machine();
      if (order) {
        await act(id, order);
        await room.becomes(alice, id, 'PAUSED');
      }
      assert.equal((await act(id, { shelve: null })).status, 202);
      const { id: imageId } = await taskOf(id);
      await say(imageId, 'failed');
      await eventually('the end', async () => {
        const server = await show(id);
        return server['status'] === status && server['OS-EXT-STS:task_state'] === null;
      });
      assert.equal(room.imageOf(imageId), undefined);
      const { instanceActions } = await alice.get(`${SERVERS}/${id}/os-instance-actions`);
      assert.equal(instanceActions[0].message, 'Error');
    }
  });

  test('a host that is down is left without being asked', async () => {
    const id = await machine();
    const host = hostOf(id);
    await act(id, { shelve: null });
    const { id: imageId } = await taskOf(id);
    host.hold();
    room.image({ ...room.imageOf(imageId)!, status: 'active' });
    await say(imageId, 'done');
    await eventually('it is to leave', () => row(id)?.power === 'deleted');
    await host.beat(1000);
    await room.becomes(alice, id, 'SHELVED_OFFLOADED');
    await host.beat();
    host.release();
  });

  test('what cannot be is refused', async () => {
    const { id, imageId } = await away();
    const zoned = { unshelve: { availability_zone: 'nova' } };
    assert.equal((await act(id, zoned, '2.76')).status, 400);
    const nowhere = { unshelve: { availability_zone: 'nowhere' } };
    assert.equal((await act(id, nowhere, '2.77')).status, 400);
    const kept = room.imageOf(imageId)!;
    room.image({ ...kept, status: 'deactivated' });
    assert.equal((await act(id, { unshelve: null })).status, 409);
    room.image(kept);
    const refused = await act(id, { shelveOffload: null });
    assert.equal(refused.status, 403);
    assert.match(JSON.stringify(refused.body), /os-shelve:shelve_offload/);
    const offload = { shelveOffload: null };
    assert.equal((await room.admin.ask('POST', `${SERVERS}/${id}/action`, offload)).status, 409);
    assert.equal((await act(id, zoned, '2.77')).status, 202);
    await room.becomes(alice, id, 'ACTIVE');
  });

  test('one that is deleted while it is away takes its image along', async () => {
    const { id, imageId } = await away();
    assert.equal((await alice.ask('DELETE', `${SERVERS}/${id}`)).status, 204);
    await room.gone(alice, id);
    await eventually('the image goes', () => room.imageOf(imageId) === undefined);
  });

  test('2.91: administrators choose the host, and everybody may leave the zone', async () => {
    const { id } = await away({ availability_zone: 'nova' });
    const pinned = async () =>
      (await alice.get(`${SERVERS}/${id}`, '2.96'))['server'].pinned_availability_zone;
    assert.equal(await pinned(), 'nova');
    const order = (who: TestClient, unshelve: Document, version = '2.91') =>
      who.ask('POST', `${SERVERS}/${id}/action`, { unshelve }, version);
    assert.equal((await order(room.admin, { host: 'm2' }, '2.90')).status, 400);
    assert.equal((await order(alice, { availability_zone: null }, '2.90')).status, 400);
    assert.equal((await order(alice, { host: 'm2' })).status, 403);
    assert.equal((await order(room.admin, { host: 'nowhere' })).status, 400);
    const reply = await order(room.admin, { host: 'm2', availability_zone: null });
    assert.equal(reply.status, 202, JSON.stringify(reply.body));
    await room.becomes(alice, id, 'ACTIVE');
    assert.equal((await show(id))['OS-EXT-SRV-ATTR:host'], 'm2');
    assert.equal(await pinned(), null);
  });
});

describe('a server that is put away stays on its host', () => {
  let room: TestCompute;
  let host: TestHost;
  let alice: TestClient;
  before(async () => {
    room = await startTestCompute({ shelved_offload_time: 100_000 });
    host = await room.host('m1', { driver: 'qemu' });
    alice = room.member();
  });
  after(() => room.stop());

  test('until it is sent away, or its time has come', async () => {
    const imageRef = room.image({ containerFormat: 'bare', diskFormat: 'qcow2' });
    const id = await room.server(alice, { imageRef });
    const act = (client: TestClient, body: Document) =>
      client.ask('POST', `${SERVERS}/${id}/action`, body);
    const shelved = async () => {
      assert.equal((await act(alice, { shelve: null })).status, 202);
      const task = await eventually(
        'the task',
        () => host.client.mirror.table('Task').find('server_id', id)[0],
      );
      room.image({ ...room.imageOf(task.id)!, status: 'active' });
      await host.client.transact([update('Task', [['id', '==', task.id]], { status: ['done'] })]);
      await room.becomes(alice, id, 'SHELVED');
      return task.id;
    };
    await room.becomes(alice, id, 'ACTIVE');
    const first = await shelved();
    assert.equal(host.row(id)!.power, 'stopped');
    assert.equal((await act(alice, { unshelve: null })).status, 202);
    await room.becomes(alice, id, 'ACTIVE');
    assert.notEqual(host.row(id)!.image['id'], first, 'it is the same as before');
    // Again at once: nobody had the time to tidy up, and two images of it there must never be.
    const second = await shelved();
    assert.ok(room.imageOf(second));
    assert.equal(room.imageOf(first), undefined);
    assert.equal((await act(room.admin, { shelveOffload: null })).status, 202);
    await room.becomes(alice, id, 'SHELVED_OFFLOADED');
    assert.equal((await act(alice, { unshelve: null })).status, 202);
    await room.becomes(alice, id, 'ACTIVE');
    await shelved();
    await sql`update compute.servers set updated_at = now() - interval '2 days' where id = ${id}`.execute(
      room.database,
    );
    await room.becomes(alice, id, 'SHELVED_OFFLOADED');
  });
});
