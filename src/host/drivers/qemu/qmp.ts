import type { Socket } from 'node:net';
import { definite, passing } from '../../fault.ts';
import { connectIn } from './socket.ts';

/** Something that QEMU tells of itself. Source: QEMU QMP Reference, "Run state", "Devices". */
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An error that QEMU answered a command with. */
export class QmpFault extends Error {
  /** Such as `GenericError`, `DeviceNotFound`. */
  readonly kind: string;

  constructor(command: string, kind: string, message: string) {
    super(`QEMU: ${command}: ${message}`);
    this.name = 'QmpFault';
    this.kind = kind;
  }
}

interface Waiting {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Most bytes of one message; the largest answers (`query-*`) are a few kilobytes. */
const MESSAGE_LIMIT = 2 ** 22;

/** How long QEMU may take for an ordinary command, in milliseconds. */
const PATIENCE = 15_000;

/**
 * A connection to the monitor of one virtual machine (QEMU Machine Protocol): commands, their answers in order of
 * their ids, and events. QEMU serves one such connection at a time and waits for the next one when it ends.
 */
export class Qmp {
  readonly #socket: Socket;
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #waiting = new Map<number, Waiting>();
  /** Resolves when the connection has ended: QEMU is gone, or does not want us any more. */
  readonly closed: Promise<void>;
  #last = 0;
  #buffer = '';
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', () => undefined); // `close` follows
    socket.once('close', () => {
      this.#isClosed = true;
      for (const { command, reject, timer } of this.#waiting.values()) {
        clearTimeout(timer);
        reject(passing(`QEMU ended while it was asked to ${command}`));
      }
      this.#waiting.clear();
      resolve();
    });
  }

  /** Connects and negotiates; rejects when nobody listens there. */
  static async open(folder: string, name: string): Promise<Qmp> {
    const qmp = new Qmp(await connectIn(folder, name));
    try {
      await qmp.execute('qmp_capabilities', {}, 5_000);
    } catch (error) {
      qmp.close();
      throw error;
    }
    return qmp;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Carries out a command. Rejects with `QmpFault` when QEMU refuses, with a passing fault when it does not answer. */
  execute<T = unknown>(
    command: string,
    args: Readonly<Record<string, unknown>> = {},
    milliseconds = PATIENCE,
  ): Promise<T> {
    if (this.#isClosed) return Promise.reject(passing('QEMU has ended'));
    return new Promise<T>((resolve, reject) => {
      const id = ++this.#last;
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(passing(`QEMU did not answer "${command}" within ${milliseconds} ms`));
      }, milliseconds);
      this.#waiting.set(id, {
        command,
        resolve: resolve as (value: unknown) => void,
        reject,
        timer,
      });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  }

  /** Calls the listener with every event from now on; gives what ends that. */
  listen(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves with the first event that fits, or undefined after so many milliseconds or at the end of QEMU. */
  next(fits: (event: QmpEvent) => boolean, milliseconds: number): Promise<QmpEvent | undefined> {
    return new Promise((resolve) => {
      const end = (event: QmpEvent | undefined) => {
        clearTimeout(timer);
        stop();
        resolve(event);
      };
      const timer = setTimeout(() => end(undefined), milliseconds);
      const stop = this.listen((event) => fits(event) && end(event));
      void this.closed.then(() => end(undefined));
    });
  }

  /** Runs a background job to its end; rejects with its own words when it fails. Source: QMP, "Background jobs". */
  async job(
    command: string,
    id: string,
    args: Readonly<Record<string, unknown>>,
    milliseconds: number,
  ): Promise<void> {
    await this.execute('job-dismiss', { id }).catch(() => undefined); // of an agent that died
    const concluded = this.next(
      ({ event, data }) =>
        event === 'JOB_STATUS_CHANGE' && data['id'] === id && data['status'] === 'concluded',
      milliseconds,
    );
    await this.execute(command, { 'job-id': id, ...args });
    if ((await concluded) === undefined) {
      throw passing(`QEMU did not finish "${command}" within ${milliseconds} ms`);
    }
    const jobs = await this.execute<{ id: string; error?: string }[]>('query-jobs');
    await this.execute('job-dismiss', { id });
    const error = jobs.find((job) => job.id === id)?.error;
    if (error !== undefined) throw definite(`QEMU: ${command}: ${error}`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#buffer += text;
    if (this.#buffer.length > MESSAGE_LIMIT) return this.close();
    const lines = this.#buffer.split('\n');
    this.#buffer = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.#take(line);
  }

  #take(line: string): void {
    let message: {
      readonly id?: number;
      readonly return?: unknown;
      readonly error?: { readonly class: string; readonly desc: string };
      readonly event?: string;
      readonly data?: Readonly<Record<string, unknown>>;
    };
    try {
      message = JSON.parse(line) as typeof message;
    } catch {
      return this.close();
    }
    if (message.event !== undefined) {
      const event = { event: message.event, data: message.data ?? {} };
      for (const listener of this.#listeners) listener(event);
      return;
    }
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (message.id === undefined || waiting === undefined) return; // the greeting
    this.#waiting.delete(message.id);
    clearTimeout(waiting.timer);
    if (message.error === undefined) waiting.resolve(message.return);
    else waiting.reject(new QmpFault(waiting.command, message.error.class, message.error.desc));
  }
}
