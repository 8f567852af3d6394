import type { Logger } from '../../core/log.ts';
import type { OvsdbClient, OvsdbLock } from '../ovsdb/client.ts';
import type { DesiredState, Difference, Repair } from '../desired.ts';
import { OvsdbError } from '../ovsdb/error.ts';
import type { Drift } from './drift.ts';
import type { LiveView } from './live-view.ts';
import { NewUuids } from './new-uuids.ts';
import { assertLock } from '../ovsdb/operation.ts';
import type { Parking } from './parking.ts';
import { addOwner, tellWaiters } from './pending.ts';
import type { Owners, Waiter } from './pending.ts';
import { plan } from './plan.ts';

/** Errors that say that what was asked is wrong, not that the server is in trouble. */
const CAUSED_BY_ROWS: ReadonlySet<string> = new Set([
  'constraint violation',
  'referential integrity violation',
  'domain error',
  'range error',
  'syntax error',
  'duplicate uuid',
  'duplicate uuid-name',
  'bad value',
  'unknown table',
  'unknown column',
]);

const NOBODY: ReadonlySet<string> = new Set();

/** Writes what owners should have, and sees to it that one bad owner does not hold up the others. */
export class Committer {
  readonly #client: OvsdbClient;
  readonly #view: LiveView;
  readonly #parking: Parking;
  readonly #log: Logger;
  readonly #lockOf: () => OvsdbLock | undefined;
  readonly #drift: Drift;
  readonly #uuids = new NewUuids();
  /** Owners whose rows the transaction in flight writes: their changes are most likely its own. */
  writing: ReadonlySet<string> = NOBODY;
  /** Without the lock: owners somebody waits for, which the lock's holder will write. */
  readonly observed: Owners = new Map();

  constructor(
    client: OvsdbClient,
    view: LiveView,
    parking: Parking,
    log: Logger,
    lockOf: () => OvsdbLock | undefined,
    drift: Drift,
  ) {
    this.#client = client;
    this.#view = view;
    this.#parking = parking;
    this.#log = log;
    this.#lockOf = lockOf;
    this.#drift = drift;
  }

  /** Brings the owners of the state up to date and takes them out of the batch as each is dealt with. */
  async commit(batch: Owners, state: DesiredState): Promise<void> {
    const lock = this.#lockOf();
    const { operations, owners, blocked, failed, differences } = plan(
      this.#view,
      state,
      this.#uuids,
    );
    for (const [owner, error] of failed) this.setAside(batch, owner, error);
    for (const [owner, needs] of blocked) {
      const waiters = this.#takeOut(batch, owner, 'tried');
      this.#parking.block(owner, waiters, needs);
      this.#log.warn({ owner, needs }, 'rows wait for others that are not there');
    }
    const good = [...state.keys()].filter((owner) => !failed.has(owner) && !blocked.has(owner));
    if (lock?.held === false) return this.#observe(batch, good, differences);
    if (operations.length === 0) {
      for (const owner of good) this.#view.forget(owner);
      return this.#succeed(batch, good);
    }
    const written = new Set(good);
    const repairs = this.#drift.repairsOf(differences.filter(({ owner }) => written.has(owner)));
    const guard = lock === undefined ? [] : [assertLock(lock.name)];
    this.writing = written;
    try {
      await this.#client.transact([...guard, ...operations]);
    } catch (error) {
      if (!(error instanceof OvsdbError) || !CAUSED_BY_ROWS.has(error.error)) throw error;
      const culprits =
        error.position === undefined ? undefined : owners[error.position - guard.length];
      return await this.#separate(batch, state, good, error, culprits);
    } finally {
      this.writing = NOBODY;
    }
    this.#succeed(batch, good, repairs);
    this.#verify(good, state);
  }

  /** One of these owners cannot be written: finds it, so that the others need not suffer. */
  async #separate(
    batch: Owners,
    state: DesiredState,
    owners: readonly string[],
    error: OvsdbError,
    culprits: ReadonlySet<string> | undefined,
  ): Promise<void> {
    const [culprit] = owners.length === 1 ? owners : culprits?.size === 1 ? culprits : [];
    if (culprit !== undefined) {
      this.setAside(batch, culprit, error);
      const others = owners.filter((owner) => owner !== culprit);
      if (others.length > 0) await this.commit(batch, completed(others, state));
      return;
    }
    const half = Math.ceil(owners.length / 2);
    await this.commit(batch, completed(owners.slice(0, half), state));
    await this.commit(batch, completed(owners.slice(half), state));
  }

  /** Takes a failed owner out of the batch; it comes back after a pause. */
  setAside(batch: Owners, owner: string, error: Error): void {
    const failures = this.#parking.fail(owner, this.#takeOut(batch, owner, 'tried'));
    // The first time it may be a race with another process, which the next look at the mirror settles.
    this.#log[failures === 1 ? 'warn' : 'error'](
      { owner, cause: error.message, failures },
      'rows cannot be written',
    );
  }

  #succeed(batch: Owners, owners: readonly string[], repairs: readonly Repair[] = []): void {
    for (const owner of owners) {
      this.#takeOut(batch, owner, 'settled');
      this.#parking.succeeded(owner);
    }
    this.#drift.settled(owners, repairs);
  }

  /**
   * The mirror shows now what was written, and what others wrote to the same rows at the same moment: their changes
   * could not be told from ours when they came.
   */
  #verify(owners: readonly string[], state: DesiredState): void {
    const { differences } = plan(this.#view, completed(owners, state));
    const differing = new Set(differences.map(({ owner }) => owner));
    for (const owner of owners) {
      if (differing.has(owner)) this.#drift.suspect(owner, 'changed');
      else this.#view.forget(owner);
    }
  }

  /** Without the lock: owners without a difference are settled, the others are looked at after the next change. */
  #observe(batch: Owners, owners: readonly string[], differences: readonly Difference[]): void {
    const differing = new Set(differences.map(({ owner }) => owner));
    this.#succeed(
      batch,
      owners.filter((owner) => !differing.has(owner)),
    );
    for (const owner of differing) {
      const waiters = this.#takeOut(batch, owner, 'tried');
      // Nobody waits: whoever gets the lock compares everything anyway.
      if (waiters.length > 0) addOwner(this.observed, owner, waiters);
    }
  }

  #takeOut(batch: Owners, owner: string, what: Waiter['until']): Waiter[] {
    const waiters = batch.get(owner) ?? new Set();
    batch.delete(owner);
    this.#uuids.forget(owner);
    return tellWaiters(owner, waiters, what);
  }
}

/** The state of exactly these owners; one that has no entry should have no rows. */
export const completed = (owners: Iterable<string>, state: DesiredState): DesiredState =>
  new Map(Array.from(owners, (owner) => [owner, state.get(owner) ?? []]));
