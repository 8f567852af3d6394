import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { sleep } from '../../core/time.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { Driver } from '../drivers/driver.ts';
import { definite, HostFault } from '../fault.ts';
import type { Question } from './console.ts';

/** A control plane that is being restarted is waited for; pause in milliseconds. */
const ATTEMPTS = 60;
const PAUSE = 2_000;

/**
 * Copies a server's disk into a file and gives it to the control plane as an image's data. An agent that died in
 * between left a file at most, and begins anew.
 *
 * @param folder of the host
 */
export async function takeSnapshot(
  { id, serverId, replyTo }: Question,
  driver: Driver,
  controlPlane: ControlPlane,
  folder: string,
): Promise<void> {
  if (driver.snapshot === undefined) {
    throw definite(`the driver ${driver.name} of this host makes no images of servers`);
  }
  const snapshots = path.join(folder, 'snapshots');
  // The id comes from the database: a name of a file here, and nothing else.
  const file = path.join(snapshots, path.basename(id));
  await mkdir(snapshots, { recursive: true, mode: 0o700 });
  try {
    await rm(file, { force: true });
    await driver.snapshot(serverId, file, new AbortController().signal);
    for (let attempt = 1; ; attempt++) {
      try {
        return await controlPlane.upload(replyTo, file);
      } catch (error) {
        const isPassing = error instanceof HostFault && !error.definite;
        if (!isPassing || attempt === ATTEMPTS) throw error;
        await sleep(PAUSE);
      }
    }
  } finally {
    await rm(file, { force: true });
  }
}
