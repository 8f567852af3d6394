import { messageOf } from '../../core/errors.ts';
import { sleep } from '../../core/time.ts';
import type { ClientState, Commit, ConnectOptions, OvsdbClient, OvsdbLock } from './client.ts';
import { OvsdbError } from './error.ts';
import { Listeners } from '../listeners.ts';
import { Lock } from './lock.ts';
import { MirrorStore } from '../mirror/mirror-store.ts';
import { models } from '../models/index.ts';
import { Monitor, readMonitors } from './monitor.ts';
import type { TableMonitors } from './monitor.ts';
import type { Operation } from './operation.ts';
import { readRemotes } from './remote.ts';
import type { Remote } from './remote.ts';
import type { Schema } from './schema.ts';
import { openSession } from './session.ts';
import type { Session, SessionOptions } from './session.ts';
import { encodeOperations, readReply } from './transaction.ts';

const FIRST_PAUSE_MILLISECONDS = 10;
/** A connection that lasted this long was a good one: the next failure starts with short pauses again. */
const GOOD_MILLISECONDS = 1000;

/** The client behind `connect`. */
export class ReconnectingClient implements OvsdbClient {
  readonly database: string;
  readonly mirror: MirrorStore;
  readonly #options: ConnectOptions;
  readonly #remotes: readonly Remote[];
  readonly #monitors: TableMonitors;
  readonly #session: SessionOptions;
  readonly #closing = new AbortController();
  readonly #watchers = new Listeners<boolean>();
  readonly #locks = new Map<string, Lock>();
  readonly #waiting = new Set<{ resolve(): void; reject(error: OvsdbError): void }>();
  readonly #running: Promise<void>;
  #current: Session | undefined;
  #state: ClientState = {
    connected: false,
    remote: undefined,
    lastError: undefined,
    connections: 0,
    missing: [],
  };

  constructor(options: ConnectOptions) {
    this.database = options.database;
    this.#options = options;
    this.#remotes = readRemotes(options.remotes);
    this.#monitors = readMonitors(options.monitor);
    this.mirror = new MirrorStore(options.database, [...this.#monitors.keys()], options.log);
    this.#session = {
      database: options.database,
      leaderOnly: options.leaderOnly ?? true,
      tls: options.tls,
      probeMilliseconds: options.probeMilliseconds ?? 5000,
      messageLimit: options.messageLimit ?? 256 * 1024 * 1024,
      monitor: new Monitor(this.mirror, this.#monitors),
      log: options.log,
      accept: (schema) => this.#accept(schema),
      lockNotified: (method, name) => this.#locks.get(name)?.notified(method),
    };
    this.#running = this.#run();
  }

  get state(): ClientState {
    return this.#state;
  }

  get schema(): Schema | undefined {
    return this.#current?.schema;
  }

  async ready(timeoutMilliseconds = 10_000): Promise<void> {
    await this.#connected(timeoutMilliseconds);
  }

  async transact(
    operations: readonly Operation[],
    options: { timeoutMilliseconds?: number } = {},
  ): Promise<Commit> {
    const timeout = options.timeoutMilliseconds ?? this.#options.timeoutMilliseconds ?? 10_000;
    const begun = performance.now();
    // Without a pause when there is a connection: transactions are sent in the order of the calls.
    const { connection, schema } = this.#current ?? (await this.#connected(timeout));
    const reply = await connection.request(
      'transact',
      [this.database, ...encodeOperations(schema, operations)],
      {
        timeout: Math.max(1, timeout - (performance.now() - begun)),
        cancel: true,
      },
    );
    return readReply(schema, operations, reply, this.mirror.sequence);
  }

  lock(name: string, options: { steal?: boolean } = {}): OvsdbLock {
    if (this.#locks.has(name))
      throw new OvsdbError('bad value', `the lock ${name} was asked for already`);
    const lock = new Lock(
      name,
      options.steal ?? false,
      () => this.#locks.delete(name),
      (error) => this.#watcherFailed(error),
    );
    this.#locks.set(name, lock);
    if (this.#current !== undefined) lock.connected(this.#current.connection);
    return lock;
  }

  watchConnection(listener: (connected: boolean) => void): () => void {
    return this.#watchers.add(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const error = new OvsdbError('closed', 'the client was closed');
    for (const { reject } of Array.from(this.#waiting)) reject(error);
    await this.#running;
  }

  #connected(timeout: number): Promise<Session> {
    if (this.#current !== undefined) return Promise.resolve(this.#current);
    if (this.#closing.signal.aborted)
      return Promise.reject(new OvsdbError('closed', 'the client was closed'));
    return new Promise((resolve, reject) => {
      const waiting = {
        resolve: () => end(() => resolve(this.#current!)),
        reject: (error: OvsdbError) => end(() => reject(error)),
      };
      const timer = setTimeout(() => {
        const reason = this.#state.lastError ?? 'it does not answer';
        const where = this.#remotes.map(({ text }) => text).join(', ');
        waiting.reject(
          new OvsdbError(
            'not connected',
            `${this.database} at ${where}: ${reason} (waited ${timeout} ms)`,
          ),
        );
      }, timeout);
      const end = (settle: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        settle();
      };
      this.#waiting.add(waiting);
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let failures = 0;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const remote = this.#remotes[attempt % this.#remotes.length]!;
      try {
        const session = await openSession(remote, this.#session, signal);
        const begun = performance.now();
        this.#begin(remote, session);
        const reason = await session.connection.ended;
        this.#finish(reason);
        failures = performance.now() - begun > GOOD_MILLISECONDS ? 0 : failures + 1;
      } catch (error) {
        failures++;
        this.#failed(remote, reasonOf(error));
      }
      const rounds = Math.floor(failures / this.#remotes.length);
      // Other members are tried at once, before the first pause.
      if (rounds === 0 || failures % this.#remotes.length !== 0) continue;
      const pause = Math.min(
        this.#options.maximumBackoffMilliseconds ?? 1000,
        FIRST_PAUSE_MILLISECONDS * 2 ** Math.min(rounds - 1, 16),
      );
      await sleep(pause * (0.75 + Math.random() / 2), signal).catch(() => {});
    }
  }

  #begin(remote: Remote, session: Session): void {
    this.#current = session;
    const connections = this.#state.connections + 1;
    this.#state = {
      ...this.#state,
      connected: true,
      remote: remote.text,
      lastError: undefined,
      connections,
    };
    this.#options.log?.debug({ remote: remote.text }, `connected to ${this.database}`);
    for (const lock of this.#locks.values()) lock.connected(session.connection);
    this.#tell(true);
    for (const { resolve } of Array.from(this.#waiting)) resolve();
  }

  #finish(reason: OvsdbError): void {
    this.#current = undefined;
    this.#state = {
      ...this.#state,
      connected: false,
      remote: undefined,
      lastError: reasonOf(reason),
    };
    if (!this.#closing.signal.aborted) {
      this.#options.log?.warn(
        { reason: reason.message },
        `lost the connection to ${this.database}`,
      );
    }
    for (const lock of Array.from(this.#locks.values())) lock.disconnected();
    this.#tell(false);
  }

  #failed(remote: Remote, reason: string): void {
    if (reason !== this.#state.lastError && !this.#closing.signal.aborted) {
      this.#options.log?.debug(
        { remote: remote.text, reason },
        `cannot connect to ${this.database}`,
      );
    }
    this.#state = { ...this.#state, lastError: reason };
  }

  #tell(connected: boolean): void {
    this.#watchers.tell(connected, (error) => this.#watcherFailed(error));
  }

  #watcherFailed(error: unknown): void {
    this.#options.log?.error(
      { err: error },
      `a watcher of the connection to ${this.database} failed`,
    );
  }

  /** Compares the server's schema with what we know and need. */
  #accept(schema: Schema): void {
    const lacks = (table: string, column: string) =>
      schema.tables.get(table)?.columns.has(column) !== true;
    const named = (columns: Readonly<Record<string, readonly string[]>>) =>
      Object.entries(columns).flatMap(([table, list]) =>
        list.filter((column) => lacks(table, column)).map((column) => `${table}.${column}`),
      );
    const needed = named(this.#options.require ?? {});
    if (needed.length > 0) {
      throw new OvsdbError(
        'unknown column',
        `${schema.name} ${schema.version} at the server lacks ${needed.join(', ')}: a newer server is needed`,
      );
    }
    const asked = [...this.#monitors].map(
      ([table, { columns }]) => [table, columns ?? []] as const,
    );
    const missing = [
      ...new Set([
        ...named(models[schema.name]?.columns ?? {}),
        ...named(Object.fromEntries(asked)),
      ]),
    ];
    for (const [table] of this.#monitors) if (!schema.tables.has(table)) missing.push(table);
    if (missing.length > 0 && missing.join() !== this.#state.missing.join()) {
      this.#options.log?.warn(
        { missing },
        `${schema.name} ${schema.version} at the server is older than our models`,
      );
    }
    this.#state = { ...this.#state, missing };
  }
}

/** The server's or the system's own sentence. */
const reasonOf = (error: unknown): string =>
  error instanceof OvsdbError ? (error.details ?? error.error) : messageOf(error);
