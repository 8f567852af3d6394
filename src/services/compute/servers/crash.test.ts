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

/** At each step the control plane dies, things happen meanwhile, and the next one finds its way from what is there. */
describe('a control plane that dies', () => {
  let room: TestCompute;
  let host: TestHost;
  let alice: TestClient;
  before(async () => {
    room = await startTestCompute();
    host = await room.host('h1');
    alice = room.member();
  });
  after(() => room.stop());
  const act = (id: string, body: Document) => alice.ask('POST', `${SERVERS}/${id}/action`, body);
  // A state is seen as soon as it is written, a moment before the host is told what follows from it.
  const noDifferences = () =>
    eventually('no differences', async () => (await room.compute.projector.compare()).length === 0);

  test('after a creation was acknowledged and before the host was told', async () => {
    const { network } = await room.net(alice);
    host.hold();
    const id = await room.server(alice, { networks: [{ uuid: network }] });
    await room.crash();
    // What the dead process may not have written any more:
    const rows = host.client.mirror.table('Server');
    await host.client.transact([{ op: 'delete', table: 'Server', where: [['id', '==', id]] }]);
    await eventually('no row', () => rows.first('id', id) === undefined);
    host.release();
    await room.restart();
    await room.becomes(alice, id, 'ACTIVE');
    assert.equal(host.row(id)!.interfaces.length, 1);
    await noDifferences();
  });

  test('while the host carries out an order', async () => {
    const id = await room.server(alice);
    await room.becomes(alice, id, 'ACTIVE');
    for (const [order, task, status] of [
      [{ 'os-stop': null }, 'powering-off', 'SHUTOFF'],
      [{ 'os-start': null }, 'powering-on', 'ACTIVE'],
      [{ pause: null }, 'pausing', 'PAUSED'],
      [{ unpause: null }, 'unpausing', 'ACTIVE'],
      [{ suspend: null }, 'suspending', 'SUSPENDED'],
      [{ resume: null }, 'resuming', 'ACTIVE'],
      [{ reboot: { type: 'HARD' } }, 'rebooting_hard', 'ACTIVE'],
    ] as const) {
      host.hold();
      assert.equal((await act(id, order)).status, 202);
      const { server } = await alice.get(`${SERVERS}/${id}`);
      assert.equal(server['OS-EXT-STS:task_state'], task);
      await room.crash();
      host.release();
      await room.restart();
      const settled = await room.becomes(alice, id, status);
      assert.equal(settled['OS-EXT-STS:task_state'], null);
    }
    await noDifferences();
  });

  test('while a container ends by itself', async () => {
    const id = await room.server(alice);
    await room.becomes(alice, id, 'ACTIVE');
    await room.crash();
    await host.exit(id);
    await room.restart();
    await room.becomes(alice, id, 'SHUTOFF');
    await noDifferences();
  });

  test('before, during and after the host removes a server', async () => {
    const { network } = await room.net(alice);
    const ids = await Promise.all(
      [1, 2].map(() => room.server(alice, { networks: [{ uuid: network }] })),
    );
    for (const id of ids) await room.becomes(alice, id, 'ACTIVE');
    host.hold();
    for (const id of ids) assert.equal((await alice.ask('DELETE', `${SERVERS}/${id}`)).status, 204);
    await room.restart();
    const { server } = await alice.get(`${SERVERS}/${ids[0]}`);
    assert.equal(server['OS-EXT-STS:task_state'], 'deleting');
    await room.crash();
    host.release();
    await eventually('the host has removed them', () =>
      ids.every((id) => host.row(id)?.state[0] === 'deleted'),
    );
    await room.restart();
    for (const id of ids) await room.gone(alice, id);
    assert.deepEqual(
      (await alice.get(`/network/v2.0/ports?network_id=${network}&device_owner=compute:nova`))
        .ports,
      [],
    );
    await eventually('no rows', () => ids.every((id) => host.row(id) === undefined));
    await noDifferences();
  });

  test('rows that nobody wants are removed, and none that hosts wrote', async () => {
    await room.crash();
    await host.client.transact([
      {
        op: 'insert',
        table: 'Server',
        row: {
          id: '11111111-1111-4111-8111-111111111111',
          host: 'h1',
          power: 'running',
          reboot_kind: 'soft',
        },
      },
    ]);
    await room.restart();
    await eventually(
      'the stranger is gone',
      () => host.row('11111111-1111-4111-8111-111111111111') === undefined,
    );
    assert.equal(host.client.mirror.table('Host').size, 1);
  });

  test('a lost wake-up is made good by the sweep', async () => {
    const id = await room.server(alice);
    await room.becomes(alice, id, 'ACTIVE');
    // As if the process had died between its commit and its marks: only PostgreSQL knows of the order.
    await sql`update compute.servers set power = 'stopped', task_state = 'powering-off' where id = ${id}`.execute(
      room.database,
    );
    await room.becomes(alice, id, 'SHUTOFF');
  });
});
