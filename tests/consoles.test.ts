import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { createLogger } from '../src/core/log.ts';
import { Agent } from '../src/host/agent.ts';
import { FakeDriver } from '../src/host/drivers/fake.ts';
import type { OpenConsole } from '../src/host/drivers/driver.ts';
import { createUpgrades, type Upgrades } from '../src/http/consoles/upgrades.ts';
import { createServer } from '../src/http/server.ts';
import { connect, insert } from '../src/ovn/index.ts';
import {
  startTestCompute,
  type TestClient,
  type TestCompute,
} from '../src/services/compute/testing.ts';
import { BrowserConsole } from './support/console.ts';

const TOKEN = 'host-token';
const OURS = 'ovenbird.console';

/** Counts what is open, and sees sizes. */
class WatchedDriver extends FakeDriver {
  readonly open = new Set<OpenConsole>();
  readonly sizes: string[] = [];

  override async openConsole(serverId: string): Promise<OpenConsole> {
    const console = await super.openConsole(serverId);
    this.open.add(console);
    return {
      ...console,
      resize: async ({ columns, rows }) => void this.sizes.push(`${columns}x${rows}`),
      close: async () => {
        this.open.delete(console);
        await console.close();
      },
    };
  }
}

/** From a WebSocket through the control plane and an agent of its own process's kind to the fake driver and back. */
describe('consoles', { timeout: 120_000 }, () => {
  const log = createLogger('test', 'silent');
  let folder: string;
  let room: TestCompute;
  let app: ReturnType<typeof createServer>;
  let upgrades: Upgrades;
  let driver: WatchedDriver;
  let agent: Agent;
  let root: string;
  let owner: TestClient;
  let server: string;

  async function serve(): Promise<void> {
    upgrades = createUpgrades({
      consoles: room.compute.consoles,
      hostToken: TOKEN,
      fallbackHost: '127.0.0.1',
      idleSeconds: 2,
      log,
    });
    app = createServer({
      services: [],
      validate: async () => undefined,
      log,
      fallbackHost: '127.0.0.1',
      upgrades,
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    root = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  }
  async function follow(token = TOKEN): Promise<void> {
    driver = new WatchedDriver();
    agent = new Agent({
      cloud: { id: 'e'.repeat(32), name: 'test' },
      host: 'fake',
      chassis: 'fake',
      folder,
      ovenbird: room.ovenbirdRemote,
      openVSwitch: undefined,
      controlPlane: { url: root },
      token: () => token,
      driver,
      log,
    });
    await agent.start();
  }

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ovb-consoles-'));
    room = await startTestCompute();
    const client = connect({
      database: 'Ovenbird',
      remotes: room.ovenbirdRemote,
      monitor: ['Cloud'],
      log,
    });
    await client.ready();
    await client
      .transact([insert('Cloud', { id: 'e'.repeat(32), name: 'test' })])
      .catch(() => undefined);
    await client.close();
    await serve();
    await follow();
    owner = room.member();
    server = await room.server(owner);
    await room.becomes(owner, server, 'ACTIVE');
  });
  after(async () => {
    await agent?.close();
    await app?.close();
    await room?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = (type = 'serial', id = server) =>
    owner.ask(
      'POST',
      `/compute/v2.1/servers/${id}/remote-consoles`,
      { remote_console: { protocol: type === 'novnc' ? 'vnc' : 'serial', type } },
      '2.6',
    );
  /** The address of a new console, at the test's own server. */
  const invited = async (): Promise<string> => {
    const { status, body } = await ask();
    assert.equal(status, 200, JSON.stringify(body));
    const { pathname, search } = new URL(body['remote_console'].url);
    return `${root}${pathname}${search}`;
  };
  const nothingOpen = async () => {
    for (let attempt = 0; driver.open.size > 0 && attempt < 100; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(driver.open.size, 0, 'the host has closed its end');
  };

  test('what is typed comes back, the window’s size goes along, the name is told', async () => {
    const console = await BrowserConsole.open(await invited(), { protocol: OURS });
    assert.deepEqual(JSON.parse(await console.text()), { server: { id: server, name: 'web' } });
    await console.sees('is up');
    console.type('echo hello\r');
    await console.sees('echo hello\r\n');
    console.send(JSON.stringify({ columns: 111, rows: 22 }));
    console.send(JSON.stringify({ columns: -1, rows: 'x' }));
    console.send('no document');
    console.type('x'.repeat(200_000));
    await console.sees('x'.repeat(200_000));
    assert.deepEqual(driver.sizes, ['111x22']);
    console.close();
    await nothingOpen();
  });

  test('an address opens once, in its time, as what it is, and nothing of it is kept', async () => {
    const once = await invited();
    const first = await BrowserConsole.open(once);
    // Without our protocol text is typed text, as serial clients of Nova send it.
    first.send('plain');
    await first.sees('plain');
    assert.equal(await BrowserConsole.refusal(once), 403);
    const second = await BrowserConsole.open(once, { protocol: OURS });
    assert.match((await second.closed).reason, /only once/);
    first.close();
    const token = new URL(once).searchParams.get('token')!;
    const { rows } = await sql<{ text: string }>`
      select row_to_json(t)::text as text from compute.console_tokens t`.execute(room.database);
    assert.ok(rows.length > 0 && rows.every(({ text }) => !text.includes(token)));

    const late = await invited();
    await sql`update compute.console_tokens set expires_at = now() - interval '1 second'
      where used_at is null`.execute(room.database);
    const tooLate = await BrowserConsole.open(late, { protocol: OURS });
    assert.match((await tooLate.closed).reason, /too old/);
    const unknown = await BrowserConsole.open(`${root}/compute/console/serial?token=x`, {
      protocol: OURS,
    });
    assert.match((await unknown.closed).reason, /Nobody was given/);
    const other = (await invited()).replace('/serial', '/vnc');
    const wrong = await BrowserConsole.open(other, { protocol: OURS });
    assert.match((await wrong.closed).reason, /type serial/);
    await nothingOpen();
  });

  test('pages from elsewhere are refused, our own are not', async () => {
    assert.equal(await BrowserConsole.refusal(await invited(), 'http://evil.example'), 403);
    assert.equal(await BrowserConsole.refusal(await invited(), 'null'), 403);
    const console = await BrowserConsole.open(await invited(), { origin: root });
    console.close();
    await nothingOpen();
  });

  test('messages have a size, and who does nothing is sent away', async () => {
    const loud = await BrowserConsole.open(await invited(), { protocol: OURS });
    loud.type('x'.repeat(2 ** 18 + 1));
    assert.equal((await loud.closed).code, 1009);
    const idle = await BrowserConsole.open(await invited(), { protocol: OURS });
    assert.match((await idle.closed).reason, /Nothing was typed/);
    await nothingOpen();
  });

  test('a server that stops ends its sessions, and has none until it runs again', async () => {
    const console = await BrowserConsole.open(await invited(), { protocol: OURS });
    await console.sees('is up');
    const early = await invited();
    await owner.post(`/compute/v2.1/servers/${server}/action`, { 'os-stop': null });
    assert.match((await console.closed).reason, /does not run any more/);
    await room.becomes(owner, server, 'SHUTOFF');
    assert.equal((await ask()).status, 409);
    const late = await BrowserConsole.open(early, { protocol: OURS });
    assert.match((await late.closed).reason, /does not run/);
    await owner.post(`/compute/v2.1/servers/${server}/action`, { 'os-start': null });
    await room.becomes(owner, server, 'ACTIVE');
    await nothingOpen();
  });

  test('a host that cannot says so: Nova’s 400, and its own words', async () => {
    const { status, body } = await ask('novnc');
    assert.deepEqual(
      [status, body['badRequest'].message],
      [400, 'Unavailable console type novnc.'],
    );
    const address = await invited();
    driver.openConsole = async () => {
      throw new Error('the terminal is broken');
    };
    const broken = await BrowserConsole.open(address, { protocol: OURS });
    assert.match((await broken.closed).reason, /the terminal is broken/);
    delete (driver as Partial<Pick<WatchedDriver, 'openConsole'>>).openConsole;
  });

  test('only hosts join, with their token, what is waited for', async () => {
    const asked = (where: string, headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        request(`${root}${where}`, { headers: { connection: 'Upgrade', ...headers } })
          .on('response', (reply) => resolve(reply.resume().statusCode))
          .on('upgrade', (_, socket) => {
            socket.destroy();
            resolve(101);
          })
          .on('error', reject)
          .end();
      });
    const join = (token: string) =>
      asked('/host/v1/consoles/00000000-0000-4000-8000-000000000000', {
        upgrade: 'ovenbird-console',
        'x-ovenbird-host-token': token,
      });
    assert.equal(await join('guess'), 401);
    assert.equal(await join(TOKEN), 404);
    // What is no upgrade of ours is answered as if it had not been asked for.
    assert.equal(await asked('/openapi.json', { upgrade: 'h2c' }), 200);
  });

  test('until 2.5 there are actions, and what a token opens is told to administrators', async () => {
    const act = (action: string, type: string, version: string) =>
      owner.ask('POST', `/compute/v2.1/servers/${server}/action`, { [action]: { type } }, version);
    const { status, body } = await act('os-getSerialConsole', 'serial', '2.5');
    assert.deepEqual([status, body['console'].type], [200, 'serial']);
    assert.equal((await act('os-getSerialConsole', 'serial', '2.6')).status, 404);
    assert.equal((await act('os-getVNCConsole', 'xvpvnc', '2.1')).status, 400);
    assert.equal((await act('os-getRDPConsole', 'rdp-html5', '2.1')).status, 400);
    const token = new URL(body['console'].url).searchParams.get('token');
    const show = (client: TestClient, version: string) =>
      client.ask('GET', `/compute/v2.1/os-console-auth-tokens/${token}`, undefined, version);
    assert.equal((await show(owner, '2.31')).status, 403);
    assert.equal((await show(room.admin, '2.30')).status, 401);
    const told = await show(room.admin, '2.31');
    assert.equal(told.body['console'].instance_uuid, server);
    assert.equal(typeof told.body['console'].port, 'number');
  });

  test('the end of an agent, or of the control plane, is everybody’s', async () => {
    const orphan = await BrowserConsole.open(await invited(), { protocol: OURS });
    await orphan.sees('is up');
    await agent.close();
    assert.match((await orphan.closed).reason, /connection to the server’s host was lost/);
    await nothingOpen();
    await follow();
    server = await room.server(owner);
    await room.becomes(owner, server, 'ACTIVE');
    const last = await BrowserConsole.open(await invited(), { protocol: OURS });
    await last.sees('is up');
    await app.close();
    assert.equal((await last.closed).code, 1012);
    await nothingOpen();
  });
});
