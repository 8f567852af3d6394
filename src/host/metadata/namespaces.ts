import { readdir } from 'node:fs/promises';
import { run } from '../command.ts';

/** Names of all network namespaces of this machine. */
export const namespaces = (): Promise<string[]> => readdir('/run/netns').catch(() => []);

/** Removes the metadata namespaces of a cloud, whatever its hosts are called: for when it is taken off the machine. */
export async function removeMetadataNamespaces(cloudName: string): Promise<void> {
  for (const name of await namespaces()) {
    // A cloud's name has no dash, so the last part is exactly that.
    if (/^ovnmeta-[0-9a-f-]{13}-/.test(name) && name.endsWith(`-${cloudName}`)) {
      await run('ip', ['netns', 'delete', name]);
    }
  }
}
