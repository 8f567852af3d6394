import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createLogger } from '../../../core/log.ts';
import { run } from '../../command.ts';
import { HostFault } from '../../fault.ts';
import {
  busyboxArchive,
  imageOf,
  startEngine,
  until,
  wishOf,
  type TestEngine,
  type TestImage,
} from '../../testing.ts';
import { ENTRYPOINT } from './start.ts';
import { DockerDriver } from './driver.ts';

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

describe('driver docker', () => {
  let driver: DockerDriver;
  before(() => {
    driver = docker();
  });
  after(() => driver.close());
  const printed = async (id: string) =>
    (await driver.console(id, { lines: undefined, bytes: 100_000 })).toString();

  it('holds a server at the gate until it is released, at every start', async () => {
    const wish = wishOf(image.wish, { command: ['/bin/sh', '-c', 'echo passed; exec sleep 100'] });
    await driver.create(wish, image.source, signal);
    for (const times of [1, 2]) {
      const instance = await driver.start(wish);
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal((await printed(wish.id)).split('passed').length - 1, times - 1);
      await driver.release(instance);
      await until(
        'the gate opens',
        async () => (await printed(wish.id)).split('passed').length - 1 === times,
      );
      await driver.stop(wish.id, 0);
    }
    await driver.remove(wish.id);
  });

  it('releases a server that waits although the one that should have released it died', async () => {
    const wish = wishOf(image.wish, { command: ['/bin/echo', 'passed'] });
    await driver.create(wish, image.source, signal);
    await driver.start(wish);
    const heir = docker();
    const instance = await heir.inspect(wish.id);
    assert.ok(instance);
    await heir.release(instance);
    await until('the gate opens', async () => (await printed(wish.id)).includes('passed'));
    await until('its end', async () => (await driver.inspect(wish.id))?.state === 'stopped');
    assert.equal((await driver.inspect(wish.id))?.exitCode, 0);
    await heir.remove(wish.id);
    await heir.close();
  });

  it('runs user data once, tells its output and exit status, and then the image goes on', async () => {
    const wish = wishOf(image.wish, {
      command: ['env'],
      environment: { COLOUR: 'green' },
      userData: Buffer.from('#!/bin/sh\necho "data $COLOUR"; id\nexit 7\n'),
    });
    const keep = { ...wish, command: ['/bin/sh', '-c', 'env; sleep 100'] };
    await driver.create(keep, image.source, signal);
    for (const run of [1, 2]) {
      await driver.release(await driver.start(keep));
      await until('its output', async () => {
        const text = await printed(wish.id);
        return text.includes('exit status 7') && text.split('COLOUR=green').length > run;
      });
      await driver.stop(wish.id, 0);
    }
    const text = await printed(wish.id);
    assert.equal(text.split('data green').length - 1, 1);
    assert.equal(text.split('exit status 7').length - 1, 1);
    assert.match(text, /uid=0/);
    assert.equal(text.split('COLOUR=green').length - 1, 2);
    await driver.remove(wish.id);
  });

  it('freezes what it suspends, and knows it from a pause: another driver too, and in that run only', async () => {
    const wish = wishOf(image.wish, {
      command: ['/bin/sh', '-c', 'while :; do i=$((i+1)); echo $i >/ticks; sleep 0.05; done'],
    });
    await driver.create(wish, image.source, signal);
    const first = await driver.start(wish);
    await driver.release(first);
    const ticks = async () =>
      Number(await readFile(`/proc/${first.processId}/root/ticks`, 'utf8').catch(() => '0'));
    await until('it to count', async () => (await ticks()) > 3);
    await driver.suspend(wish.id);
    const aside = await ticks();
    const heir = docker();
    const seen = await heir.inspect(wish.id);
    assert.deepEqual(
      [seen?.state, seen?.run, seen?.processId],
      ['suspended', first.run, first.processId],
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await ticks(), aside, 'nothing of it runs');
    await heir.pause(wish.id);
    assert.equal((await driver.inspect(wish.id))?.state, 'paused', 'it was told so');
    await heir.suspend(wish.id);
    await heir.unpause(wish.id);
    assert.deepEqual(
      [(await driver.inspect(wish.id))?.state, (await driver.inspect(wish.id))?.run],
      ['running', first.run],
    );
    await until('it to count on', async () => (await ticks()) > aside);
    // The engine or a person ends it: what was noted is of that run.
    await driver.suspend(wish.id);
    const client = ['-H', `unix://${engine.socket}`];
    await run('docker', [...client, 'unpause', `nova-${wish.id}`]);
    assert.equal((await driver.inspect(wish.id))?.state, 'running');
    await run('docker', [...client, 'restart', '-t', '0', `nova-${wish.id}`]);
    await run('docker', [...client, 'pause', `nova-${wish.id}`]);
    assert.equal((await driver.inspect(wish.id))?.state, 'paused');
    await driver.suspend(wish.id);
    await driver.remove(wish.id);
    assert.equal(await driver.inspect(wish.id), undefined);
    await heir.close();
  });

  it('gives a server that is started again the limits that it is wished with now', async () => {
    const wish = wishOf(image.wish, { memoryMb: 64, vcpus: 1, command: ['/bin/sleep', '100'] });
    await driver.create(wish, image.source, signal);
    const limit = async (memoryMb: number) => {
      await driver.release(await driver.start({ ...wish, memoryMb }));
      const { processId } = (await driver.inspect(wish.id))!;
      const groups = await readFile(`/proc/${processId}/cgroup`, 'utf8');
      const v1 = /^\d+:memory:(.*)$/m.exec(groups)?.[1];
      const file = v1
        ? `/sys/fs/cgroup/memory${v1}/memory.limit_in_bytes`
        : `/sys/fs/cgroup${/^0::(.*)$/m.exec(groups)?.[1]}/memory.max`;
      const bytes = Number(await readFile(file, 'utf8'));
      await driver.stop(wish.id, 0);
      return bytes;
    };
    for (const mebibytes of [64, 128, 32])
      assert.equal(await limit(mebibytes), mebibytes * 2 ** 20);
    await driver.remove(wish.id);
  });

  it('makes an image of a server: its files, the program of its image, and user data runs anew', async () => {
    const first = wishOf(image.wish, { userData: Buffer.from('#!/bin/sh\necho kept >/kept\n') });
    await driver.create(first, image.source, signal);
    await driver.release(await driver.start(first));
    await until('its user data', async () => (await printed(first.id)).includes('exit status 0'));
    const file = path.join(engine.folder, 'snapshot.tar');
    await driver.snapshot(first.id, file, signal);
    assert.equal((await driver.inspect(first.id))?.state, 'running');
    await driver.remove(first.id);
    const copy = await imageOf(file);
    const second = wishOf(copy.wish, {
      userData: Buffer.from('#!/bin/sh\necho has $(cat /kept)\n'),
    });
    await driver.create(second, copy.source, signal);
    await driver.release(await driver.start(second));
    await until('what the first wrote', async () =>
      (await printed(second.id)).includes('has kept'),
    );
    assert.equal((await driver.inspect(second.id))?.state, 'running', 'a bare image stays up');
    await driver.remove(second.id);
    const left = await run('docker', [
      '-H',
      `unix://${engine.socket}`,
      'images',
      'ovenbird/snapshot',
    ]);
    assert.doesNotMatch(left.stdout, /snapshot/);
  });

  it('makes an image of a server that was made of such an image: the program is still that of the first', async () => {
    // As after a shelving and a move: nothing of ours may pile up before the program, and wait at its gate.
    const program = [...ENTRYPOINT, '/bin/sleep', '86400'];
    let from = image;
    for (const generation of ['first', 'second', 'third']) {
      const wish = wishOf(from.wish, generation === 'first' ? { command: program.slice(-2) } : {});
      await driver.create(wish, from.source, signal);
      await driver.release(await driver.start(wish));
      const { Config: config } = JSON.parse(
        (await run('docker', ['-H', `unix://${engine.socket}`, 'inspect', `nova-${wish.id}`]))
          .stdout,
      )[0];
      if (generation === 'first')
        assert.deepEqual([...config.Entrypoint, ...config.Cmd], program, generation);
      else {
        assert.deepEqual(config.Entrypoint, ENTRYPOINT);
        assert.ok(!config.Cmd.includes(ENTRYPOINT.at(-1)), `${generation}: ${config.Cmd}`);
      }
      const file = path.join(engine.folder, `${generation}.tar`);
      await driver.snapshot(wish.id, file, signal);
      await driver.remove(wish.id);
      from = await imageOf(file);
    }
  });

  it('falls back to busybox when the image lacks the shell, and says what else is missing', async () => {
    const results: [string, RegExp][] = [
      ['#!/bin/bash\necho fallback works\n', /fallback works\n.*exit status 0/s],
      ['#!/usr/bin/python3\nprint(1)\n', /no \/usr\/bin\/python3.*exit status 127/s],
      ['hello\n', /nothing that is carried out/],
    ];
    await Promise.all(
      results.map(async ([data, expected]) => {
        const wish = wishOf(image.wish, { userData: Buffer.from(data) });
        await driver.create(wish, image.source, signal);
        await driver.release(await driver.start(wish));
        await until(`${expected}`, async () => expected.test(await printed(wish.id)));
        assert.equal((await driver.inspect(wish.id))?.state, 'running', 'a bare image stays up');
        await driver.remove(wish.id);
      }),
    );
  });

  it('gives servers key pairs, limits and no privileges', async () => {
    const wish = wishOf(image.wish, {
      hostname: 'web-1',
      dns: ['192.0.2.53'],
      authorizedKeys: ['ssh-ed25519 AAAA someone'],
      command: [
        '/bin/sh',
        '-c',
        'cat /root/.ssh/authorized_keys /etc/resolv.conf /proc/self/status; hostname; ' +
          'ip link add x type dummy; touch /.ovenbird/x; mknod /tmp/d c 1 3; stat -c %a-%u /root/.ssh/authorized_keys; echo end',
      ],
    });
    await driver.create(wish, image.source, signal);
    await driver.release(await driver.start(wish));
    await until('its output', async () => /^end$/m.test(await printed(wish.id)));
    const text = await printed(wish.id);
    assert.match(text, /^ssh-ed25519 AAAA someone$/m);
    assert.match(text, /^nameserver 192\.0\.2\.53$/m);
    assert.match(text, /^web-1$/m);
    assert.match(text, /^600-0$/m);
    assert.match(text, /^NoNewPrivs:\t1$/m);
    assert.match(text, /ip: .*Operation not permitted/);
    assert.match(text, /mknod: .*Operation not permitted/);
    assert.match(text, /touch: .*Read-only file system/);
    const capabilities = BigInt(`0x${/^CapEff:\t([0-9a-f]+)$/m.exec(text)?.[1]}`);
    assert.equal(capabilities & (1n << 12n), 0n, 'no NET_ADMIN');
    assert.equal(capabilities & (1n << 21n), 0n, 'no SYS_ADMIN');
    assert.notEqual(capabilities & (1n << 13n), 0n, 'NET_RAW, for ping');
    await driver.remove(wish.id);
  });

  it('downloads an image once for all that wait for it', async () => {
    const other = await imageOf(`${engine.folder}/busybox.tar`);
    const wishes = [1, 2, 3].map(() => wishOf(other.wish));
    await Promise.all(wishes.map((wish) => driver.create(wish, other.source, signal)));
    assert.equal(other.reads(), 1);
    await Promise.all(wishes.map((wish) => driver.remove(wish.id)));
  });

  it('refuses bytes that are not the image, and what is no image', async () => {
    const wrong = wishOf({
      ...image.wish,
      id: randomUUID(),
      digest: { algorithm: 'md5', value: '0'.repeat(32) },
    });
    const isDefinite = (pattern: RegExp) => (error: unknown) =>
      error instanceof HostFault && error.definite && pattern.test(error.message);
    await assert.rejects(
      driver.create(wrong, image.source, signal),
      isDefinite(/has the md5 [0-9a-f]{32} instead of 0{32}/),
    );
    const text = Buffer.from('just some text, '.repeat(100));
    const digest = {
      algorithm: 'md5',
      value: createHash('md5').update(text).digest('hex'),
    } as const;
    const noImage = wishOf({ ...image.wish, id: randomUUID(), size: text.length, digest });
    const { bytesSource } = await import('../../testing.ts');
    await assert.rejects(
      driver.create(noImage, bytesSource(text), signal),
      isDefinite(/is no container image: it is not a tar archive/),
    );
    await assert.rejects(
      driver.create(
        { ...noImage, image: { ...noImage.image, size: 10 } },
        bytesSource(text),
        signal,
      ),
      isDefinite(/longer than the 10 bytes/),
    );
    assert.equal(await driver.inspect(wrong.id), undefined);
  });

  it('loads what "docker save" writes without moving the names in it', async () => {
    const { Engine } = await import('./engine.ts');
    const client = ['-H', `unix://${engine.socket}`];
    const file = `${engine.folder}/saved.tar`;
    await run('docker', [
      ...client,
      'import',
      '--change',
      'CMD ["sleep","77"]',
      `${engine.folder}/busybox.tar`,
      'mine:1',
    ]);
    await run('docker', [...client, 'save', '-o', file, 'mine:1']);
    await run('docker', [...client, 'rmi', 'mine:1']);
    await run('docker', [...client, 'import', `${engine.folder}/busybox.tar`, 'mine:1']);
    const api = new Engine(engine.socket);
    const idOf = async () =>
      (await api.json<{ Id: string }>({ path: '/images/mine:1/json', what: 'test' }))?.Id;
    const before = await idOf();
    const saved = await imageOf(file);
    const wish = wishOf(saved.wish);
    await driver.create(wish, saved.source, signal);
    const made = await api.json<{ Config: { Cmd: string[] } }>({
      path: `/containers/nova-${wish.id}/json`,
      what: 'test',
    });
    assert.deepEqual(made?.Config.Cmd, ['sleep', '77']);
    assert.equal(await idOf(), before);
    await driver.remove(wish.id);
    api.close();
  });

  it('leaves what belongs to another cloud alone', async () => {
    const other = docker('d'.repeat(32));
    const wish = wishOf(image.wish);
    await other.create(wish, image.source, signal);
    assert.ok(!(await driver.list()).includes(wish.id));
    await assert.rejects(driver.remove(wish.id), /belongs to somebody else/);
    await other.remove(wish.id);
    await other.close();
  });

  it('starts a server although the engine was killed in the middle of starting it', async () => {
    for (const delay of [50, 90, 130]) {
      const wish = wishOf(image.wish);
      await driver.create(wish, image.source, signal);
      const cutOff = driver.start(wish).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await engine.kill();
      await cutOff;
      await engine.start();
      const instance = await driver.start(wish);
      assert.equal(instance.state, 'running');
      await driver.release(instance);
      await driver.remove(wish.id);
      const { stdout } = await run('ps', ['-eo', 'args']);
      assert.ok(!stdout.includes(instance.containerId), 'nothing of it goes on');
    }
  });

  it('says that the engine is away, and works again when it is back; servers go on', async () => {
    const wish = wishOf(image.wish);
    await driver.create(wish, image.source, signal);
    const running = await driver.start(wish);
    await driver.release(running);
    await engine.kill();
    await assert.rejects(
      driver.inspect(wish.id),
      (error) =>
        error instanceof HostFault && !error.definite && /does not answer/.test(error.message),
    );
    await engine.start();
    const found = await driver.inspect(wish.id);
    assert.deepEqual([found?.run, found?.processId], [running.run, running.processId]);
    await driver.remove(wish.id);
  });
});
