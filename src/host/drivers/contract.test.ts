import assert from 'node:assert/strict';
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
import type { Driver, DriverEvent } from './driver.ts';
import { FakeDriver } from './fake.ts';

const signal = new AbortController().signal;
let engine: TestEngine;
let image: TestImage;

before(async () => {
  engine = await startEngine();
  image = await imageOf(await busyboxArchive(engine.folder));
});
after(() => engine?.stop());

const docker = (cloud = 'c'.repeat(32)) =>
  new DockerDriver({
    socketPath: engine.socket,
    folder: engine.folder,
    cloud,
    host: 'test-host',
    log: createLogger('test', 'silent'),
  });

const make: Record<Driver['name'], () => Driver> = { fake: () => new FakeDriver(), docker };

for (const name of ['fake', 'docker'] as const) {
  describe(`driver ${name}`, () => {
    let driver: Driver;
    before(() => {
      driver = make[name]();
    });
    after(() => driver.close());

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
      assert.equal(stopped?.exitCode, 143, 'ended by SIGTERM, so it was asked and not killed');
      assert.ok(stopped?.finishedAt instanceof Date);
      assert.equal((await driver.stop(wish.id, 2))?.state, 'stopped');
      const second = await driver.start(wish);
      assert.notEqual(second.run, first.run);
      assert.equal(second.containerId, first.containerId);
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
      await driver.start(wish);
      await driver.pause(wish.id);
      await driver.unpause(wish.id);
      await driver.stop(wish.id, 0);
      await driver.remove(wish.id);
      await until('the last event', () => seen.includes('removed'));
      stop.abort();
      await following;
      // Events say "look again", and an engine may say it twice.
      const kinds = seen.filter((kind, index) => kind !== seen[index - 1]);
      assert.deepEqual(kinds, ['started', 'changed', 'ended', 'removed']);
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
        assert.equal((await all()).split('\n').toSorted().join(' ').trim(), 'one three two');
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

    it('describes its host', async () => {
      const host = await driver.describe();
      assert.ok(host.vcpus > 0 && host.memoryMb > 0 && host.diskGb > 0 && host.version !== '');
    });
  });
}
