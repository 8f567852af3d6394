import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../command.ts';
import { definite } from '../../fault.ts';
import { imageInfo, type BaseImage } from './image.ts';
import { FILES } from './machine.ts';

const GIB = 2 ** 30;

/** How long copying a whole disk may take, in milliseconds. */
const COPY_PATIENCE = 60 * 60 * 1000;

/** Snapshot inside a disk that `copyDisk` reads while the machine goes on. */
export const COPY_SNAPSHOT = 'ovenbird-copy';

/**
 * Makes a server's disk: a copy-on-write layer above its image, of the flavor's size (in GiB; 0: the image's own).
 * Does nothing when the disk is there.
 */
export async function makeDisk(
  folder: string,
  image: BaseImage,
  diskGb: number,
  name: 'disk' | 'rescue' = 'disk',
): Promise<void> {
  const file = path.join(folder, FILES[name]);
  if ((await stat(file).catch(() => undefined)) !== undefined) return;
  const size = diskGb === 0 ? image.virtualSize : diskGb * GIB;
  if (size < image.virtualSize) {
    throw definite(
      `the image is a disk of ${(image.virtualSize / GIB).toFixed(1)} GiB, the flavor's has only ${diskGb} GiB`,
    );
  }
  const fresh = `${file}.new`;
  await rm(fresh, { force: true });
  await run(
    'qemu-img',
    ['create', '-q', '-f', 'qcow2', '-F', image.format, '-b', image.file, fresh, String(size)],
    { timeout: 60_000 },
  );
  await rename(fresh, file);
}

/** Makes a disk larger, if the flavor says so now; one that is larger already stays: what is on it cannot be asked. */
export async function growDisk(folder: string, diskGb: number): Promise<void> {
  const file = path.join(folder, FILES.disk);
  const info = await imageInfo(file, 'qcow2');
  if (diskGb * GIB <= info['virtual-size']) return;
  await run('qemu-img', ['resize', '-q', '-f', 'qcow2', file, String(diskGb * GIB)], {
    timeout: 60_000,
  });
}

/**
 * Copies a disk into one file that stands alone. Of a machine that runs, its snapshot `COPY_SNAPSHOT` is copied: its
 * blocks do not change while it exists, so it can be read beside QEMU.
 */
export async function copyDisk(
  folder: string,
  target: string,
  isRunning: boolean,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const args = [
    ['convert', '-f', 'qcow2', '-O', 'qcow2'],
    isRunning ? ['-U', '-l', `snapshot.name=${COPY_SNAPSHOT}`] : [],
    path.join(folder, FILES.disk),
    target,
  ].flat();
  await run('qemu-img', args, { timeout: COPY_PATIENCE });
}
