import { messageOf } from '../../core/errors.ts';
import type { OvsdbLock } from '../ovsdb/client.ts';
import type { DesiredState, Difference, LiveRow, Projector } from '../desired.ts';
import { OvsdbError } from '../ovsdb/error.ts';
import { Committer, completed } from './committer.ts';
import { LiveView } from './live-view.ts';
import type { Change } from '../mirror/mirror.ts';
import { Parking } from './parking.ts';
import { addOwner, makeWaiter } from './pending.ts';
import type { Owners, Waiter } from './pending.ts';
import { plan } from './plan.ts';
import type { ProjectorOptions } from './projector.ts';

/** Owners of one transaction at most: a first fill of a large cloud does not stop the server for long. */
const LARGEST_BATCH = 1000;
const REPAIR_MILLISECONDS = 60_000;

/** The projector behind `createProjector`: one loop, one transaction in flight. */
export class OvsdbProjector implements Projector {
  readonly #options: ProjectorOptions;
  readonly #view: LiveView;
  readonly #parking = new Parking((owner) => this.mark(owner));
  readonly #committer: Committer;
  readonly #ends: (() => void)[] = [];
  #dirty: Owners = new Map();
  readonly #jobs: { run(): Promise<void>; cancel(error: Error): void }[] = [];
  #lock: OvsdbLock | undefined;
  #compareAll = false;
  #running: Promise<void> | undefined;
  #stopped = true;
  #pause: NodeJS.Timeout | undefined;
  #troubles = 0;
  /** Owners of the next transaction at most: fewer while loading fails, so that one owner's failure is found. */
  #batchLimit = LARGEST_BATCH;
  readonly #first = Promise.withResolvers<void>();

