import type { Socket } from 'node:net';
import { OvsdbError } from './error.ts';
import { Framer } from './framer.ts';

export interface RpcOptions {
  /** Longest message in bytes, either way. */
  readonly messageLimit: number;
  /** Silence in milliseconds after which the peer is probed; after as much again the connection ends. 0: never. */
  readonly probeMilliseconds: number;
  /** A notification of the server; what it throws ends the connection. */
  notified(method: string, params: readonly unknown[]): void;
}

interface Pending {
  readonly method: string;
  readonly timer: NodeJS.Timeout | undefined;
  /** Runs before any later message is looked at. */
  readonly received: ((result: unknown) => void) | undefined;
  resolve(result: unknown): void;
  reject(error: OvsdbError): void;
}

interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** JSON-RPC 1.0 over one stream (RFC 7047 §4): requests with ids and time-outs, echo both ways, probes. */
export class RpcConnection {
  readonly #socket: Socket;
  readonly #options: RpcOptions;
  readonly #framer: Framer;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #probe: NodeJS.Timeout | undefined;
  #heard = true;
  #probing = false;
  #failure: OvsdbError | undefined;
  /** Resolves, never rejects, with the reason when the connection has ended. */
  readonly ended: Promise<OvsdbError>;
  readonly #end: (reason: OvsdbError) => void;

  constructor(socket: Socket, options: RpcOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#framer = new Framer(options.messageLimit);
    const { promise, resolve } = Promise.withResolvers<OvsdbError>();
    this.ended = promise;
    this.#end = resolve;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) =>
      this.close(new OvsdbError('connection lost', error.message, { cause: error })),
    );
    socket.on('close', () =>
      this.close(new OvsdbError('connection lost', 'the server closed the connection')),
    );
    if (options.probeMilliseconds > 0) {
      this.#probe = setInterval(() => this.#watch(), options.probeMilliseconds);
    }
  }

  /**
   * Sends a request. `received` is called with the result before any later message is handled: what follows a
   * monitor's reply must find it applied. With `cancel`, a request that takes too long is cancelled (RFC 7047 §4.1.4).
   */
  request(
    method: string,
    params: readonly unknown[],
    options: { timeout?: number; cancel?: boolean; received?: (result: unknown) => void } = {},
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const id = this.#nextId++;
      try {
        this.#send({ method, params, id });
      } catch (error) {
        return reject(error);
      }
      const timer =
        options.timeout === undefined
          ? undefined
          : setTimeout(() => {
              this.#pending.delete(id);
              if (options.cancel === true && this.#failure === undefined) {
                this.#send({ method: 'cancel', params: [id], id: null });
              }
              reject(
                new OvsdbError(
                  'no reply',
                  `${method} was not answered within ${options.timeout} ms`,
                ),
              );
            }, options.timeout);
      this.#pending.set(id, { method, timer, received: options.received, resolve, reject });
    });
  }

  /** Ends the connection; every request that waits is rejected with the reason. */
  close(reason: OvsdbError): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    clearInterval(this.#probe);
    this.#socket.destroy();
    for (const { timer, reject } of this.#pending.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    this.#pending.clear();
    this.#end(reason);
  }

  #send(message: Message): void {
    const text = JSON.stringify(message);
    if (text.length > this.#options.messageLimit) {
      throw new OvsdbError(
        'bad value',
        `a request of ${text.length} bytes is longer than ${this.#options.messageLimit}`,
      );
    }
    this.#socket.write(text);
  }

  #read(chunk: Buffer): void {
    this.#heard = true;
    try {
      for (const message of this.#framer.push(chunk)) {
        if (this.#failure !== undefined) return;
        this.#handle(message as Message);
      }
    } catch (error) {
      this.close(
        error instanceof OvsdbError
          ? error
          : new OvsdbError('bad message', error instanceof Error ? error.message : String(error), {
              cause: error,
            }),
      );
    }
  }

  #handle(message: Message): void {
    if (typeof message.method === 'string') {
      const params = Array.isArray(message.params) ? message.params : [];
      if (message.method === 'echo') this.#send({ id: message.id, result: params, error: null });
      else this.#options.notified(message.method, params);
      return;
    }
    const pending = typeof message.id === 'number' ? this.#pending.get(message.id) : undefined;
    // A reply that nobody waits for any more: it came after its time-out.
    if (pending === undefined) return;
    this.#pending.delete(message.id as number);
    clearTimeout(pending.timer);
    if (message.error !== null && message.error !== undefined) {
      pending.reject(readError(message.error, pending.method));
      return;
    }
    pending.received?.(message.result);
    pending.resolve(message.result);
  }

  #watch(): void {
    if (this.#heard) {
      this.#heard = false;
      this.#probing = false;
    } else if (this.#probing) {
      this.close(
        new OvsdbError(
          'connection lost',
          `the server was silent for ${2 * this.#options.probeMilliseconds} ms`,
        ),
      );
    } else {
      this.#probing = true;
      this.request('echo', []).catch(() => {});
    }
  }
}

/** The `error` member of a reply: RFC 7047 §3.1 `<error>`, or a bare text. */
function readError(error: unknown, method: string): OvsdbError {
  if (typeof error === 'object' && error !== null && 'error' in error) {
    const { error: name, details } = error as { error: unknown; details?: unknown };
    return new OvsdbError(
      String(name),
      typeof details === 'string' ? details : `${method} was refused`,
    );
  }
  return new OvsdbError(String(error), `${method} was refused`);
}
