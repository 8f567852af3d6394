import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  link,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import path from 'node:path';
import { definite } from '../../fault.ts';
import { run } from '../../command.ts';
import { eachAlone, Together } from '../../together.ts';
import type { DriveFile, ServerWish } from '../../wish.ts';
import { FUNCTIONS } from './guest/functions.ts';
import type { Plan } from './guest/plan.ts';
import { PASSWORD_SCRIPT, START_SCRIPT } from './start.ts';

const BUSYBOX = ['/bin/busybox', '/usr/bin/busybox'];

/** Within how many milliseconds of its start a server comes to the gate: so long it is held open. */
export const GATE_PATIENCE = 120_000;

/** Place of what stands in for a server while it is rescued. */
export const rescueOf = (serverId: string): string => path.join(serverId, 'rescue');

/**
 * The folders that servers see as `/.ovenbird`: busybox, the start script, user data and the gate. What is in them is
 * readable by everybody inside, whatever user the image runs as; nobody can reach them outside, since a folder above
 * is closed.
 */
export class ServerFolders {
  readonly #root: string;
  readonly #gates = new Map<string, { handle: FileHandle; timer: NodeJS.Timeout }>();
  #busybox: Promise<string> | undefined;
  readonly #fifos = new Together<string>(
    eachAlone(async (files) =>
      run(await this.#busyboxProgram(), ['mkfifo', '-m', '0644', ...files]),
    ),
    100,
  );

  constructor(root: string) {
    this.#root = root;
  }

