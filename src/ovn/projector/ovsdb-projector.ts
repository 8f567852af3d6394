import { messageOf } from '../../core/errors.ts';
import type { OvsdbLock } from '../ovsdb/client.ts';
import type { Difference, Projector, Repair, RepairCause } from '../desired.ts';
import { OvsdbError } from '../ovsdb/error.ts';
import { Committer, completed } from './committer.ts';
import { compareState, differencesOf, ownersOf } from './comparison.ts';
import { Drift } from './drift.ts';
import { concernOf, type Concern } from './foreign-changes.ts';
import { LiveView } from './live-view.ts';
import { LARGEST_BATCH, Loader } from './loader.ts';
import type { Change } from '../mirror/mirror.ts';
import { Parking } from './parking.ts';
import { Pause } from './pause.ts';
import { addOwner, makeWaiter, type Owners, type Waiter } from './pending.ts';
import type { ProjectorOptions } from './projector.ts';
import { Sweep } from './sweep.ts';

const REPAIR_MILLISECONDS = 60_000;
/** Between two comparisons of everything in the background. */
const COMPARE_SECONDS = 120;

/** The projector behind `createProjector`: one loop, one transaction in flight. */
export class OvsdbProjector implements Projector {
  readonly #options: ProjectorOptions;
  readonly #view: LiveView;
  readonly #parking = new Parking((owner) => this.#wake(owner));
  readonly #drift: Drift;
  readonly #committer: Committer;
  readonly #loader: Loader;
  readonly #sweep: Sweep;
  readonly #concern: Concern;
  readonly #ends: (() => void)[] = [];
  #dirty: Owners = new Map();
  readonly #jobs: { run(): Promise<void>; cancel(error: Error): void }[] = [];
  #lock: OvsdbLock | undefined;
  /** Why everything is to be compared; undefined when it need not be. */
  #compareAll: RepairCause | undefined;
  #sweepSeconds = COMPARE_SECONDS;
  #running: Promise<void> | undefined;
  #stopped = true;
  readonly #pause = new Pause(() => this.#schedule());
  readonly #first = Promise.withResolvers<void>();

