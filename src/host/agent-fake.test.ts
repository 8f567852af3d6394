import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLogger } from '../core/log.ts';
import { connect, insert, remove, update, type Ovenbird, type OvsdbClient } from '../ovn/index.ts';
import { startOvsdbServer, type TestOvsdbServer } from '../ovn/testing.ts';
import { Agent } from './agent.ts';
import type { Instance } from './drivers/driver.ts';
import { FakeDriver } from './drivers/fake.ts';
import { definite, HostFault, passing } from './fault.ts';
import { until } from './testing.ts';
import type { ServerWish } from './wish.ts';

/** A fake driver whose next creations and starts may fail. */
class MoodyDriver extends FakeDriver {
  readonly failures: Error[] = [];
  /** Creations wait for their signal, as for a long download. */
  isSlow = false;

  override async create(
    wish: ServerWish,
    _source?: unknown,
    signal?: AbortSignal,
  ): Promise<Instance> {
    if (this.isSlow) {
      await new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason as Error)),
      );
    }
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    return super.create(wish);
  }
}

describe('the agent with the fake driver', () => {
  const cloudId = 'e'.repeat(32);
  let folder: string;
  let database: TestOvsdbServer;
  let client: OvsdbClient<Ovenbird>;
  let driver: MoodyDriver;
  let agent: Agent | undefined;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ovb-fake-'));
    const schemaFile = fileURLToPath(new URL('./ovenbird.ovsschema', import.meta.url));
    database = await startOvsdbServer({ schemaFile });
    client = connect({
      database: 'Ovenbird',
      remotes: database.remote,
      monitor: ['Cloud', 'Host', 'Server', 'Interface', 'Task'],
    });
    await client.ready();
  });
  afterEach(async () => {
    await agent?.close();
    await client.transact([remove('Server', []), remove('Host', []), remove('Cloud', [])]);
  });
  after(async () => {
    await client.close();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function begin(cloud = cloudId, orphanPatience = 100): Promise<void> {
    driver = new MoodyDriver();
    agent = new Agent({
      cloud: { id: cloudId, name: 'fake' },
      host: 'one',
      chassis: 'one',
      folder,
      ovenbird: database.remote,
      openVSwitch: undefined,
      controlPlane: { socketPath: path.join(folder, 'none.sock') },
      token: () => 'secret',
      driver,
      orphanPatience,
      log: createLogger('test', 'silent'),
    });
    await client.transact([insert('Cloud', { id: cloud, name: 'fake' })]);
    await agent.start();
  }
  const row = (id: string) => client.mirror.table('Server').first('id', id);
  const is = (id: string, state: string) =>
    until(`${id} to be ${state}`, () => row(id)?.state[0] === state);
  async function want(change: Record<string, string | number> = {}): Promise<string> {
    const id = randomUUID();
    await client.transact([
      insert('Server', {
        id,
        host: 'one',
        image: { id: 'i', checksum: '0'.repeat(32) },
        power: 'running',
        reboot_kind: 'soft',
        ...change,
      }),
    ]);
    return id;
  }
  const order = (id: string, columns: Record<string, string | number>) =>
    client.transact([update('Server', [['id', '==', id]], columns)]);

  it('keeps the contract of a real one', async () => {
    await begin();
    assert.equal([...client.mirror.table('Host').rows()][0]?.datapath, 'none');
    const id = await want();
    await is(id, 'running');
    await order(id, { power: 'paused' });
    await is(id, 'paused');
    await order(id, { power: 'running' });
    await is(id, 'running');
    const before = (await driver.inspect(id))?.run;
    await order(id, { generation: 1 });
    await until('the reboot', () => row(id)?.observed_generation === 1);
    assert.notEqual((await driver.inspect(id))?.run, before);
    driver.end(id, 9);
    await is(id, 'stopped');
    assert.equal(row(id)?.exit_code[0], 9);
    await order(id, { power: 'deleted' });
    await is(id, 'deleted');
    assert.deepEqual(await driver.list(), []);
  });

  it('touches no server of another host', async () => {
    await begin();
    const other = await want({ host: 'two' });
    await is(await want(), 'running');
    assert.deepEqual(row(other)?.state, []);
  });

  it('tries again what may pass, and tells what is waited for without calling it an error', async () => {
    await begin();
    driver.failures.push(passing('the engine sleeps'), passing('the engine sleeps'));
    const id = await want();
    await until('the reason', () => row(id)?.message[0] === 'the engine sleeps');
    assert.equal(row(id)?.state[0], 'preparing');
    await is(id, 'running');
    assert.deepEqual(row(id)?.message, []);
  });

  it('calls definite faults errors at once, doubtful ones when they stay', async () => {
    await begin();
    driver.failures.push(definite('no such image'));
    const first = await want();
    await is(first, 'error');
    assert.equal(row(first)?.message[0], 'no such image');
    await is(first, 'running'); // tried again, and the cause has gone
    const doubtful = () => new HostFault('perhaps', { doubtful: true });
    driver.failures.push(doubtful(), doubtful(), doubtful());
    const second = await want();
    await until('the first doubt', () => row(second)?.message[0] === 'perhaps');
    assert.equal(row(second)?.state[0], 'preparing');
    await is(second, 'error');
    await order(second, { generation: 1 }); // an order is tried at once, not after the pause
    await is(second, 'running');
  });

  it('tells a row that cannot be read, and goes on with the others', async () => {
    await begin();
    const id = await want({ command: 'not json' });
    await is(id, 'error');
    assert.match(row(id)?.message[0] ?? '', /"command" of this server is not a JSON array/);
    await is(await want(), 'running');
  });

  it('gives up a download when its server is deleted', async () => {
    await begin();
    driver.isSlow = true;
    const id = await want();
    await is(id, 'preparing');
    await order(id, { power: 'deleted' });
    await is(id, 'deleted');
  });

  it('removes what no row wants, but never on the word of a strange or empty database', async () => {
    await begin('f'.repeat(32));
    const id = await want();
    await is(id, 'running');
    await client.transact([remove('Server', [['id', '==', id]])]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.deepEqual(await driver.list(), [id]);
    await client.transact([update('Cloud', [], { id: cloudId })]);
    await until('its removal', async () => (await driver.list()).length === 0);
  });

  it('writes its host again when the row is taken away', async () => {
    await begin();
    await client.transact([remove('Host', [])]);
    await until('the row', () => client.mirror.table('Host').size === 1);
  });
});
