import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import type { HostDescription } from '../driver.ts';
import type { Engine } from './engine.ts';

/**
 * What the engine has for servers.
 *
 * @param folder of the host: its disk counts where the engine's is out of sight
 */
export async function describeHost(engine: Engine, folder: string): Promise<HostDescription> {
  const info = await engine.json<{
    ServerVersion: string;
    DockerRootDir: string;
    NCPU: number;
    MemTotal: number;
  }>({ path: '/info', what: 'asking what it has' });
  // The engine may see another file system than we do (a system engine in a mount namespace of its own).
  const disk = await statfs(info?.DockerRootDir ?? '/').catch(() => statfs(folder));
  const gib = (blocks: number) => Math.floor((blocks * disk.bsize) / 2 ** 30);
  return {
    version: info?.ServerVersion ?? 'unknown',
    vcpus: info?.NCPU || availableParallelism(),
    memoryMb: Math.floor((info?.MemTotal || totalmem()) / 2 ** 20),
    diskGb: gib(disk.blocks),
    freeDiskGb: gib(disk.bavail),
  };
}