  constructor(options: ProjectorOptions) {
    this.#options = options;
    const { client, projection, log } = options;
    this.#view = new LiveView(client.mirror, projection, () => client.schema);
    this.#drift = new Drift(projection.database, log, (owner) => this.#wake(owner));
    this.#committer = new Committer(
      client,
      this.#view,
      this.#parking,
      log,
      () => this.#lock,
      this.#drift,
    );
    this.#loader = new Loader(options, this.#committer);
    this.#sweep = new Sweep({
      owners: () => ownersOf(this.#view, options),
      compare: (owners) => this.#compareSlice(owners),
      log,
    });
    this.#concern = {
      suspect: (owner) => this.#suspect(owner),
      appeared: (table, key) => {
        for (const owner of this.#parking.waitingFor(table, key)) this.#wake(owner);
      },
    };
  }

  async start(): Promise<void> {
    const { client, lock } = this.#options;
    this.#stopped = false;
    this.#compareAll = 'started';
    void this.#sweep.every(this.#sweepSeconds);
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
    this.#pause.end();
    this.#drift.stop();
    await this.#sweep.stop();
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
    for (const owner of owners) {
      this.#drift.asked(owner);
      addOwner(this.#dirty, owner, this.#parking.take(owner));
    }
    this.#schedule();
  }

  watchRepairs(listener: (repairs: readonly Repair[]) => void): () => void {
    return this.#drift.watch(listener);
  }

  compareEvery(seconds: number): void {
    this.#sweepSeconds = seconds;
    if (!this.#stopped) void this.#sweep.every(seconds);
  }

  hold(milliseconds: number): void {
    this.#drift.hold(milliseconds);
  }

  /** The owner's turn comes, whoever is the reason. */
  #wake(owner: string): void {
    addOwner(this.#dirty, owner, this.#parking.take(owner));
    this.#schedule();
  }

  settled(owners: readonly string[], timeoutMilliseconds = 5000): Promise<boolean> {
    for (const owner of owners) this.#drift.asked(owner);
    return this.#dealtWith(owners, 'settled', timeoutMilliseconds);
  }

  async compare(): Promise<Difference[]> {
    await this.#options.client.ready();
    const { promise, resolve, reject } = Promise.withResolvers<Difference[]>();
    this.#jobs.push({
      run: () =>
        differencesOf(this.#view, this.#options).then(
          ({ differences }) => resolve([...differences]),
          reject,
        ),
      cancel: reject,
    });
    this.#schedule();
    return promise;
  }

  async repair(): Promise<Difference[]> {
    const differences = await this.compare();
    for (const { owner } of differences) this.#drift.blame(owner, 'requested');
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
    this.#compareAll ??= 'reconnected';
    this.#pause.end();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#stopped || this.#running !== undefined || this.#pause.on) return;
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
      !this.#pause.on &&
      this.#options.client.state.connected &&
      this.#lock?.asked !== true
    );
  }

  get #work(): boolean {
    return this.#jobs.length > 0 || this.#dirty.size > 0 || this.#compareAll !== undefined;
  }

  async #run(): Promise<void> {
    while (this.#ready && this.#work) {
      try {
        if (this.#compareAll !== undefined) await this.#repairAll();
        else if (this.#jobs.length > 0) await this.#jobs.shift()!.run();
        else await this.#commitNext();
        this.#pause.forget();
      } catch (error) {
        this.#trouble(error);
      }
    }
  }

  /** Neither owner nor row is to blame: everything waits a little, or for the next connection. */
  #trouble(error: unknown): void {
    const retryMilliseconds = this.#pause.begin();
    this.#options.log.warn(
      { cause: messageOf(error), retryMilliseconds },
      `${this.#view.projection.database} cannot be brought up to date now`,
    );
    if (this.#stopped) this.#pause.end();
  }

  async #repairAll(): Promise<void> {
    const cause = this.#compareAll ?? 'compared';
    this.#compareAll = undefined;
    try {
      // Who has not the lock only looks, and leaves the rest to its holder.
      if (this.#lock?.held !== false) {
        // A new database, or one that was lost, is filled: no row of it was changed by anybody.
        const isEmpty = this.#view.owners().size === 0;
        const { owners, differences } = await differencesOf(this.#view, this.#options);
        for (const owner of owners) {
          // What was marked meanwhile was asked for.
          if (this.#dirty.has(owner)) continue;
          if (!isEmpty) this.#drift.blame(owner, cause);
          if (this.#drift.held) this.#drift.suspect(owner, cause);
          else this.#wake(owner);
        }
        if (owners.size > 0) {
          this.#options.log.info(
            { owners: owners.size, differences: differences.length },
            `${this.#view.projection.database} differs and is repaired`,
          );
        }
        // What is marked meanwhile has its turn afterwards.
        for (let batches = Math.ceil(this.#dirty.size / LARGEST_BATCH); batches > 0; batches--)
          await this.#commitNext();
      }
    } catch (error) {
      this.#compareAll = cause;
      throw error;
    }
    this.#first.resolve();
  }

  /** A few owners of the comparison in the background; what is being written anyway is left out. */
  async #compareSlice(owners: readonly string[]): Promise<void> {
    if (!this.#ready || this.#lock?.held === false) return;
    const state = await this.#options.load(owners);
    if (!this.#ready) return;
    const quiet = owners.filter(
      (owner) =>
        !this.#dirty.has(owner) && !this.#committer.writing.has(owner) && !this.#parking.has(owner),
    );
    for (const owner of compareState(this.#view, quiet, state).owners)
      this.#drift.suspect(owner, 'compared');
  }

  async #commitNext(): Promise<void> {
    const batch = this.#loader.take(this.#dirty);
    try {
      const state = await this.#loader.load(batch);
      if (state !== undefined) await this.#committer.commit(batch, completed(batch.keys(), state));
    } catch (error) {
      // Those that are done are no longer in the batch.
      for (const [owner, waiters] of batch) addOwner(this.#dirty, owner, waiters);
      throw error;
    }
  }

  #changed(changes: readonly Change[]): void {
    for (const [owner, waiters] of this.#committer.observed) addOwner(this.#dirty, owner, waiters);
    this.#committer.observed.clear();
    concernOf(this.#view, changes, this.#concern);
    if (this.#dirty.size > 0) this.#schedule();
  }

  #suspect(owner: string): void {
    // Our own transaction's changes come before its reply; what else they may be is looked at after it.
    if (this.#committer.writing.has(owner)) return;
    // Everything is going to be compared, or by whoever has the lock.
    if (this.#compareAll !== undefined || this.#lock?.held === false) return;
    this.#drift.suspect(owner, 'changed');
  }
}
