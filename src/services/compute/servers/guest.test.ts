import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { hashForShadow } from '../../../core/crypt.ts';
import type { TestHost } from '../hosts/testing.ts';
import {
  eventually,
  startTestCompute,
  type Document,
  type TestClient,
  type TestCompute,
} from '../testing.ts';

const SERVERS = '/compute/v2.1/servers';

describe('what a server has inside', () => {
  let room: TestCompute;
  let host: TestHost;
  let alice: TestClient;
  before(async () => {
    room = await startTestCompute();
    host = await room.host('d1', { driver: 'docker' });
    alice = room.member();
  });
  after(() => room.stop());

  const act = (id: string, body: Document, client = alice) =>
    client.ask('POST', `${SERVERS}/${id}/action`, body);
  const running = async (values: Document = {}) => {
    const id = await room.server(alice, values);
    await room.becomes(alice, id, 'ACTIVE');
    return id;
  };
  const options = (id: string) => host.row(id)!.options;
  const actions = async (id: string) =>
    (await alice.get(`${SERVERS}/${id}/os-instance-actions`)).instanceActions as Document[];

  test('is rescued from its own image or another one, and comes back', async () => {
    const id = await running();
    const reply = await act(id, { rescue: { adminPass: 'secret' } });
    assert.deepEqual([reply.status, reply.body], [200, { adminPass: 'secret' }]);
    await room.becomes(alice, id, 'RESCUE');
    const first = options(id);
    assert.equal(JSON.parse(first['rescue_image']!).id, host.row(id)!.image['id']);
    const hash = first['rescue_password_hash']!;
    assert.equal(hash, hashForShadow('secret', hash.split('$')[2]));
    for (const [body, why] of [
      [{ pause: null }, /vm_state rescued/],
      [{ reboot: { type: 'HARD' } }, /vm_state rescued/],
      [{ rebuild: { imageRef: room.image() } }, /vm_state rescued/],
      [{ rescue: null }, /vm_state rescued/],
    ] as const) {
      const refused = await act(id, body);
      assert.equal(refused.status, 409, JSON.stringify(refused.body));
      assert.match(JSON.stringify(refused.body), why);
    }
    await room.restart();
    assert.equal((await act(id, { unrescue: null })).status, 202);
    await room.becomes(alice, id, 'ACTIVE');
    await eventually('its own disk', () => options(id)['rescue_id'] === undefined);
    const imageRef = room.image();
    const again = await act(id, { rescue: { rescue_image_ref: imageRef } });
    assert.match(again.body['adminPass'], /^\S{12}$/);
    await room.becomes(alice, id, 'RESCUE');
    assert.equal(JSON.parse(options(id)['rescue_image']!).id, imageRef);
    assert.notEqual(options(id)['rescue_id'], first['rescue_id']);
    await alice.ask('DELETE', `${SERVERS}/${id}`);
    await room.gone(alice, id);
  });

  test('one that cannot be rescued goes on as it was', async () => {
    const id = await running();
    host.hold();
    await act(id, { rescue: null });
    await eventually('the order', () => options(id)['rescue_id'] !== undefined);
    await host.report(id, { state: 'error', message: 'the image holds no image' });
    await eventually('its own disk', () => options(id)['rescue_id'] === undefined);
    assert.equal((await alice.get(`${SERVERS}/${id}`)).server.status, 'ERROR');
    const [last] = await actions(id);
    assert.deepEqual([last!['action'], last!['message']], ['rescue', 'Error']);
    host.release();
    await room.becomes(alice, id, 'ACTIVE');
    const wrong = room.image({ containerFormat: 'bare', diskFormat: 'qcow2' });
    const refused = await act(id, { rescue: { rescue_image_ref: wrong } });
    assert.equal(refused.status, 400);
    assert.match(JSON.stringify(refused.body), /driver docker runs no image/);
    assert.equal((await act(id, { unrescue: null })).status, 409);
    const stranger = room.member();
    assert.equal((await act(id, { rescue: null }, stranger)).status, 404);
  });

  test('its password is set by its host, or the host says why not', async () => {
    const id = await running({
      imageRef: room.image({ properties: { os_admin_user: 'ann' } }),
      adminPass: 'first',
    });
    assert.match(options(id)['password_hash'] ?? '', /^\$6\$/);
    assert.equal(options(id)['admin_user'], 'ann');
    const tasks = host.client.mirror.table('Task');
    const ask = async (answer: string, type?: string) => {
      const reply = act(id, { changePassword: { adminPass: 'second' } });
      const task = await eventually('the task', () => tasks.first('server_id', id));
      assert.equal(task.kind, 'password');
      assert.equal(task.arguments['user'], 'ann');
      assert.ok(!JSON.stringify(task).includes('second'));
      await room.compute.taskResult(task.id, Readable.from([Buffer.from(answer)]), type);
      const { status, body } = await reply;
      await eventually('the end', () => tasks.first('server_id', id) === undefined);
      return [status, JSON.stringify(body)] as const;
    };
    assert.equal((await ask('done'))[0], 202);
    assert.deepEqual((await actions(id))[0]!['message'], null);
    const [status, words] = await ask('{"message":"no user ann"}', 'application/json');
    assert.equal(status, 409);
    assert.match(words, /no user ann/);
    const [last] = await actions(id);
    assert.deepEqual([last!['action'], last!['message']], ['changePassword', 'Error']);
  });

  test('its config drive is wished and shown, also where the image insists on it', async () => {
    const { server } = await alice.get(`${SERVERS}/${await running()}`);
    assert.equal(server.config_drive, '');
    const insisting = room.image({ properties: { img_config_drive: 'mandatory' } });
    for (const values of [{ config_drive: 'true' }, { imageRef: insisting }]) {
      const id = await running(values);
      assert.equal((await alice.get(`${SERVERS}/${id}`)).server.config_drive, 'True');
      assert.equal(options(id)['config_drive'], 'true');
      const document = await room.compute.metadataOf(id);
      assert.equal(document?.server_id, id);
      const list = async (value: string) =>
        (await alice.get(`${SERVERS}?config_drive=${value}`, '2.83')).servers as Document[];
      assert.ok((await list('true')).some((one) => one['id'] === id));
      assert.ok(!(await list('false')).some((one) => one['id'] === id));
    }
    assert.equal(await room.compute.metadataOf('nonsense'), undefined);
  });

  test('runs as metadata, image and flavor say', async () => {
    const imageRef = room.image({
      properties: {
        'ovenbird:entrypoint': '["/e", "x y"]',
        'ovenbird:env:COLOUR': 'red',
        'ovenbird:env:SIZE': '1',
        'ovenbird:pids_limit': '5000',
        os_command_line: 'old',
      },
    });
    const id = await running({
      imageRef,
      metadata: {
        'ovenbird:command': 'exec "$0"',
        'ovenbird:env:COLOUR': 'green',
        'ovenbird:restart': 'on-failure:3',
        'ovenbird:tty': 'true',
        'ovenbird:setuid': 'true',
        'ovenbird:working_dir': '/srv',
        other: 'x',
      },
    });
    const row = host.row(id)!;
    assert.deepEqual(JSON.parse(row.command[0]!), ['/bin/sh', '-c', 'exec "$0"']);
    assert.deepEqual(row.environment, { COLOUR: 'green', SIZE: '1' });
    const { entrypoint, restart, tty, working_dir: folder, pids_limit: pids } = row.options;
    assert.deepEqual(
      [entrypoint, restart, tty, folder, pids],
      ['["/e","x y"]', 'on-failure:3', 'true', '/srv', '1024'],
    );
    assert.equal(row.options['setuid'], undefined, 'only a flavor allows it');
    for (const [name, value] of [
      ['restart', 'sometimes'],
      ['entrypoint', '[1]'],
      ['env:A-B', 'x'],
      ['tty', 'maybe'],
      ['working_dir', 'srv'],
      ['pids_limit', '0'],
    ] as const) {
      const refused = await alice.ask('POST', SERVERS, {
        server: {
          name: 'x',
          imageRef,
          flavorRef: await room.flavor(),
          metadata: { [`ovenbird:${name}`]: value },
        },
      });
      assert.equal(refused.status, 400, name);
      assert.match(JSON.stringify(refused.body), new RegExp(`ovenbird:${name} `));
    }
  });

  test('tells when its main process ended by itself, and with what code', async () => {
    const id = await running();
    await host.exit(id);
    await room.becomes(alice, id, 'SHUTOFF');
    const { server } = await alice.get(`${SERVERS}/${id}`);
    assert.match(server.fault.message, /ended by itself with exit code 3/);
    const [last] = await actions(id);
    assert.equal(last!['action'], 'stop');
    assert.match(last!['message'], /exit code 3/);
    await act(id, { 'os-start': null });
    await room.becomes(alice, id, 'ACTIVE');
    assert.equal((await alice.get(`${SERVERS}/${id}`)).server.fault, undefined);
  });

  test('is off when its memory went while it was suspended', async () => {
    const id = await running();
    await act(id, { suspend: null });
    await room.becomes(alice, id, 'SUSPENDED');
    host.hold();
    const finished = Math.floor(Date.now() / 1000);
    await host.report(id, {
      state: 'stopped',
      exit_code: 137,
      started_at: finished - 60,
      finished_at: finished,
    });
    await room.becomes(alice, id, 'SHUTOFF');
    host.release();
    await act(id, { 'os-start': null });
    await room.becomes(alice, id, 'ACTIVE');
  });
});
