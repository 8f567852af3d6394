import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { sleep } from '../core/time.ts';
import { run } from './command.ts';
import type { ImageSource } from './drivers/driver.ts';
import { Engine } from './drivers/docker/engine.ts';
import type { ServerWish } from './wish.ts';

/** A private Docker Engine of a test. */
export interface TestEngine {
  readonly socket: string;
  readonly folder: string;
  /** SIGKILL of dockerd alone; servers go on (live restore). */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Removes its containers, ends it, removes the folder. */
  stop(): Promise<void>;
}

const processOf = (file: string): number | undefined => {
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : NaN;
  return Number.isInteger(pid) && existsSync(`/proc/${pid}`) ? pid : undefined;
};

/** Resolves when the condition holds; rejects with the description after so many milliseconds. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  milliseconds = 20_000,
): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${milliseconds} ms`);
    await sleep(20);
  }
}

/** Starts a private engine without any network of its own. `namespace`: a named network namespace to start it in. */
export async function startEngine(): Promise<TestEngine> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ovb-host-'));
  const socket = path.join(folder, 'docker.sock');
  const pidFile = path.join(folder, 'docker.pid');
  const containerdPid = path.join(folder, 'exec/containerd/containerd.pid');
  const start = async () => {
    await rm(pidFile, { force: true });
    await rm(containerdPid, { force: true });
    const log = openSync(path.join(folder, 'dockerd.log'), 'a');
    const child = spawn(
      'dockerd',
      [
        '--bridge=none',
        '--iptables=false',
        '--ip6tables=false',
        '--live-restore',
        `--data-root=${path.join(folder, 'data')}`,
        `--exec-root=${path.join(folder, 'exec')}`,
        `--host=unix://${socket}`,
        `--pidfile=${pidFile}`,
      ],
      { stdio: ['ignore', log, log], detached: true },
    );
    child.unref();
    const engine = new Engine(socket);
    await until('a private dockerd', () =>
      engine.json({ path: '/version', what: 'test' }).then(
        () => true,
        () => false,
      ),
    ).finally(() => engine.close());
  };
  const end = async (signal: NodeJS.Signals, files: string[]) => {
    for (const file of files) {
      const pid = processOf(file);
      if (pid === undefined) continue;
      process.kill(pid, signal);
      await until(`the end of ${pid}`, () => {
        const state = existsSync(`/proc/${pid}/stat`)
          ? readFileSync(`/proc/${pid}/stat`, 'utf8')
          : 'Z';
        return /\) Z/.test(state) || state === 'Z';
      });
    }
  };
  await start();
  return {
    socket,
    folder,
    start,
    kill: () => end('SIGKILL', [pidFile, containerdPid]),
    async stop() {
      if (processOf(pidFile) === undefined) await start();
      const engine = new Engine(socket);
      const all =
        (await engine.json<{ Id: string }[]>({
          path: '/containers/json',
          query: { all: true },
          what: 'test',
        })) ?? [];
      for (const { Id: id } of all) {
        await engine.json({
          method: 'DELETE',
          path: `/containers/${id}`,
          query: { force: true, v: true },
          accept: [404, 409],
          what: 'test',
        });
      }
      engine.close();
      await end('SIGTERM', [pidFile]);
      await end('SIGTERM', [containerdPid]);
      for (const line of readFileSync('/proc/mounts', 'utf8').split('\n').toReversed()) {
        const target = line.split(' ')[1];
        if (target?.startsWith(`${folder}/`))
          await run('umount', ['-l', target]).catch(() => undefined);
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An image of a test: its bytes in a file, and what Glance would say of them. */
export interface TestImage {
  readonly wish: ServerWish['image'];
  readonly source: ImageSource;
  /** How often its bytes were asked for. */
  readonly reads: () => number;
}

/** Gives the bytes of a file as an image. */
export async function imageOf(file: string): Promise<TestImage> {
  const bytes = await readFile(file);
  let reads = 0;
  return {
    wish: {
      id: randomUUID(),
      containerFormat: 'docker',
      diskFormat: 'raw',
      size: bytes.length,
      digest: { algorithm: 'sha512', value: createHash('sha512').update(bytes).digest('hex') },
    },
    source: async () => {
      reads++;
      return createReadStream(file);
    },
    reads: () => reads,
  };
}

/** A root file system with busybox and some of its applets as a plain tar archive. */
export async function busyboxArchive(folder: string): Promise<string> {
  const root = path.join(folder, 'rootfs');
  for (const name of ['bin', 'etc', 'tmp', 'root', 'var']) {
    await mkdir(path.join(root, name), { recursive: true });
  }
  await copyFile('/bin/busybox', path.join(root, 'bin/busybox'));
  for (const applet of ['sh', 'cat', 'echo', 'ip', 'ping', 'httpd', 'wget', 'sleep', 'id', 'env']) {
    await symlink('busybox', path.join(root, 'bin', applet)).catch(() => undefined);
  }
  await writeFile(path.join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  const file = path.join(folder, 'busybox.tar');
  await run('tar', ['-C', root, '--owner=0', '--group=0', '-cf', file, '.']);
  return file;
}

/** A source that gives these bytes for any image. */
export const bytesSource =
  (bytes: Buffer): ImageSource =>
  async () =>
    Readable.from([bytes]);

/** A wish with everything that a test does not care about. */
export const wishOf = (
  image: ServerWish['image'],
  change: Partial<ServerWish> = {},
): ServerWish => ({
  id: randomUUID(),
  name: 'test',
  hostname: 'test',
  projectId: 'p'.repeat(32),
  image,
  command: undefined,
  entrypoint: undefined,
  workingDirectory: undefined,
  tty: false,
  setuid: false,
  restart: { when: 'never', attempts: 0 },
  administrator: 'root',
  passwordHash: undefined,
  configDrive: false,
  rescue: undefined,
  environment: {},
  vcpus: 1,
  memoryMb: 64,
  diskGb: 1,
  pidsLimit: 64,
  cpuShares: undefined,
  stopTimeout: 2,
  power: 'running',
  generation: 0,
  build: 0,
  rebootKind: 'hard',
  interfaces: [],
  userData: undefined,
  authorizedKeys: [],
  dns: [],
  dnsSearch: [],
  ...change,
});
