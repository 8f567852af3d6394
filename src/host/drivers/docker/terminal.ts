import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import type { ConsoleSize } from '../../../core/console-session.ts';
import { isUuid } from '../../../core/ids.ts';
import { sleep } from '../../../core/time.ts';
import { definite } from '../../fault.ts';
import type { Upgraded } from '../../http-client.ts';
import type { OpenConsole } from '../driver.ts';
import type { InspectedContainer } from './container.ts';
import type { Engine } from './engine.ts';
import { endSession, MARKER } from './sessions.ts';
import { INSIDE } from './start.ts';

/**
 * Becomes the image's shell. One without any gets the busybox that lies beside the start script, and is told so: what
 * is in the image can be looked at all the same.
 */
const SHELL_SCRIPT = `for shell in /bin/bash /usr/bin/bash /bin/sh /usr/bin/sh; do
  if [ -f "$shell" ] && [ -x "$shell" ]; then exec "$shell"; fi
done
echo "ovenbird: the image has no shell; this one is the host's busybox"
exec ${INSIDE}/busybox sh
`;

/** How often the engine is asked for the number of a process that it has just been told to start. */
const ASKED = 100;

const ENDED = 'The server does not run any more.';

interface ExecState {
  readonly Running: boolean;
  readonly ExitCode: number | null;
  readonly Pid: number;
}

/** Terminals in containers: a shell of each person's own, or the terminal of the main process where it has one. */
export class Terminals {
  readonly #engine: Engine;
  readonly #container: (serverId: string) => Promise<InspectedContainer | undefined>;
  /** One file for each shell that may run, named as it is marked: what an agent that is killed leaves to the next. */
  readonly #notes: string;

  /** @param container gives the container that is the server at present */
  constructor(
    engine: Engine,
    folder: string,
    container: (serverId: string) => Promise<InspectedContainer | undefined>,
  ) {
    this.#engine = engine;
    this.#container = container;
    this.#notes = path.join(folder, 'consoles');
  }

  async open(serverId: string, size: ConsoleSize): Promise<OpenConsole> {
    const container = await this.#container(serverId);
    if (container === undefined) throw definite(`there is no container of server ${serverId}`);
    const { Status: status } = container.State;
    if (status === 'paused') throw definite(`server ${serverId} is paused`);
    if (status !== 'running') throw definite(`server ${serverId} does not run`);
    return container.Config.Tty === true
      ? this.#attach(serverId, container.Id, size)
      : this.#shell(serverId, container.Id, size);
  }

  /** Ends the shells of an agent that died. */
  async endLeftOver(): Promise<void> {
    const left = (await readdir(this.#notes).catch(() => [])).filter((name) => isUuid(name));
    for (const id of left) await this.#end(id);
  }

  async #runs(serverId: string, containerId: string): Promise<boolean> {
    const container = await this.#container(serverId);
    return container?.Id === containerId && container.State.Status === 'running';
  }

  /** The main process has a terminal, which everybody who looks shares. */
  async #attach(serverId: string, containerId: string, size: ConsoleSize): Promise<OpenConsole> {
    const itself = `/containers/${containerId}`;
    const resize = async ({ columns: w, rows: h }: ConsoleSize) => {
      await this.#engine.json({
        method: 'POST',
        path: `${itself}/resize`,
        query: { w, h },
        accept: [404, 409],
        what: 'telling the size of the terminal',
      });
    };
    const upgraded = await this.#engine.upgrade({
      method: 'POST',
      path: `${itself}/attach`,
      query: { stream: true, stdin: true, stdout: true, stderr: true },
      what: 'attaching to the container',
    });
    await resize(size);
    return {
      stream: whole(upgraded),
      resize,
      ending: async () =>
        (await this.#runs(serverId, containerId))
          ? 'The server’s main process let go of its terminal.'
          : ENDED,
      close: async () => void upgraded.connection.destroy(),
    };
  }

  async #shell(serverId: string, containerId: string, size: ConsoleSize): Promise<OpenConsole> {
    const id = randomUUID();
    await mkdir(this.#notes, { recursive: true, mode: 0o700 });
    await writeFile(path.join(this.#notes, id), '', { mode: 0o600 });
    let exec: string;
    let upgraded: Upgraded;
    try {
      exec = await this.#prepare(containerId, id);
      upgraded = await this.#engine.upgrade({
        method: 'POST',
        path: `/exec/${exec}/start`,
        body: { Detach: false, Tty: true },
        what: 'starting a shell',
      });
    } catch (error) {
      await this.#end(id);
      throw error;
    }
    const inspect = () =>
      this.#engine.json<ExecState>({
        path: `/exec/${exec}/json`,
        accept: [404],
        what: 'looking at the shell',
      });
    const leader = this.#leader(inspect).catch(() => undefined);
    const resize = async ({ columns: w, rows: h }: ConsoleSize) => {
      await leader;
      await this.#engine.json({
        method: 'POST',
        path: `/exec/${exec}/resize`,
        query: { w, h },
        accept: [404, 409, 500], // it has ended
        what: 'telling the size of the terminal',
      });
    };
    // Engines of before API 1.42 know of no size at the start.
    resize(size).catch(() => undefined);
    let closing: Promise<void> | undefined;
    return {
      stream: whole(upgraded),
      resize,
      ending: async () => {
        if (!(await this.#runs(serverId, containerId))) return ENDED;
        const { ExitCode: code } = (await inspect()) ?? {};
        return typeof code === 'number' && code !== 0
          ? `The shell ended with exit status ${code}.`
          : 'The shell ended.';
      },
      close: () =>
        (closing ??= (async () => {
          const pid = await leader;
          upgraded.connection.destroy();
          await this.#end(id, pid);
        })()),
    };
  }

  async #prepare(containerId: string, id: string): Promise<string> {
    const made = await this.#engine.json<{ Id: string }>({
      method: 'POST',
      path: `/containers/${containerId}/exec`,
      body: {
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        Tty: true,
        Env: ['TERM=xterm-256color', `${MARKER}=${id}`],
        Cmd: [`${INSIDE}/busybox`, 'sh', '-c', SHELL_SCRIPT],
      },
      what: 'making a shell',
    });
    return made?.Id ?? '';
  }

  /** The first process of a shell; undefined when it ended before it was seen. */
  async #leader(inspect: () => Promise<ExecState | undefined>): Promise<number | undefined> {
    for (let attempt = 0; attempt < ASKED; attempt++) {
      const state = await inspect();
      if (state === undefined || state.Pid > 0) return state?.Pid;
      if (typeof state.ExitCode === 'number' && !state.Running) return undefined;
      await sleep(50);
    }
    return undefined;
  }

  async #end(id: string, leader?: number): Promise<void> {
    await endSession(id, leader);
    await rm(path.join(this.#notes, id), { force: true });
  }
}

/** The connection, with what came together with the reply. */
function whole({ connection, first }: Upgraded): Duplex {
  if (first.length > 0) connection.unshift(first);
  return connection;
}
