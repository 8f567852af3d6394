import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isUuid } from '../../../core/ids.ts';
import { FILES } from './machine.ts';

/** What a server was made from. */
export interface MachineNotes {
  readonly imageId: string;
  /** Absent in notes of before: 0. */
  readonly build?: number;
  /** Base image that its disk stands on. */
  readonly base: string;
  /** Of a rescue: which one, and the base image that its disk stands on. */
  readonly rescue?: { readonly id: string; readonly base: string };
}

/** The last run of a server that was seen; QEMU itself tells nothing of it once it has ended. */
export interface RunNotes {
  readonly run: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** When it was found to have ended; absent while it runs. */
  readonly finishedAt?: number;
}

/** The folder of one server's machine, below the server's own on this host. */
export class MachineFolder {
  readonly path: string;

  constructor(servers: string, serverId: string) {
    this.path = path.join(servers, serverId, 'machine');
  }

  file(name: keyof typeof FILES): string {
    return path.join(this.path, FILES[name]);
  }

  async make(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
  }

  async remove(): Promise<void> {
    // The notes first: what is half removed is no server any more.
    await rm(this.file('notes'), { force: true });
    await rm(this.path, { recursive: true, force: true });
  }

  async has(name: keyof typeof FILES): Promise<boolean> {
    return (await stat(this.file(name)).catch(() => undefined)) !== undefined;
  }

  /** Reads a file of JSON; undefined when it is not there or was not written by us. */
  async read<T>(name: 'notes' | 'run'): Promise<T | undefined> {
    try {
      return JSON.parse(await readFile(this.file(name), 'utf8')) as T;
    } catch {
      return undefined;
    }
  }

  /** Whole or not at all. */
  async write(name: 'notes' | 'run', value: MachineNotes | RunNotes): Promise<void> {
    const fresh = `${this.file(name)}.new`;
    await writeFile(fresh, `${JSON.stringify(value)}\n`, { mode: 0o600 });
    await rename(fresh, this.file(name));
  }

  /** Number of the process that QEMU says it is; undefined when it does not. */
  async processNumber(): Promise<number | undefined> {
    const number = Number((await readFile(this.file('pid'), 'utf8').catch(() => '')).trim());
    return Number.isSafeInteger(number) && number > 0 ? number : undefined;
  }
}

/** Servers that have a machine's folder here. */
export async function serversIn(servers: string): Promise<string[]> {
  const names = (await readdir(servers).catch(() => [])).filter((name) => isUuid(name));
  const there = await Promise.all(
    names.map((name) => new MachineFolder(servers, name).has('notes')),
  );
  return names.filter((_, index) => there[index]);
}
