import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createLogger } from '../../core/log.ts';
import {
  busyboxArchive,
  imageOf,
  startEngine,
  until,
  wishOf,
  type TestEngine,
  type TestImage,
} from '../testing.ts';
import { DockerDriver } from './docker/driver.ts';
import { CAPABILITIES, type Capability, type Driver, type DriverEvent } from './driver.ts';
import { FakeDriver } from './fake.ts';
import { QemuDriver } from './qemu/driver.ts';
import { tinyGuest } from './qemu/testing.ts';

const signal = new AbortController().signal;
let engine: TestEngine;
/** Of containers, and of machines. */
const images: Partial<Record<Driver['name'], TestImage>> = {};

before(async () => {
  engine = await startEngine();
  images.docker = await imageOf(await busyboxArchive(engine.folder));
  images.fake = images.docker;
  images.qemu = await tinyGuest(engine.folder);
});
after(() => engine?.stop());

const log = createLogger('test', 'silent');
const make: Record<Driver['name'], () => Driver> = {
  fake: () => new FakeDriver(),
  docker: () =>
    new DockerDriver({
      socketPath: engine.socket,
      folder: engine.folder,
      cloud: 'c'.repeat(32),
      host: 'test-host',
      log,
    }),
  // The translator, so that the test is the same on machines with KVM.
  qemu: () =>
    new QemuDriver({
      folder: path.join(engine.folder, 'qemu'),
      accelerator: { name: 'tcg', accel: 'tcg,tb-size=16', cpu: 'qemu64' },
      log,
    }),
};

/** Methods that come with a capability. */
const METHODS: Partial<Record<Capability, keyof Driver>> = {
  suspend: 'suspend',
  terminal: 'openConsole',
  display: 'openConsole',
  snapshot: 'snapshot',
  software: 'carryOut',
  diagnostics: 'usage',
  image_cache: 'cacheImage',
  config_drive: 'fillDrive',
  rescue: 'rescue',
  password: 'setPassword',
};

