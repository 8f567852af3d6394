import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestHost } from '../hosts/testing.ts';
import { eventually, startTestCompute, type TestClient, type TestCompute } from '../testing.ts';

const SERVERS = '/compute/v2.1/servers';

describe('a server is made anew', () => {
  let room: TestCompute;
  let host: TestHost;
  let alice: TestClient;
  before(async () => {
    room = await startTestCompute();
    host = await room.host('d1', { driver: 'docker' });
    alice = room.member();
  });
  after(() => room.stop());

  const rebuild = (id: string, values: object, version?: string) =>
    alice.ask('POST', `${SERVERS}/${id}/action`, { rebuild: values }, version);
  const running = async () => {
    const id = await room.server(alice);
    await room.becomes(alice, id, 'ACTIVE');
    return id;
  };

  test('from another image or the same, with other properties, and is shown', async () => {
    const id = await running();
    const imageRef = room.image({ properties: { os_command_line: 'sleep 9' } });
    const metadata = { a: 'b' };
    host.hold();
    const reply = await rebuild(
      id,
      { imageRef, name: 'anew', metadata, description: 'again', adminPass: 'secret' },
      '2.19',
    );
    assert.equal(reply.status, 202);
    const shown = reply.body['server'];
    assert.deepEqual(
      [shown.id, shown.name, shown.status, shown.image.id, shown.metadata, shown.adminPass],
      [id, 'anew', 'REBUILD', imageRef, metadata, 'secret'],
    );
    const build = () => host.row(id)!.options['build'];
    await eventually('the order', () => build() === '1');
    assert.equal(host.row(id)!.image['id'], imageRef);
    host.release();
    await room.becomes(alice, id, 'ACTIVE');
    assert.equal((await rebuild(id, { imageRef })).status, 202);
    await eventually('the second order', () => build() === '2');
    await room.becomes(alice, id, 'ACTIVE');
  });

  test('one that is stopped stays stopped', async () => {
    const id = await running();
    await alice.ask('POST', `${SERVERS}/${id}/action`, { 'os-stop': null });
    await room.becomes(alice, id, 'SHUTOFF');
    assert.equal((await rebuild(id, { imageRef: room.image() })).status, 202);
    await eventually('the end of the task', async () => {
      const { server } = await alice.get(`${SERVERS}/${id}`);
      return server['OS-EXT-STS:task_state'] === null && server.status === 'SHUTOFF';
    });
    assert.equal(host.row(id)!.power, 'stopped');
  });

  test('what cannot be is refused and changes nothing', async () => {
    const id = await running();
    const qcow2 = room.image({ containerFormat: 'bare', diskFormat: 'qcow2' });
    const wrong: readonly (readonly [object, string | undefined, RegExp])[] = [
      [{ imageRef: qcow2 }, undefined, /driver docker runs no image of .* qcow2/],
      [{ imageRef: 'x' }, undefined, /not the UUID/],
      [{ imageRef: room.image({ minRam: 10_000_000 }) }, undefined, /memory is too small/],
      [{ imageRef: room.image(), description: 'x' }, '2.18', /'description' was unexpected/],
      [{ imageRef: room.image(), user_data: 'eA==' }, '2.56', /'user_data' was unexpected/],
      [{ imageRef: room.image(), key_name: 'nobody' }, '2.54', /nobody not found/],
      [{}, undefined, /imageRef/],
    ];
    for (const [values, version, why] of wrong) {
      const refused = await rebuild(id, values, version);
      assert.equal(refused.status, 400, JSON.stringify(refused.body));
      assert.match(JSON.stringify(refused.body), why);
    }
    assert.equal((await alice.get(`${SERVERS}/${id}`)).server.status, 'ACTIVE');
    const stranger = room.member();
    const theirs = await stranger.ask('POST', `${SERVERS}/${id}/action`, {
      rebuild: { imageRef: room.image() },
    });
    assert.equal(theirs.status, 404);
  });
});
