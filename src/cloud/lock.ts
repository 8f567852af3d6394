import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { sleep } from '../core/time.ts';
import type { Layout } from './layout.ts';
import { writeAtomically } from './files.ts';
import { identify, isAlive, terminate, type ProcessIdentity } from './process.ts';

/** What the holder of the lock does: a supervisor may be asked to leave, a command is waited for. */
export type LockPurpose = 'supervisor' | 'command';

export interface LockHolder extends ProcessIdentity {
  readonly purpose: LockPurpose;
}

/** Another process changes this cloud now. */
export class LockedError extends Error {
  readonly holder: LockHolder | undefined;

  constructor(holder: LockHolder | undefined) {
    super(
      holder === undefined
        ? 'another ovenbird command works on this cloud: wait for it to end'
        : `process ${holder.pid} works on this cloud: wait for it to end, or end it`,
    );
    this.name = 'LockedError';
    this.holder = holder;
  }
}

/** The right to start and stop this cloud's processes; `release` gives it back, and so does our death. */
export interface CloudLock {
  release(): Promise<void>;
}

/**
 * Takes the one writer lock of a cloud: the name of a socket in the kernel's abstract namespace, which exists as
 * long as its process. Unlike a pid file it cannot be stale; the file beside it only says who holds it.
 */
export async function takeLock(
  home: string,
  files: Layout,
  purpose: LockPurpose,
): Promise<CloudLock> {
  const server = createServer((socket) => socket.destroy());
  try {
    await listen(
      server,
      `\0ovenbird-${createHash('sha256').update(home).digest('hex').slice(0, 32)}`,
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
      throw new LockedError(lockHolder(files));
    throw error;
  }
  server.unref();
  writeAtomically(files.supervisor, `${JSON.stringify({ ...identify(process.pid), purpose })}\n`);
  return {
    release: () =>
      new Promise((resolve) => {
        rmSync(files.supervisor, { force: true });
        server.close(() => resolve());
      }),
  };
}

/** Does the work while no other process of this machine does such work: choosing what must differ between clouds. */
export async function withMachineLock<T>(work: () => Promise<T>): Promise<T> {
  const server = createServer((socket) => socket.destroy());
  for (let attempt = 0; ; attempt++) {
    try {
      await listen(server, '\0ovenbird-machine');
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt > 500) throw error;
      await sleep(20);
    }
  }
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

const listen = (server: Server, name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(name, () => resolve());
  });

/** Who holds the lock, if that process runs. */
export function lockHolder(files: Layout): LockHolder | undefined {
  try {
    const holder = JSON.parse(readFileSync(files.supervisor, 'utf8')) as LockHolder;
    return isAlive(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the lock away from a supervisor, which ends by that and leaves everything running; false if none ran. */
export async function dismissSupervisor(files: Layout): Promise<boolean> {
  const holder = lockHolder(files);
  if (holder?.purpose !== 'supervisor') return false;
  await terminate(holder, 'SIGTERM', 5000);
  return true;
}