for (const name of ['fake', 'docker', 'qemu'] as const) {
  describe(`driver ${name}`, () => {
    let driver: Driver;
    let image: TestImage;
    before(async () => {
      driver = make[name]();
      image = images[name]!;
      await mkdir(path.join(engine.folder, 'qemu'), { recursive: true });
    });
    after(() => driver.close());

    it('says of everything whether it can, and has the method for what it can', () => {
      assert.deepEqual(
        Object.keys(driver.capabilities).toSorted(),
        Object.keys(CAPABILITIES).toSorted(),
      );
      for (const [capability, method] of Object.entries(METHODS)) {
        if (driver.capabilities[capability as Capability])
          assert.equal(typeof driver[method], 'function', `${capability} without ${method}`);
      }
      assert.equal(driver.capabilities.network, driver.plug !== 'none');
    });

    it('takes a server through its life', async () => {
      const wish = wishOf(image.wish);
      assert.equal(await driver.inspect(wish.id), undefined);
      const created = await driver.create(wish, image.source, signal);
      assert.deepEqual(
        [created.state, created.run, created.imageId, created.serverId],
        ['created', undefined, wish.image.id, wish.id],
      );
      assert.equal(
        (await driver.create(wish, image.source, signal)).containerId,
        created.containerId,
      );
      assert.ok((await driver.list()).includes(wish.id));
      const first = await driver.start(wish);
      assert.equal(first.state, 'running');
      assert.equal((await driver.start(wish)).run, first.run, 'a second start changes nothing');
      await driver.release(first);
      await driver.pause(wish.id);
      assert.equal((await driver.inspect(wish.id))?.state, 'paused');
      await driver.unpause(wish.id);
      assert.equal((await driver.inspect(wish.id))?.state, 'running');
      const stopped = await driver.stop(wish.id, 2);
      assert.equal(stopped?.state, 'stopped');
      // Of a machine nothing tells it; that it was asked is another test's.
      if (name !== 'qemu') {
        assert.equal(stopped?.exitCode, 143, 'ended by SIGTERM, so it was asked and not killed');
      }
      assert.ok(stopped?.finishedAt instanceof Date);
      assert.equal((await driver.stop(wish.id, 2))?.state, 'stopped');
      const second = await driver.start(wish);
      assert.notEqual(second.run, first.run);
      assert.equal(second.containerId, first.containerId);
      await driver.release(second);
      await driver.pause(wish.id);
      assert.equal((await driver.stop(wish.id, 0))?.state, 'stopped', 'also a paused server stops');
      await driver.remove(wish.id);
      await driver.remove(wish.id);
      assert.equal(await driver.inspect(wish.id), undefined);
      assert.ok(!(await driver.list()).includes(wish.id));
      assert.equal(await driver.stop(wish.id, 1), undefined);
    });

    it('tells what happens to servers', async () => {
      const wish = wishOf(image.wish);
      const stop = new AbortController();
      const seen: DriverEvent['kind'][] = [];
      const connected = Promise.withResolvers<void>();
      const following = (async () => {
        for await (const event of driver.events(connected.resolve, stop.signal)) {
          if (event.serverId === wish.id) seen.push(event.kind);
        }
      })().catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
      await connected.promise;
      await driver.create(wish, image.source, signal);
      await driver.release(await driver.start(wish));
      await driver.pause(wish.id);
      await driver.unpause(wish.id);
      await driver.stop(wish.id, 0);
      await driver.remove(wish.id);
      await until('the last event', () => seen.includes('removed'));
      stop.abort();
      await following;
      // Events say "look again", and an engine may say it twice.
      for (const kind of ['started', 'changed', 'ended', 'removed'] as const)
        assert.ok(seen.includes(kind), `${kind} is not among ${seen.join()}`);
      assert.equal(seen.at(-1), 'removed');
    });

    it('gives the end of what a server printed', async () => {
      const wish = wishOf(image.wish, {
        command: ['/bin/sh', '-c', 'echo one; echo two >&2; echo three; sleep 100'],
      });
      await driver.create(wish, image.source, signal);
      await driver.release(await driver.start(wish));
      if (name === 'fake') {
        assert.match(
          (await driver.console(wish.id, { lines: 1, bytes: 1000 })).toString(),
          /is up\n$/,
        );
        assert.equal((await driver.console(wish.id, { lines: 9, bytes: 4 })).toString(), ' up\n');
      } else {
        const all = async () =>
          (await driver.console(wish.id, { lines: undefined, bytes: 1000 })).toString();
        await until('three lines', async () => (await all()).includes('three'));
        const lines = (await all()).split(/\r?\n/).filter(Boolean);
        assert.deepEqual(lines.toSorted(), ['one', 'three', 'two']);
        assert.equal((await driver.console(wish.id, { lines: 9, bytes: 4 })).length, 4);
        const tail = await driver.console(wish.id, { lines: 1, bytes: 1000 });
        assert.equal(tail.toString().trim().split('\n').length, 1);
      }
      await driver.remove(wish.id);
      await assert.rejects(
        driver.console(wish.id, { lines: 1, bytes: 10 }),
        /no (container|server)/,
      );
    });

    it('puts a server aside and goes on where it was, if it can', async (context) => {
      if (!driver.capabilities.suspend) {
        assert.equal(driver.suspend, undefined);
        return context.skip('it cannot');
      }
      const wish = wishOf(image.wish);
      await driver.create(wish, image.source, signal);
      const first = await driver.start(wish);
      await driver.release(first);
      await driver.suspend!(wish.id);
      assert.equal((await driver.inspect(wish.id))?.state, 'suspended');
      const aside = await driver.inspect(wish.id);
      const isFrozen = aside?.processId !== undefined;
      assert.equal(isFrozen, name === 'docker', 'a container stays in memory');
      const second = await driver.start(wish);
      assert.equal(second.state, 'running');
      // A process that was only frozen goes on; otherwise another one goes on where the first was.
      assert.equal(second.run === first.run, isFrozen);
      assert.equal((await driver.inspect(wish.id))?.run, second.run);
      await driver.release(second);
      assert.equal((await driver.inspect(wish.id))?.state, 'running');
      await driver.suspend!(wish.id);
      assert.equal((await driver.stop(wish.id, 0))?.state, 'stopped', 'what it was is given up');
      const third = await driver.start(wish);
      await driver.release(third);
      await driver.pause(wish.id);
      assert.equal((await driver.inspect(wish.id))?.state, 'paused', 'a pause is no suspension');
      await driver.suspend!(wish.id);
      assert.equal((await driver.inspect(wish.id))?.state, 'suspended', 'also a paused server');
      await driver.remove(wish.id);
      assert.equal(await driver.inspect(wish.id), undefined);
    });

    it('lets people type into a terminal, again and again, if it can', async (context) => {
      if (!driver.capabilities.terminal) return context.skip('it cannot');
      const wish = wishOf(image.wish);
      await driver.create(wish, image.source, signal);
      const size = { columns: 100, rows: 30 };
      await assert.rejects(driver.openConsole!(wish.id, 'terminal', size), /does not run/);
      const instance = await driver.start(wish);
      await driver.release(instance);
      const answered = async () => {
        const console = await driver.openConsole!(wish.id, 'terminal', size);
        let seen = '';
        console.stream.on('data', (chunk: Buffer) => (seen += chunk.toString()));
        console.stream.write('echo o""k');
        await until('an echo', () => seen.includes('echo o""k'));
        await console.resize?.({ columns: 80, rows: 24 });
        return console;
      };
      await (await answered()).close();
      const last = await answered();
      const ended = new Promise((resolve) => last.stream.once('close', resolve));
      last.stream.once('end', () => last.stream.destroy());
      await driver.stop(wish.id, 0);
      await ended;
      assert.match(await last.ending(), /does not run any more/);
      await last.close();
      await driver.remove(wish.id);
    });

    it('measures what a server uses, if it can', async (context) => {
      if (driver.usage === undefined) return context.skip('it cannot');
      const wish = wishOf(image.wish, { memoryMb: 64 });
      await driver.create(wish, image.source, signal);
      const instance = await driver.start(wish);
      await driver.release(instance);
      await until('it to have used its processor', async () => {
        const { cpuNanoseconds, memory, disks } = await driver.usage!(instance);
        assert.deepEqual([memory.maximumMb, disks.length], [64, 1]);
        return cpuNanoseconds.some((time) => time > 0) && memory.usedMb >= 0;
      });
      await driver.remove(wish.id);
    });

    it("copies a server's disk, if it can, while the server goes on", async (context) => {
      if (driver.snapshot === undefined) return context.skip('it cannot');
      const wish = wishOf(image.wish);
      await driver.create(wish, image.source, signal);
      await driver.release(await driver.start(wish));
      const file = path.join(engine.folder, `copy-${name}`);
      await driver.snapshot(wish.id, file, signal);
      assert.equal((await driver.inspect(wish.id))?.state, 'running');
      const copy = await imageOf(file);
      const formats = { containerFormat: 'bare', diskFormat: 'qcow2' };
      const again = wishOf(name === 'qemu' ? { ...copy.wish, ...formats } : copy.wish);
      await driver.create(again, copy.source, signal);
      await driver.release(await driver.start(again));
      assert.equal((await driver.inspect(again.id))?.state, 'running');
      for (const { id } of [wish, again]) await driver.remove(id);
    });

    it('runs a server from another image while it is rescued, if it can', async (context) => {
      if (driver.rescue === undefined) return context.skip('it cannot');
      const wish = wishOf(image.wish);
      await driver.create(wish, image.source, signal);
      await driver.release(await driver.start(wish));
      await driver.stop(wish.id, 0);
      const rescue = { id: '3', image: image.wish, passwordHash: undefined };
      const rescued = { ...wish, rescue };
      for (const _ of ['once', 'and after a crash']) {
        await driver.rescue(rescued, image.source, signal);
        const { rescue: which, imageId, build } = (await driver.inspect(wish.id))!;
        assert.deepEqual([which, imageId, build], ['3', wish.image.id, wish.build]);
      }
      const started = await driver.start(rescued);
      await driver.release(started);
      assert.deepEqual([started.rescue, started.state], ['3', 'running']);
      assert.equal((await driver.stop(wish.id, 0))?.state, 'stopped');
      for (const _ of ['once', 'and after a crash']) await driver.unrescue!(wish.id);
      assert.equal((await driver.inspect(wish.id))?.rescue, undefined);
      const again = await driver.start(wish);
      await driver.release(again);
      assert.equal(again.rescue, undefined);
      // Removed as it is, in the middle of a rescue.
      await driver.stop(wish.id, 0);
      await driver.rescue(rescued, image.source, signal);
      await driver.start(rescued);
      await driver.remove(wish.id);
      assert.equal(await driver.inspect(wish.id), undefined);
    });

    it('gives a server a drive with its metadata, if it can', async (context) => {
      if (driver.fillDrive === undefined) return context.skip('it cannot');
      const wish = wishOf(image.wish, { configDrive: true });
      const files = [{ path: 'openstack/latest/user_data', content: Buffer.from('on the drive') }];
      await driver.fillDrive(wish.id, files);
      await driver.create(wish, image.source, signal);
      await driver.release(await driver.start(wish));
      await driver.fillDrive(wish.id, files);
      assert.equal((await driver.inspect(wish.id))?.state, 'running');
      await driver.remove(wish.id);
    });

    it('describes its host', async () => {
      const host = await driver.describe();
      assert.ok(host.vcpus > 0 && host.memoryMb > 0 && host.diskGb > 0 && host.version !== '');
    });
  });
}
