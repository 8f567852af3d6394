import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createLogger } from '../../../core/log.ts';
import { run } from '../../command.ts';
import { HostFault } from '../../fault.ts';
import { bytesSource, until, wishOf, type TestImage } from '../../testing.ts';
import type { ImageWish, ServerWish } from '../../wish.ts';
import type { DriverEvent } from '../driver.ts';
import { endOfConsole, shortenConsole } from './console.ts';
import { QemuDriver } from './driver.ts';
import { machineCommand } from './machine.ts';
import { machineProcess } from './process.ts';
import { tinyGuest } from './testing.ts';

const signal = new AbortController().signal;
const accelerator = { name: 'tcg', accel: 'tcg,tb-size=16', cpu: 'qemu64' } as const;

describe('driver qemu, its own', () => {
  let folder: string;
  let driver: QemuDriver;
  let image: TestImage;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'ovb-qemu-'));
    image = await tinyGuest(folder);
    driver = make();
  });
  after(async () => {
    for (const id of await driver.list()) await driver.remove(id);
    await driver.close();
    await rm(folder, { recursive: true });
  });

  const make = () => new QemuDriver({ folder, accelerator, log: createLogger('test', 'silent') });
  const machine = (id: string) => path.join(folder, 'servers', id, 'machine');
  const output = async (id: string) =>
    (await driver.console(id, { lines: undefined, bytes: 10_000 })).toString();
  const lines = async (id: string) => (await output(id)).match(/three/g)?.length ?? 0;
  const started = async (change: Partial<ServerWish> = {}): Promise<ServerWish> => {
    const wish = wishOf(image.wish, change);
    await driver.create(wish, image.source, signal);
    await driver.release(await driver.start(wish));
    await until('its output', async () => (await lines(wish.id)) === 1);
    return wish;
  };
  const typed = async (id: string, text: string) => {
    const terminal = await driver.openConsole(id, 'terminal');
    terminal.stream.write(text);
    await until(`"${text}" to come back`, async () => (await output(id)).includes(text));
    await terminal.close();
  };

  it('presses the power button first, and kills who does not hear it', async () => {
    const wish = await started();
    const before = performance.now();
    assert.equal((await driver.stop(wish.id, 30))?.state, 'stopped');
    assert.ok(performance.now() - before < 20_000, 'the guest switched itself off');
    // Before its first instruction nobody hears anything.
    await driver.start(wish);
    assert.equal((await driver.stop(wish.id, 1))?.state, 'stopped');
    await driver.remove(wish.id);
  });

  it('is taken over by the next driver, which is told when it is killed', async () => {
    const wish = await started();
    const first = (await driver.inspect(wish.id))!;
    await driver.close();
    driver = make();
    const second = (await driver.inspect(wish.id))!;
    assert.deepEqual(second, first);
    const stop = new AbortController();
    const seen: DriverEvent[] = [];
    const connected = Promise.withResolvers<void>();
    const following = (async () => {
      for await (const event of driver.events(connected.resolve, stop.signal)) seen.push(event);
    })();
    await connected.promise;
    process.kill(first.processId!, 'SIGKILL');
    await until('the event', () => seen.some(({ kind }) => kind === 'ended'));
    const dead = (await driver.inspect(wish.id))!;
    assert.deepEqual([dead.state, dead.run], ['stopped', first.run]);
    assert.ok(dead.finishedAt instanceof Date);
    stop.abort();
    await following;
    await driver.remove(wish.id);
    assert.deepEqual(await readdir(path.join(folder, 'servers', wish.id)), []);
  });

  it('goes on after a suspension with what it had in its memory', async () => {
    const wish = await started();
    await typed(wish.id, 'before');
    await driver.suspend(wish.id);
    assert.equal(
      machineProcess((await driver.inspect(wish.id))!.processId ?? 0, wish.id),
      undefined,
    );
    // Not even the next driver starts it from its disk.
    await driver.close();
    driver = make();
    await driver.release(await driver.start(wish));
    await typed(wish.id, 'after');
    assert.equal(await lines(wish.id), 1, 'it did not boot again');
    assert.doesNotMatch(
      (await run('qemu-img', ['snapshot', '-U', '-l', path.join(machine(wish.id), 'disk.qcow2')]))
        .stdout,
      /ovenbird/,
      'the memory is gone from the disk',
    );
    await driver.suspend(wish.id);
    await driver.stop(wish.id, 0);
    await driver.release(await driver.start(wish));
    await until('a new boot', async () => (await lines(wish.id)) === 2);
    await driver.remove(wish.id);
  });

  it('gives a disk of the flavor, grown at the next start, and copies it while it runs', async () => {
    const wish = await started({ diskGb: 1 });
    const size = async (file: string) => {
      const { stdout } = await run('qemu-img', ['info', '-U', '--output=json', file]);
      return JSON.parse(stdout) as { 'virtual-size': number; 'backing-filename'?: string };
    };
    const disk = path.join(machine(wish.id), 'disk.qcow2');
    assert.equal((await size(disk))['virtual-size'], 2 ** 30);
    const target = path.join(folder, 'copy.qcow2');
    await driver.snapshot(wish.id, target, signal);
    const copied = await size(target);
    assert.deepEqual([copied['virtual-size'], copied['backing-filename']], [2 ** 30, undefined]);
    await run('qemu-img', ['compare', '-U', '-f', 'qcow2', '-F', 'qcow2', disk, target]);
    await typed(wish.id, 'still here');
    await driver.stop(wish.id, 0);
    await driver.release(await driver.start({ ...wish, diskGb: 2 }));
    assert.equal((await size(disk))['virtual-size'], 2 * 2 ** 30);
    await driver.remove(wish.id);
  });

  it('refuses images that are not what they say, or reach for files of the host', async () => {
    const secret = path.join(folder, 'secret.raw');
    await writeFile(secret, Buffer.alloc(65_536, 'secret'));
    const thief = path.join(folder, 'thief.qcow2');
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', secret, thief]);
    const data = path.join(folder, 'data.qcow2');
    const options = `data_file=${secret},data_file_raw=on`;
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', options, data, '64k']);
    const wishFor = (bytes: Buffer, change: Partial<ImageWish> = {}): ImageWish => ({
      id: randomUUID(),
      containerFormat: 'bare',
      diskFormat: 'qcow2',
      size: bytes.length,
      digest: { algorithm: 'sha256', value: createHash('sha256').update(bytes).digest('hex') },
      ...change,
    });
    const refused = async (bytes: Buffer, why: RegExp, change: Partial<ImageWish> = {}) => {
      const wish = wishOf(wishFor(bytes, change));
      await assert.rejects(
        driver.create(wish, bytesSource(bytes), signal),
        (error: unknown) => error instanceof HostFault && error.definite && why.test(error.message),
      );
      assert.equal(await driver.inspect(wish.id), undefined);
    };
    await refused(await readFile(thief), /refers to other files/);
    await refused(await readFile(data), /refers to other files/);
    await refused(Buffer.from('nothing'), /is no qcow2 image/);
    await refused(Buffer.from('x'), /container format docker/, { containerFormat: 'docker' });
    await refused(Buffer.from('x'), /disk format vmdk/, { diskFormat: 'vmdk' });
    await refused(Buffer.from('x'), /instead of/, { digest: { algorithm: 'md5', value: '0' } });
    // What looks like qcow2 and is said to be raw is raw: nothing in it is believed.
    const bytes = await readFile(thief);
    const raw = wishOf(wishFor(bytes, { diskFormat: 'raw' }));
    await driver.create(raw, bytesSource(bytes), signal);
    await driver.remove(raw.id);
    const big = wishOf({ ...wishFor(Buffer.alloc(512)), diskFormat: 'raw' }, { diskGb: 1 });
    const huge = path.join(folder, 'huge.qcow2');
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', huge, '2G']);
    const content = await readFile(huge);
    await assert.rejects(
      driver.create({ ...big, image: wishFor(content) }, bytesSource(content), signal),
      /a disk of 2\.0 GiB, the flavor's has only 1 GiB/,
    );
    assert.deepEqual(
      (await readdir(path.join(folder, 'images'))).filter((name) => name.endsWith('.part')),
      [],
    );
  });

  it('has a command that confines QEMU', () => {
    const id = randomUUID();
    const command = machineCommand({
      serverId: id,
      vcpus: 2,
      memoryMb: 256,
      accelerator,
      user: 0x7000_0001,
      isRescued: false,
      hasDrive: false,
    });
    assert.ok(command.includes('-nodefaults') && command.includes('-no-user-config'));
    const [sandbox, user] = ['-sandbox', '-runas'].map(
      (name) => command[command.indexOf(name) + 1],
    );
    assert.equal(sandbox, 'on,obsolete=deny,spawn=deny,resourcecontrol=deny');
    assert.equal(user, '1879048193:1879048193');
  });

  it('keeps the end of a console that never ends', async () => {
    const file = path.join(folder, 'endless.log');
    const text = Buffer.alloc(5 * 2 ** 20, 'line of a guest\n');
    await writeFile(file, text);
    await shortenConsole(file);
    assert.equal((await stat(file)).size, 0);
    await writeFile(file, 'newest\n', { flag: 'a' });
    const end = await endOfConsole(file, { lines: 2, bytes: 1000 });
    assert.equal(end.toString(), 'line of a guest\nnewest\n');
    assert.equal((await endOfConsole(file, { lines: undefined, bytes: 3 })).toString(), 'st\n');
  });
});