  constructor(options: ProjectorOptions) {
    this.#options = options;
    const { client, projection } = options;
    this.#view = new LiveView(client.mirror, projection, () => client.schema);
    this.#committer = new Committer(
      client,
      this.#view,
      this.#parking,
      options.log,
      () => this.#lock,
    );
  }

  async start(): Promise<void> {
    const { client, lock } = this.#options;
    this.#stopped = false;
    this.#compareAll = true;
    this.#ends.push(
      client.mirror.watch((changes) => this.#changed(changes as readonly Change[])),
      client.watchConnection((connected) => {
        if (connected) this.#begin();
      }),
    );
    if (lock !== undefined) {
      this.#lock = client.lock(lock);
      this.#ends.push(this.#lock.watch((held) => (held ? this.#begin() : this.#schedule())));
    }
    this.#schedule();
    await this.#first.promise;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const end of this.#ends.splice(0)) end();
    this.#resume();
    await this.#running;
    await this.#lock?.release();
    const waiters = [...this.#dirty.values(), ...this.#committer.observed.values()].flatMap(
      (set) => [...set],
    );
    for (const waiter of [...waiters, ...this.#parking.clear()]) waiter.end(false);
    for (const job of this.#jobs.splice(0))
      job.cancel(new OvsdbError('closed', 'the projector was stopped'));
    this.#first.resolve();
  }

  mark(...owners: string[]): void {
    for (const owner of owners) addOwner(this.#dirty, owner, this.#parking.take(owner));
    this.#schedule();
  }

  settled(owners: readonly string[], timeoutMilliseconds = 5000): Promise<boolean> {
    return this.#dealtWith(owners, 'settled', timeoutMilliseconds);
  }

  async compare(): Promise<Difference[]> {
    await this.#options.client.ready();
    const { promise, resolve, reject } = Promise.withResolvers<Difference[]>();
    this.#jobs.push({
      run: () => this.#differences().then(({ differences }) => resolve([...differences]), reject),
      cancel: reject,
    });
    this.#schedule();
    return promise;
  }

  async repair(): Promise<Difference[]> {
    const differences = await this.compare();
    await this.#dealtWith(
      new Set(differences.map(({ owner }) => owner)),
      'tried',
      REPAIR_MILLISECONDS,
    );
    return differences;
  }

  #dealtWith(owners: Iterable<string>, until: Waiter['until'], timeout: number): Promise<boolean> {
    const { waiter, done } = makeWaiter(owners, until, timeout);
    for (const owner of waiter.left) {
      addOwner(this.#dirty, owner, [waiter, ...this.#parking.take(owner)]);
    }
    this.#schedule();
    return done;
  }

  /** A new connection or the lock: what happened meanwhile is unknown. */
  #begin(): void {
    this.#compareAll = true;
    this.#resume();
    this.#schedule();
  }

  #resume(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  #schedule(): void {
    if (this.#stopped || this.#running !== undefined || this.#pause !== undefined) return;
    // After the present tick: what is marked together is written together.
    this.#running = new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.#run())
      .finally(() => {
        this.#running = undefined;
        if (this.#ready && this.#work) this.#schedule();
      });
  }

  get #ready(): boolean {
    return (
      !this.#stopped &&
      this.#pause === undefined &&
      this.#options.client.state.connected &&
      this.#lock?.asked !== true
    );
  }

  get #work(): boolean {
    return this.#jobs.length > 0 || this.#dirty.size > 0 || this.#compareAll;
  }

  async #run(): Promise<void> {
    while (this.#ready && this.#work) {
      try {
        if (this.#compareAll) await this.#repairAll();
        else if (this.#jobs.length > 0) await this.#jobs.shift()!.run();
        else await this.#commitNext();
        this.#troubles = 0;
      } catch (error) {
        this.#trouble(error);
      }
    }
  }

  /** Neither owner nor row is to blame: everything waits a little, or for the next connection. */
  #trouble(error: unknown): void {
    const pause = Math.min(5000, 50 * 2 ** Math.min(this.#troubles++, 10));
    this.#options.log.warn(
      { cause: messageOf(error), retryMilliseconds: pause },
      `${this.#view.projection.database} cannot be brought up to date now`,
    );
    if (this.#stopped) return;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#schedule();
    }, pause);
  }

  async #repairAll(): Promise<void> {
    this.#compareAll = false;
    try {
      // Who has not the lock only looks, and leaves the rest to its holder.
      if (this.#lock?.held !== false) {
        const { owners, differences } = await this.#differences();
        for (const owner of owners) addOwner(this.#dirty, owner, this.#parking.take(owner));
        if (owners.size > 0) {
          const { database } = this.#view.projection;
          this.#options.log.info(
            { owners: owners.size, differences: differences.length },
            `${database} differs and is repaired`,
          );
        }
        // What is marked meanwhile has its turn afterwards.
        for (let batches = Math.ceil(this.#dirty.size / LARGEST_BATCH); batches > 0; batches--)
          await this.#commitNext();
      }
    } catch (error) {
      this.#compareAll = true;
      throw error;
    }
    this.#first.resolve();
  }

  /**
   * Compares everything. What differs is loaded and compared once more: an owner may have changed since the state
   * of all was read, and rows that others have made meanwhile must not look like leftovers.
   */
  async #differences(): Promise<{
    owners: ReadonlySet<string>;
    differences: readonly Difference[];
  }> {
    const all = await this.#options.loadAll();
    const first = await this.#compareWith(new Set([...all.keys(), ...this.#view.owners()]), all);
    if (first.owners.size === 0) return first;
    return this.#compareWith(first.owners, await this.#options.load([...first.owners]));
  }

  async #compareWith(owners: ReadonlySet<string>, state: DesiredState) {
    const { differences, blocked, failed } = plan(this.#view, completed(owners, state));
    const differing = new Set([
      ...differences.map(({ owner }) => owner),
      ...blocked.keys(),
      ...failed.keys(),
    ]);
    return { owners: differing, differences };
  }

  /** Undefined when the only owner cannot be loaded: it is set aside, lest it hold up the others. */
  async #load(batch: Owners): Promise<DesiredState | undefined> {
    try {
      const state = await this.#options.load([...batch.keys()]);
      this.#batchLimit = Math.min(LARGEST_BATCH, this.#batchLimit * 2);
      return state;
    } catch (error) {
      this.#batchLimit = Math.max(1, Math.ceil(this.#batchLimit / 16));
      const [owner] = batch.keys();
      if (batch.size > 1 || owner === undefined) throw error;
      this.#committer.setAside(
        batch,
        owner,
        error instanceof Error ? error : new Error(String(error)),
      );
      return undefined;
    }
  }

  async #commitNext(): Promise<void> {
    const batch: Owners = new Map();
    for (const [owner, waiters] of this.#dirty) {
      if (batch.size === this.#batchLimit) break;
      batch.set(owner, waiters);
      this.#dirty.delete(owner);
    }
    try {
      const state = await this.#load(batch);
      if (state === undefined) return;
      await this.#committer.commit(batch, completed(batch.keys(), state));
    } catch (error) {
      // Those that are done are no longer in the batch.
      for (const [owner, waiters] of batch) addOwner(this.#dirty, owner, waiters);
      throw error;
    }
  }

  #appeared(table: string, row: LiveRow): void {
    const key = this.#view.keyOf(table, row);
    if (key === undefined) return;
    if (this.#parking.anyBlocked) this.mark(...this.#parking.waitingFor(table, key));
    // Another process made the same row at the same moment.
    const owner = this.#view.ownerOf(table, row);
    if (owner !== undefined && this.#view.count(table, key) > 1) this.mark(owner);
  }

  #changed(changes: readonly Change[]): void {
    for (const [owner, waiters] of this.#committer.observed) addOwner(this.#dirty, owner, waiters);
    this.#committer.observed.clear();
    const view = this.#view;
    for (const { table, uuid, before, after } of changes) {
      if (!view.knows(table)) continue;
      if (before === undefined && after !== undefined) this.#appeared(table, after);
      // Somebody else removed it, or it vanished with its last parent: its owner may still want it.
      if (before !== undefined && after === undefined && !this.#committer.removing.has(uuid)) {
        const owner = view.ownerOf(table, before);
        if (owner !== undefined) this.mark(owner);
      }
    }
    if (this.#dirty.size > 0) this.#schedule();
  }
}
