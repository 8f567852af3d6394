import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isUuid } from '../../core/ids.ts';

/** The last start of a server that was begun, kept beside its folder on the host. */
export interface StartRecord {
  readonly generation: number;
  /** The run before it, null for none: when the engine still tells this one, the start did not happen. */
  readonly run: string | null;
  readonly session: string;
  /** It is down because the control plane wished so. */
  readonly stopped: boolean;
  /** So often in a row it was started again after it had ended by itself. */
  readonly restarts?: number;
}

/** The records of a host's servers, in files: written whole or not at all, and before what they announce. */
export class StartRecords {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(serverId: string): Promise<StartRecord | undefined> {
    try {
      return JSON.parse(await readFile(this.#file(serverId), 'utf8')) as StartRecord;
    } catch {
      return undefined; // None, or a file that no start of ours can have left.
    }
  }

  async write(serverId: string, record: StartRecord): Promise<void> {
    const file = this.#file(serverId);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await replace(file, `${JSON.stringify(record)}\n`);
  }

  async remove(serverId: string): Promise<void> {
    await rm(path.dirname(this.#file(serverId)), { recursive: true, force: true });
  }

  /** Servers that have a folder here. */
  async list(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.filter((name) => isUuid(name));
  }

  #file(serverId: string): string {
    return path.join(this.#folder, serverId, 'start.json');
  }
}

/** Not synced to the disk: it has to outlive processes only. After a power cut the session is another one anyway. */
async function replace(file: string, text: string): Promise<void> {
  const fresh = `${file}.new`;
  await writeFile(fresh, text, { mode: 0o600 });
  await rename(fresh, file);
}

const sessionFile = (folder: string): string => path.join(folder, 'session.json');

/**
 * Names the time since the machine was booted or the cloud stopped its servers.
 *
 * @param folder of the host
 */
export async function currentSession(folder: string): Promise<string> {
  const file = sessionFile(folder);
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  try {
    const known = JSON.parse(await readFile(file, 'utf8')) as { boot: string; session: string };
    if (known.boot === boot && known.session) return known.session;
  } catch {
    // A new one is made.
  }
  const session = randomUUID();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await replace(file, `${JSON.stringify({ boot, session })}\n`);
  return session;
}

/**
 * For whoever stops all servers of a host together with their cloud, before doing so: those that ran are started again
 * with the cloud, as after a boot of the machine.
 */
export const endSession = (folder: string): Promise<void> =>
  rm(sessionFile(folder), { force: true });
