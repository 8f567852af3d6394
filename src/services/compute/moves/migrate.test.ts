import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
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

describe('a server goes to another host', () => {
  let room: TestCompute;
  let hosts: TestHost[];
  let alice: TestClient;
  before(async () => {
    room = await startTestCompute();
    hosts = [await room.host('m1', { driver: 'qemu' }), await room.host('m2', { driver: 'qemu' })];
  });
  beforeEach(() => {
    alice = room.member();
  });
  after(() => room.stop());

  const act = (id: string, body: Document, version?: string) =>
    room.admin.ask('POST', `${SERVERS}/${id}/action`, body, version);
  const machine = async (values: Document = {}) => {
    const imageRef = room.image({ containerFormat: 'bare', diskFormat: 'qcow2' });
    const id = await room.server(alice, { imageRef, ...values });
    await room.becomes(alice, id, 'ACTIVE');
    return id;
  };
  const row = (id: string) => hosts[0]!.row(id);
  const hostOf = (id: string) => hosts.find(({ name }) => name === row(id)?.host)!;
  const otherThan = (host: TestHost) => hosts.find((one) => one !== host)!;
  const taskOf = (id: string) =>
    eventually('the task', () => hosts[0]!.client.mirror.table('Task').find('server_id', id)[0]);
  const say = (imageId: string, status: 'done' | 'failed') =>
    hosts[0]!.client.transact([
      update('Task', [['id', '==', imageId]], { status: [status], message: ['so it is'] }),
    ]);
  const bring = async (id: string) => {
    const { id: imageId } = await taskOf(id);
    assert.equal(row(id)!.state[0], 'stopped', 'nothing that it writes is lost');
    room.image({ ...room.imageOf(imageId)!, status: 'active' });
    await say(imageId, 'done');
    return imageId;
  };
  const show = async (id: string): Promise<Document> =>
    (await room.admin.get(`${SERVERS}/${id}`))['server'];
  const moveOf = async (id: string): Promise<Document> =>
    (await room.admin.get(`/compute/v2.1/os-migrations?instance_uuid=${id}`, '2.59')).migrations[0];
  /** Names of the hosts where a consumer has something. */
  const holds = async (consumer: string): Promise<string[]> => {
    const { allocations } = await room.admin.get(`/placement/allocations/${consumer}`);
    const { resource_providers: all } = await room.admin.get('/placement/resource_providers');
    return Object.keys(allocations).map(
      (id) => all.find((one: Document) => one['uuid'] === id).name,
    );
  };
  const bindings = async (id: string): Promise<string[]> =>
    (await room.admin.get(`/network/v2.0/ports?device_id=${id}`))['ports'].map(
      (port: Document) => port['binding:host_id'],
    );

  test('with its disk and ports, and stays there when that is confirmed', async () => {
    const { network } = await room.net(alice);
    const id = await machine({ networks: [{ uuid: network }] });
    const [from, to] = [hostOf(id), otherThan(hostOf(id))];
    assert.equal((await act(id, { migrate: null })).status, 202);
    assert.equal((await show(id))['status'], 'RESIZE');
    const imageId = await bring(id);
    const arrived = await room.becomes(room.admin, id, 'VERIFY_RESIZE');
    assert.equal(arrived['OS-EXT-SRV-ATTR:host'], to.name);
    assert.deepEqual([row(id)!.host, row(id)!.image['id']], [to.name, imageId]);
    assert.deepEqual(await bindings(id), [to.name]);
    const move = await moveOf(id);
    assert.deepEqual(
      [move['migration_type'], move['status'], move['source_compute'], move['dest_compute']],
      ['migration', 'finished', from.name, to.name],
    );
    assert.deepEqual(await holds(id), [to.name]);
    assert.deepEqual(await holds(move['uuid']), [from.name]);
    await eventually('nothing is left there', () => !from.containers.has(id));
    assert.equal((await act(id, { confirmResize: null })).status, 204);
    assert.equal((await show(id))['status'], 'ACTIVE');
    assert.deepEqual(await holds(move['uuid']), []);
    await eventually('the image goes', () => room.imageOf(imageId) === undefined);
    assert.deepEqual(await room.compute.projector.compare(), []);
  });

  test('and back again, as it was when it left; also one that is stopped', async () => {
    for (const status of ['ACTIVE', 'SHUTOFF']) {
      const id = await machine();
      const [from, to] = [hostOf(id), otherThan(hostOf(id))];
      if (status === 'SHUTOFF') {
        await act(id, { 'os-stop': null });
        await room.becomes(alice, id, 'SHUTOFF');
      }
      assert.equal((await act(id, { migrate: { host: to.name } }, '2.56')).status, 202);
      const imageId = await bring(id);
      await room.becomes(alice, id, 'VERIFY_RESIZE');
      assert.equal(
        (await alice.ask('POST', `${SERVERS}/${id}/action`, { revertResize: null })).status,
        202,
      );
      await room.becomes(alice, id, status);
      assert.deepEqual([row(id)!.host, row(id)!.image['id']], [from.name, imageId]);
      const move = await moveOf(id);
      assert.equal(move['status'], 'reverted');
      assert.deepEqual([await holds(id), await holds(move['uuid'])], [[from.name], []]);
      if (status === 'ACTIVE')
        await eventually('the image goes', () => room.imageOf(imageId) === undefined);
      else assert.ok(room.imageOf(imageId), 'it is made of it when it is started');
    }
  });

  test('a control plane that dies at each step finds its way', async () => {
    const id = await machine();
    const [from, to] = [hostOf(id), otherThan(hostOf(id))];
    from.hold();
    assert.equal((await act(id, { migrate: null })).status, 202);
    await room.restart();
    from.release();
    const { id: imageId } = await taskOf(id);
    await room.crash();
    room.image({ ...room.imageOf(imageId)!, status: 'active' });
    await say(imageId, 'done');
    from.hold();
    await room.restart();
    await eventually('it is to leave', () => row(id)?.power === 'deleted');
    await room.crash();
    to.hold();
    from.release();
    await eventually('it has left', () => row(id)?.state[0] === 'deleted');
    await room.restart();
    await eventually('it is to come', () => row(id)?.host === to.name);
    await room.crash();
    to.release();
    await room.restart();
    await room.becomes(alice, id, 'VERIFY_RESIZE');
    await act(id, { confirmResize: null });
    await eventually('the image goes', () => room.imageOf(imageId) === undefined);
    assert.deepEqual(await room.compute.projector.compare(), []);
  });

  test('one whose image fails, or is deleted on its way, keeps nothing back', async () => {
    const id = await machine();
    const from = hostOf(id);
    await act(id, { migrate: null });
    await say((await taskOf(id)).id, 'failed');
    await eventually('it runs again', async () => {
      const server = await show(id);
      return server['status'] === 'ACTIVE' && server['OS-EXT-STS:task_state'] === null;
    });
    const move = await moveOf(id);
    assert.equal(move['status'], 'error');
    assert.deepEqual([await holds(id), await holds(move['uuid'])], [[from.name], []]);
    await act(id, { migrate: null });
    const { id: imageId } = await taskOf(id);
    assert.equal((await alice.ask('DELETE', `${SERVERS}/${id}`)).status, 204);
    await room.gone(alice, id);
    await eventually('the image goes', () => room.imageOf(imageId) === undefined);
    const second = await moveOf(id);
    assert.deepEqual([second['status'], await holds(second['uuid'])], ['error', []]);
  });

  test('to get a flavor for which its own host has no room, and back', async () => {
    const id = await machine();
    const [from, to] = [hostOf(id), otherThan(hostOf(id))];
    const before = (await show(id))['flavor'];
    // A host has 16 GiB, which are given away one and a half times: not twice this.
    const large = await room.flavor({ ram: 12_500 });
    const beside = await room.server(room.admin, {
      imageRef: room.image({ containerFormat: 'bare', diskFormat: 'qcow2' }),
      flavorRef: large,
      availability_zone: `nova:${from.name}`,
    });
    await room.becomes(room.admin, beside, 'ACTIVE');
    const asked = await act(id, { resize: { flavorRef: large } });
    assert.equal(asked.status, 202, JSON.stringify(asked.body));
    const shown = await show(id);
    assert.deepEqual(
      [shown['status'], shown['OS-EXT-STS:task_state']],
      ['RESIZE', 'resize_migrating'],
    );
    await say((await taskOf(id)).id, 'failed');
    await eventually('it runs again', async () => {
      const server = await show(id);
      return server['status'] === 'ACTIVE' && server['OS-EXT-STS:task_state'] === null;
    });
    assert.equal((await show(id))['flavor'].id, before.id, 'it is as it was');
    assert.deepEqual(await holds(id), [from.name]);

    assert.equal((await act(id, { resize: { flavorRef: large } })).status, 202);
    await bring(id);
    const there = await room.becomes(room.admin, id, 'VERIFY_RESIZE');
    assert.deepEqual([there['OS-EXT-SRV-ATTR:host'], there['flavor'].id], [to.name, large]);
    assert.equal(row(id)!.memory_mb, 12_500);
    const move = await moveOf(id);
    assert.deepEqual(
      [move['migration_type'], move['source_compute'], move['dest_compute']],
      ['resize', from.name, to.name],
    );
    assert.deepEqual([await holds(id), await holds(move['uuid'])], [[to.name], [from.name]]);
    assert.equal((await act(id, { revertResize: null })).status, 202);
    const back = await room.becomes(room.admin, id, 'ACTIVE');
    assert.deepEqual([back['OS-EXT-SRV-ATTR:host'], back['flavor'].id], [from.name, before.id]);
    assert.deepEqual([await holds(id), await holds(move['uuid'])], [[from.name], []]);
    for (const one of [id, beside]) await room.admin.ask('DELETE', `${SERVERS}/${one}`);
  });

  test('a state that is declared while it is on its way leaves it where it is', async () => {
    const id = await machine();
    const from = hostOf(id);
    await act(id, { migrate: null });
    await taskOf(id);
    assert.equal((await act(id, { 'os-resetState': { state: 'active' } })).status, 202);
    const move = await moveOf(id);
    assert.deepEqual(
      [move['status'], await holds(id), await holds(move['uuid'])],
      ['error', [from.name], []],
    );
    await alice.ask('DELETE', `${SERVERS}/${id}`);
    await room.gone(alice, id);
  });

  test('from a host that is down nothing begins that needs it', async () => {
    const id = await machine();
    const from = hostOf(id);
    from.hold();
    await from.beat(1000);
    for (const body of [{ migrate: null }, { resize: { flavorRef: await room.flavor() } }]) {
      const refused = await eventually('the refusal', async () => {
        const reply = await act(id, body);
        return reply.status !== 202 && reply;
      });
      assert.equal(refused.status, 409);
      assert.match(JSON.stringify(refused.body), /is down\. Wait for it, or evacuate/);
    }
    assert.equal((await show(id))['OS-EXT-STS:task_state'], null);
    await from.beat();
    from.release();
    await eventually(
      'the host is up',
      async () => (await act(id, { evacuate: {} }, '2.14')).status === 400,
    );
    await alice.ask('DELETE', `${SERVERS}/${id}`);
  });

  test('from a host that is down it is made anew on another one', async () => {
    const { network } = await room.net(alice);
    const id = await machine({ networks: [{ uuid: network }] });
    const [from, to] = [hostOf(id), otherThan(hostOf(id))];
    const early = await act(id, { evacuate: {} }, '2.14');
    assert.equal(early.status, 400);
    assert.match(JSON.stringify(early.body), /still in use/);
    from.hold();
    await from.beat(1000);
    to.hold();
    const reply = await eventually('the host is down', async () => {
      const tried = await act(id, { evacuate: { onSharedStorage: false } });
      return tried.status === 200 && tried;
    });
    assert.equal(typeof reply.body['adminPass'], 'string');
    assert.equal((await show(id))['status'], 'REBUILD');
    await room.restart();
    to.release();
    await room.becomes(alice, id, 'ACTIVE');
    assert.deepEqual([row(id)!.host, row(id)!.options['build']], [to.name, '1']);
    assert.deepEqual([await bindings(id), await holds(id)], [[to.name], [to.name]]);
    const move = await moveOf(id);
    assert.deepEqual([move['migration_type'], move['status']], ['evacuation', 'done']);
    assert.ok(from.containers.has(id));
    await from.beat();
    from.release();
    await eventually('the host that came back removes what it has', () => !from.containers.has(id));
    assert.deepEqual(await room.compute.projector.compare(), []);
  });

  test('2.95: it is stopped there, until somebody starts it', async () => {
    const id = await machine();
    const [from, to] = [hostOf(id), otherThan(hostOf(id))];
    from.hold();
    await from.beat(1000);
    await eventually(
      'the host is down',
      async () => (await act(id, { evacuate: {} }, '2.95')).status === 200,
    );
    await room.becomes(alice, id, 'SHUTOFF');
    assert.equal(row(id)!.host, to.name);
    assert.equal((await moveOf(id))['status'], 'done');
    assert.equal(
      (await alice.ask('POST', `${SERVERS}/${id}/action`, { 'os-start': null })).status,
      202,
    );
    await room.becomes(alice, id, 'ACTIVE');
    await from.beat();
    from.release();
    await eventually('the host that came back removes what it has', () => !from.containers.has(id));
  });

  test('what cannot be is refused and changes nothing', async () => {
    const id = await machine();
    const here = hostOf(id).name;
    for (const [body, version, status, why] of [
      [{ migrate: { host: 'm1' } }, '2.55', 400, /'host' was unexpected/],
      [{ migrate: { host: 'nowhere' } }, '2.56', 404, /nowhere could not be found/],
      [{ migrate: { host: here } }, '2.56', 400, /can't be the same/],
      [{ evacuate: {} }, '2.13', 400, /onSharedStorage/],
      [{ evacuate: { onSharedStorage: false } }, '2.14', 400, /unexpected/],
      [{ evacuate: { host: here } }, '2.14', 400, /can't be the same/],
      [{ evacuate: { force: true } }, '2.68', 400, /unexpected/],
    ] as const) {
      const refused = await act(id, body, version);
      assert.equal(refused.status, status, JSON.stringify(refused.body));
      assert.match(JSON.stringify(refused.body), why);
    }
    for (const body of [{ migrate: null }, { evacuate: { onSharedStorage: false } }])
      assert.equal((await alice.ask('POST', `${SERVERS}/${id}/action`, body)).status, 403);
    const huge = await room.flavor({ ram: 11_500 });
    const [third = ''] = await Promise.all([1, 2, 3, 4].map(() => machine({ flavorRef: huge })));
    const full = await act(third, { migrate: null });
    assert.equal(full.status, 400, JSON.stringify(full.body));
    assert.match(JSON.stringify(full.body), /No valid host/);
    assert.deepEqual(await holds(third), [hostOf(third).name]);
  });
});
