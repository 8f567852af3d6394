import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createLogger } from '../../../core/log.ts';
import { run } from '../../command.ts';
import {
  busyboxArchive,
  imageOf,
  startEngine,
  until,
  wishOf,
  type TestEngine,
  type TestImage,
} from '../../testing.ts';
import type { ServerWish } from '../../wish.ts';
import type { OpenConsole } from '../driver.ts';
import { DockerDriver } from './driver.ts';

const SIZE = { columns: 91, rows: 33 };
const signal = new AbortController().signal;

describe('terminals of containers', () => {
  let engine: TestEngine;
  let image: TestImage;
  let driver: DockerDriver;
  let wish: ServerWish;
  const make = () =>
    new DockerDriver({
      socketPath: engine.socket,
      folder: engine.folder,
      cloud: 'c'.repeat(32),
      host: 'test-host',
      log: createLogger('test', 'silent'),
    });
  before(async () => {
    engine = await startEngine();
    image = await imageOf(await busyboxArchive(engine.folder));
    driver = make();
    wish = await started({});
  });
  after(async () => {
    await driver?.close();
    await engine?.stop();
  });

  const started = async (change: Partial<ServerWish>, from = image): Promise<ServerWish> => {
    const made = wishOf(from.wish, change);
    await driver.create(made, from.source, signal);
    await driver.release(await driver.start(made));
    return made;
  };
  /** Opens one, types, and waits for what it shows. */
  const showing = async (id: string, typed: string, shown: RegExp): Promise<OpenConsole> => {
    const terminal = await driver.openConsole(id, 'terminal', SIZE);
    let text = '';
    terminal.stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    terminal.stream.write(typed);
    await until(`${shown} in ${JSON.stringify(text)}`, () => shown.test(text));
    return terminal;
  };
  /** Numbers of the server's processes with this in their command. */
  const running = async (word: string): Promise<number[]> => {
    const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
    const lines = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    return pids.filter((_, at) => lines[at]!.includes(`sleep\0${word}\0`)).map(Number);
  };

  it('are the image’s shell, as large as the window, several at once', async () => {
    const one = await showing(wish.id, 'echo $0 in "$((1000 + 1))"\r', /\/bin\/sh in 1001/);
    const two = await showing(wish.id, 'exit 7\r', /exit/);
    await until('its end', () => two.stream.destroyed || two.stream.readableEnded);
    assert.equal(await two.ending(), 'The shell ended with exit status 7.');
    await one.close();
    await two.close();
  });

  it('leave nothing but what left them', async () => {
    const typed = 'sleep 4401 & (trap "" HUP; sleep 4402) & setsid sleep 4403 & sleep 4404\r';
    const terminal = await showing(wish.id, typed, /4404/);
    await until('all four', async () => {
      const all = await Promise.all(['4401', '4402', '4403', '4404'].map(running));
      return all.every((found) => found.length === 1);
    });
    await terminal.close();
    await terminal.close();
    for (const word of ['4401', '4402', '4404']) assert.deepEqual(await running(word), []);
    const [daemon] = await running('4403');
    assert.ok(daemon !== undefined, 'a session of its own is no business of the terminal');
    process.kill(daemon, 'SIGKILL');
    assert.deepEqual(await readdir(path.join(engine.folder, 'consoles')), []);
  });

  it('of an agent that was killed are ended by the next', async () => {
    const terminal = await showing(wish.id, 'sleep 4405 & sleep 4406\r', /4406/);
    await until('both', async () => (await running('4406')).length === 1);
    // As the kernel leaves it: the connection is gone, and nobody was told.
    terminal.stream.destroy();
    const heir = make();
    await heir.endConsoles();
    for (const word of ['4405', '4406']) assert.deepEqual(await running(word), []);
    assert.deepEqual(await readdir(path.join(engine.folder, 'consoles')), []);
    await heir.close();
  });

  it('say so when the image has no shell, and show it all the same', async () => {
    const folder = path.join(engine.folder, 'bare');
    await mkdir(path.join(folder, 'data'), { recursive: true });
    const file = path.join(engine.folder, 'bare.tar');
    await run('tar', ['-C', folder, '--owner=0', '--group=0', '-cf', file, '.']);
    const bare = await started({}, await imageOf(file));
    const terminal = await showing(bare.id, 'ls /\r', /the image has no shell[^]*data/);
    await terminal.close();
    await driver.remove(bare.id);
  });

  it('of a main process that has one are that one, shared, and stay', async () => {
    const server = await started({ tty: true, command: ['/bin/sh'] });
    const first = await showing(server.id, 'shared=yes\r', /shared/);
    const second = await showing(server.id, 'echo "it is $shared"\r', /it is yes/);
    await first.close();
    await second.close();
    assert.equal((await driver.inspect(server.id))?.state, 'running');
    await driver.pause(server.id);
    await assert.rejects(driver.openConsole(server.id, 'terminal', SIZE), /paused/);
    await driver.remove(server.id);
  });
});
