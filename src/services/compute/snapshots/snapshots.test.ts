import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { remove, update } from '../../../ovn/index.ts';
import type { TestHost } from '../hosts/testing.ts';
import { eventually, startTestCompute, type TestClient, type TestCompute } from '../testing.ts';

const SERVERS = '/compute/v2.1/servers';

describe('images of servers, and what hosts cannot do', () => {
  let room: TestCompute;
  let machines: TestHost;
  let alice: TestClient;
  before(async () => {
    room = await startTestCompute();
    machines = await room.host('m1', { driver: 'qemu' });
    await room.host('d1', { driver: 'docker' });
    alice = room.member();
  });
  after(() => room.stop());

  const act = (id: string, body: object, version?: string) =>
    alice.ask('POST', `${SERVERS}/${id}/action`, body, version);
  const server = (values: object) => room.server(alice, values);
  const tasks = {
    of: (id: string) => machines.client.mirror.table('Task').first('id', id),
    say: (id: string, status: 'done' | 'failed', message: string[] = []) =>
      machines.client.transact([update('Task', [['id', '==', id]], { status: [status], message })]),
  };
  const machine = async () => {
    const imageRef = room.image({ containerFormat: 'bare', diskFormat: 'qcow2' });
    const id = await server({ imageRef });
    await room.becomes(alice, id, 'ACTIVE');
    return id;
  };

  test('images choose their hosts by format and hypervisor_type', async () => {
    const hostOf = async (values: Parameters<TestCompute['image']>[0]) => {
      const id = await server({ imageRef: room.image(values) });
      const row = await eventually('its row', () => machines.row(id));
      return row.host;
    };
    const raw = { containerFormat: 'bare', diskFormat: 'raw' } as const;
    assert.equal(await hostOf({ containerFormat: 'docker', diskFormat: 'raw' }), 'd1');
    assert.equal(await hostOf({ containerFormat: 'bare', diskFormat: 'qcow2' }), 'm1');
    assert.equal(await hostOf(raw), 'd1', 'a root file system, most likely');
    assert.equal(await hostOf({ ...raw, properties: { hypervisor_type: 'QEMU' } }), 'm1');
    const nowhere = await server({
      imageRef: room.image({ ...raw, properties: { hypervisor_type: 'xen' } }),
    });
    const { fault } = await room.becomes(alice, nowhere, 'ERROR');
    assert.match(fault.message, /No valid host.*2 are not of the image's hypervisor type/);
  });

  test('a host makes the image, under the same id as its task', async () => {
    const id = await machine();
    const reply = await act(id, { createImage: { name: 'copy', metadata: { a: 'b' } } }, '2.45');
    assert.equal(reply.status, 202);
    const imageId = reply.body['image_id'] as string;
    assert.match(reply.headers['location'] as string, new RegExp(`/image/v2/images/${imageId}$`));
    const task = await eventually('the task', () => tasks.of(imageId));
    assert.deepEqual(
      [task.kind, task.host, task.server_id, task.reply_to],
      ['snapshot', 'm1', id, `/host/v1/images/${imageId}/file`],
    );
    const { server } = await alice.get(`${SERVERS}/${id}`);
    assert.equal(server['OS-EXT-STS:task_state'], 'image_snapshot');
    assert.equal((await act(id, { createImage: { name: 'second' } })).status, 409);
    const image = room.imageOf(imageId)!;
    assert.deepEqual(
      [image.name, image.containerFormat, image.diskFormat, image.properties['instance_uuid']],
      ['copy', 'bare', 'qcow2', id],
    );
    // The control plane dies, the task with it: it is asked again, and finished by the next one.
    await room.crash();
    await machines.client.transact([remove('Task', [['id', '==', imageId]])]);
    await room.restart();
    await eventually('the task again', () => tasks.of(imageId));
    room.image({ ...image, status: 'active' });
    await tasks.say(imageId, 'done');
    await eventually('the end', async () => {
      const shown = await alice.get(`${SERVERS}/${id}`);
      return shown.server['OS-EXT-STS:task_state'] === null && tasks.of(imageId) === undefined;
    });
  });

  test('an image that fails is taken away, and the action says why', async () => {
    const id = await machine();
    const reply = await act(id, { createImage: { name: 'copy' } }, '2.45');
    const imageId = reply.body['image_id'] as string;
    await eventually('the task', () => tasks.of(imageId));
    await tasks.say(imageId, 'failed', ['no space left']);
    await eventually('the end', () => room.imageOf(imageId) === undefined);
    await eventually('the end of the task', () => tasks.of(imageId) === undefined);
    assert.equal((await alice.get(`${SERVERS}/${id}`)).server.status, 'ACTIVE');
    const { instanceActions } = await alice.get(`${SERVERS}/${id}/os-instance-actions`);
    const [action] = instanceActions as { action: string; message: string | null }[];
    assert.deepEqual([action?.action, action?.message], ['createImage', 'Error']);
  });

  test('of backups of a kind so many stay, the newest', async () => {
    const id = await machine();
    const other = await machine();
    const backup = async (server: string, rotation: number, kind = 'daily') => {
      const values = { name: 'b', backup_type: kind, rotation, metadata: { image_type: 'mine' } };
      const reply = await act(server, { createBackup: values }, '2.45');
      assert.equal(reply.status, 202, JSON.stringify(reply.body));
      const { server: shown } = await alice.get(`${SERVERS}/${server}`);
      assert.equal(shown['OS-EXT-STS:task_state'], 'image_backup');
      const task = await eventually(
        'the task',
        () => machines.client.mirror.table('Task').find('server_id', server)[0],
      );
      assert.equal(reply.body['image_id'], rotation === 0 ? undefined : task.id);
      const { properties } = room.imageOf(task.id)!;
      assert.deepEqual([properties['image_type'], properties['backup_type']], ['backup', kind]);
      if (rotation === 2) await room.restart();
      room.image({ ...room.imageOf(task.id)!, status: 'active' });
      await tasks.say(task.id, 'done');
      await eventually('the end', async () => {
        const now = await alice.get(`${SERVERS}/${server}`);
        return now.server['OS-EXT-STS:task_state'] === null && !tasks.of(task.id);
      });
      return task.id;
    };
    const theirs = await backup(other, 1);
    const weekly = await backup(id, 1, 'weekly');
    const made = [await backup(id, 2), await backup(id, 2), await backup(id, 2)];
    const isThere = (image: string) => room.imageOf(image) !== undefined;
    assert.deepEqual(made.map(isThere), [false, true, true]);
    assert.ok(isThere(theirs) && isThere(weekly));
    made.push(await backup(id, 0));
    assert.deepEqual(made.map(isThere), [false, false, false, false]);
    for (const values of [
      { name: 'b', backup_type: 'daily' },
      { name: 'b', backup_type: 'daily', rotation: -1 },
      { name: '', backup_type: 'daily', rotation: 1 },
    ])
      assert.equal((await act(id, { createBackup: values })).status, 400);
    for (const one of [id, other]) {
      await alice.ask('DELETE', `${SERVERS}/${one}`);
      await room.gone(alice, one);
    }
  });

  test('suspended and resumed; what the driver of a host cannot do is a 501 with a sentence', async () => {
    const id = await machine();
    assert.equal((await act(id, { suspend: null })).status, 202);
    await room.becomes(alice, id, 'SUSPENDED');
    assert.equal((await act(id, { 'os-start': null })).status, 409);
    assert.equal((await act(id, { resume: null })).status, 202);
    await room.becomes(alice, id, 'ACTIVE');
    assert.equal((await act(id, { resume: null })).status, 409);
    const container = await server({ imageRef: room.image() });
    await room.becomes(alice, container, 'ACTIVE');
    assert.equal((await act(container, { suspend: null })).status, 202);
    const { 'OS-EXT-STS:power_state': power } = await room.becomes(alice, container, 'SUSPENDED');
    assert.equal(power, 4);
    assert.equal((await act(container, { unpause: null })).status, 409);
    const refused = await act(id, { changePassword: { adminPass: 'x' } });
    assert.equal(refused.status, 501);
    assert.match(JSON.stringify(refused.body), /whose host m1 has the driver qemu/);
  });
});