  /** The folder that is mounted into the server. */
  path(serverId: string): string {
    return path.join(this.#root, serverId, 'inside');
  }

  /** The folder that is mounted into a server with a config drive. */
  drive(serverId: string): string {
    return path.join(this.#root, serverId, 'drive');
  }

  /** Whether a rescue of the server was begun and is not over: it is in the place `rescueOf`. */
  async isRescued(serverId: string): Promise<boolean> {
    const found = await stat(path.join(this.#root, rescueOf(serverId))).catch(() => undefined);
    return found !== undefined;
  }

  /** Notes that the server is suspended in this run of it, and not just paused. */
  async noteSuspended(serverId: string, run: string): Promise<void> {
    await writeFile(this.#suspended(serverId), run, { mode: 0o600 });
  }

  async forgetSuspended(serverId: string): Promise<void> {
    await rm(this.#suspended(serverId), { force: true });
  }

  /** The run that was suspended last; of another run it means nothing any more. */
  async suspendedRun(serverId: string): Promise<string | undefined> {
    return readFile(this.#suspended(serverId), 'utf8').catch(() => undefined);
  }

  #suspended(serverId: string): string {
    return path.join(this.#root, serverId, 'suspended');
  }

  /** Writes the files of a config drive, each whole or not at all: the server may be reading. */
  async fillDrive(serverId: string, files: readonly DriveFile[]): Promise<void> {
    const folder = this.drive(serverId);
    await mkdir(folder, { recursive: true, mode: 0o755 });
    for (const { path: name, content } of files) {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
      await writeFile(`${file}.new`, content, { mode: 0o644 });
      await rename(`${file}.new`, file);
    }
  }

  /**
   * Makes the folder, or completes it.
   *
   * @param place the server's id, or `rescueOf` it
   */
  async prepare(place: string, wish: Pick<ServerWish, 'id'>, plan: Plan): Promise<string> {
    const folder = this.path(place);
    const [busybox] = await Promise.all([
      (this.#busybox ??= this.#copyBusybox()),
      mkdir(folder, { recursive: true, mode: 0o755 }),
    ]);
    await Promise.all([
      // A link, not a copy: two megabytes for all servers of the host.
      link(busybox, path.join(folder, 'busybox')).catch(unlessCode('EEXIST')),
      this.#gateOf(folder),
      writeFile(path.join(folder, 'start'), START_SCRIPT),
      writeFile(path.join(folder, 'server'), `${wish.id}\n`),
      writeFile(path.join(folder, 'functions'), FUNCTIONS),
      writeFile(path.join(folder, 'password'), PASSWORD_SCRIPT),
      this.#plan(path.join(folder, 'guest'), plan),
    ]);
    return folder;
  }

  /** What is to be done with user data; no folder when that is nothing. */
  async #plan(folder: string, { files, stages }: Plan): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    const scripts = Object.entries(stages).filter(([, script]) => script !== '');
    if (scripts.length === 0) return;
    await mkdir(folder, { mode: 0o755 });
    await Promise.all([
      ...scripts.map(([name, script]) => writeFile(path.join(folder, name), script)),
      ...files.map(async ({ name, content, mode }) => {
        await writeFile(path.join(folder, name), content, { mode });
        await chmod(path.join(folder, name), mode);
      }),
    ]);
  }

  /**
   * Lets the server pass. If it waits there already, it has the line and that is all; if it has not come to the gate
   * yet but may, the fifo is held open, or the line would be lost, until it should have.
   */
  async open(serverId: string, mayYetCome: boolean): Promise<void> {
    await this.close(serverId);
    const gate = path.join(this.path(serverId), 'go');
    try {
      const handle = await open(gate, constants.O_WRONLY | constants.O_NONBLOCK);
      await handle.write('go\n').finally(() => handle.close());
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'ENXIO') throw error; // ENXIO: nobody reads
    }
    if (!mayYetCome) return;
    const handle = await open(gate, constants.O_RDWR | constants.O_NONBLOCK);
    await handle.write('go\n');
    const timer = setTimeout(() => void this.close(serverId), GATE_PATIENCE);
    timer.unref();
    this.#gates.set(serverId, { handle, timer });
  }

  /** The run is over: a line that nobody read must not let the next one pass. */
  async close(serverId: string): Promise<void> {
    const gate = this.#gates.get(serverId);
    if (gate === undefined) return;
    this.#gates.delete(serverId);
    clearTimeout(gate.timer);
    await gate.handle.close();
  }

  /** @param place the server's id, for all of it, or `rescueOf` it */
  async remove(place: string): Promise<void> {
    await this.close(place);
    await rm(path.join(this.#root, place), { recursive: true, force: true });
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#gates.keys()].map((id) => this.close(id)));
  }

  async #gateOf(folder: string): Promise<void> {
    const gate = path.join(folder, 'go');
    const found = await stat(gate).catch(() => undefined);
    if (found?.isFIFO()) return;
    // Node cannot make a fifo. It appears under its name with its final mode.
    const fresh = `${gate}.new`;
    await rm(fresh, { force: true });
    await this.#fifos.add(fresh);
    await rename(fresh, gate);
  }

  async #busyboxProgram(): Promise<string> {
    for (const file of BUSYBOX) if (await stat(file).catch(() => undefined)) return file;
    throw definite('this host has no busybox: install the package busybox-static');
  }

  /** One copy on the file system of the folders, so that each server's can be a link to it. */
  async #copyBusybox(): Promise<string> {
    try {
      const program = await this.#busyboxProgram();
      await mkdir(this.#root, { recursive: true, mode: 0o700 });
      const copy = path.join(this.#root, '.busybox');
      const [own, theirs] = await Promise.all([stat(copy).catch(() => undefined), stat(program)]);
      if (own?.size === theirs.size && own.mtimeMs >= theirs.mtimeMs) return copy;
      const fresh = `${copy}.${process.pid}`;
      await copyFile(program, fresh);
      await chmod(fresh, 0o755);
      await rename(fresh, copy);
      return copy;
    } catch (error) {
      this.#busybox = undefined;
      throw error;
    }
  }
}

const unlessCode =
  (code: string) =>
  (error: NodeJS.ErrnoException): void => {
    if (error.code !== code) throw error;
  };
