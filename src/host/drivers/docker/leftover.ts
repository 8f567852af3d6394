import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/**
 * Ends what an engine that was killed in the middle of starting a container has left: containerd goes on with a task
 * that the engine that comes back knows nothing of. It then refuses to start the container ("already exists"), and
 * would leave the task behind when the container is removed.
 *
 * containerd runs a shim for each task and removes the task, its processes included, when the shim dies; so the shim
 * is what has to end. Gives whether there was one.
 */
export async function endLeftoverTask(containerId: string): Promise<boolean> {
  let found = false;
  for (const name of await readdir('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue;
    // A process that has ended meanwhile says nothing.
    const words = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (!path.basename(words[0] ?? '').startsWith('containerd-shim')) continue;
    if (words[words.indexOf('-id') + 1] !== containerId) continue;
    found = true;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch {
      // ended meanwhile
    }
  }
  return found;
}

/**
 * Removes the folder of a task that containerd began to make and does not know of any more, when a refusal names it
 * (`mkdir …/<container id>: file exists`). Only a folder of containerd's tasks, of this container, with nothing
 * mounted in it.
 */
export async function removeLeftoverBundle(message: string, containerId: string): Promise<void> {
  const folder = /mkdir (\/[^\s:]+): file exists/.exec(message)?.[1];
  if (folder === undefined || path.normalize(folder) !== folder) return;
  if (path.basename(folder) !== containerId || !folder.includes('/io.containerd.runtime.')) return;
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  if (mounts.includes(` ${folder}`)) return;
  await rm(folder, { recursive: true, force: true });
}
