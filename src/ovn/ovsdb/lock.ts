import type { OvsdbLock } from './client.ts';
import { OvsdbError } from './error.ts';
import { Listeners } from '../listeners.ts';
import type { RpcConnection } from './rpc.ts';

/** One lock over one connection after the other. */
export class Lock implements OvsdbLock {
  readonly name: string;
  readonly #watchers = new Listeners<boolean>();
  readonly #released: () => void;
  readonly #failed: (error: unknown) => void;
  #connection: RpcConnection | undefined;
  #steal: boolean;
  #held = false;
  #asked = true;
  #over = false;

  constructor(
    name: string,
    steal: boolean,
    released: () => void,
    failed: (error: unknown) => void,
  ) {
    this.name = name;
    this.#steal = steal;
    this.#released = released;
    this.#failed = failed;
  }

  get held(): boolean {
    return this.#held;
  }

  get asked(): boolean {
    return this.#asked;
  }

  /** Asks for it over a new connection. */
  connected(connection: RpcConnection): void {
    this.#connection = connection;
    this.#asked = true;
    const method = this.#steal ? 'steal' : 'lock';
    // Stealing is one deed, not a claim: after a reconnect it would fight its new holder.
    this.#steal = false;
    connection
      .request(method, [this.name], {
        received: (result) => this.#set((result as { locked?: unknown }).locked === true),
      })
      .catch((error: unknown) => {
        if (error instanceof OvsdbError && !error.connection) connection.close(error);
      });
  }

  disconnected(): void {
    this.#connection = undefined;
    this.#set(false);
    this.#asked = true;
  }

  notified(method: string): void {
    this.#set(method === 'locked');
  }

  watch(listener: (held: boolean) => void): () => void {
    return this.#watchers.add(listener);
  }

  acquired(timeoutMilliseconds?: number): Promise<void> {
    if (this.#held) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer =
        timeoutMilliseconds === undefined
          ? undefined
          : setTimeout(() => {
              end();
              reject(
                new OvsdbError(
                  'timed out',
                  `the lock ${this.name} was not free within ${timeoutMilliseconds} ms`,
                ),
              );
            }, timeoutMilliseconds);
      const end = this.watch((held) => {
        if (!held && !this.#over) return;
        clearTimeout(timer);
        end();
        if (held) resolve();
        else reject(new OvsdbError('closed', `the lock ${this.name} was released`));
      });
    });
  }

  async release(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#released();
    const connection = this.#connection;
    this.disconnected();
    this.#watchers.tell(false, this.#failed);
    // A lost connection has released it already.
    await connection?.request('unlock', [this.name]).catch(() => {});
  }

  #set(held: boolean): void {
    const answered = this.#asked && this.#connection !== undefined;
    this.#asked = false;
    if ((this.#held === held && !answered) || (held && this.#over)) return;
    this.#held = held;
    this.#watchers.tell(held, this.#failed);
  }
}
