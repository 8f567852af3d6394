import type { Logger } from '../../core/log.ts';
import type { Difference, Repair, RepairCause } from '../desired.ts';
import { Listeners } from '../listeners.ts';

/** Repairs of one row at once before they are made at growing intervals. */
const AT_ONCE = 4;
const FIRST_PAUSE_MILLISECONDS = 100;
/** Less than the five seconds within which rows are back. */
const LONGEST_PAUSE_MILLISECONDS = 4000;
/** After this time without a repair an owner begins anew. */
const QUIET_MILLISECONDS = 60_000;
/** Somebody else's change may be only half of what is on its way: another control plane is just writing the rest. */
const COMPARED_PAUSE_MILLISECONDS = 1000;
/** Repairs of one transaction that are told one by one; the rest is told as a number. */
const TOLD_AT_MOST = 1000;

/** Rows of an owner of which it is remembered how often each was repaired. */
const ROWS_AT_MOST = 1000;

/** How often an owner's rows were repaired lately. */
interface Series {
  readonly rows: Map<string, number>;
  /** Of the row that was repaired most often. */
  repairs: number;
  lastAt: number;
}

/** The same change of the same row: who insists does the same again. */
const rowOf = ({ table, key, change, columns = {} }: Difference): string =>
  [table, key, change, ...Object.keys(columns)].join('\n');

/**
 * Owners whose rows are suspected to differ although nobody asked for a change, and why: what is corrected for them
 * is drift, and is told. When somebody goes on changing the same rows, repairs slow down instead of keeping two
 * writers busy with each other.
 */
export class Drift {
  readonly #database: string;
  readonly #log: Logger;
  readonly #wake: (owner: string) => void;
  readonly #causes = new Map<string, RepairCause>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #series = new Map<string, Series>();
  readonly #listeners = new Listeners<readonly Repair[]>();
  #held: Set<string> | undefined;
  #holdTimer: NodeJS.Timeout | undefined;

  /** `wake` is called when an owner's rows are to be compared and repaired. */
  constructor(database: string, log: Logger, wake: (owner: string) => void) {
    this.#database = database;
    this.#log = log;
    this.#wake = wake;
  }

  watch(listener: (repairs: readonly Repair[]) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** The owner's rows may differ: they are compared now, or a little later when that happens again and again. */
  suspect(owner: string, cause: RepairCause): void {
    if (!this.#causes.has(owner)) this.#causes.set(owner, cause);
    if (this.#held !== undefined) return void this.#held.add(owner);
    if (this.#timers.has(owner)) return;
    const pause = Math.max(
      this.#pauseOf(owner),
      cause === 'compared' ? COMPARED_PAUSE_MILLISECONDS : 0,
    );
    if (pause === 0) return this.#wake(owner);
    const timer = setTimeout(() => {
      this.#timers.delete(owner);
      this.#wake(owner);
    }, pause);
    this.#timers.set(owner, timer);
  }

  /** The owner's rows are known to differ, and its turn is coming anyway. */
  blame(owner: string, cause: RepairCause): void {
    if (!this.#causes.has(owner)) this.#causes.set(owner, cause);
  }

  /** The owner was changed through the API: what is written for it now was asked for. */
  asked(owner: string): void {
    this.#causes.delete(owner);
  }

  /** What of these differences nobody asked for. */
  repairsOf(differences: readonly Difference[]): Repair[] {
    if (this.#causes.size === 0) return [];
    const at = new Date();
    return differences.flatMap((difference) => {
      const cause = this.#causes.get(difference.owner);
      if (cause === undefined) return [];
      const times = (this.#series.get(difference.owner)?.rows.get(rowOf(difference)) ?? 0) + 1;
      return [{ at, database: this.#database, cause, times, ...difference }];
    });
  }

  /** These owners' rows are as they should be; `repairs` were needed for that. */
  settled(owners: Iterable<string>, repairs: readonly Repair[]): void {
    for (const owner of owners) this.#causes.delete(owner);
    if (repairs.length === 0) return;
    const byOwner = Map.groupBy(repairs, ({ owner }) => owner);
    for (const [owner, own] of byOwner) this.#count(owner, new Set(own.map(rowOf)));
    this.#tell(repairs);
  }

  /** Until the time given (milliseconds) is over nothing is repaired that nobody asked for; 0 ends that at once. */
  hold(milliseconds: number): void {
    clearTimeout(this.#holdTimer);
    this.#holdTimer = undefined;
    if (milliseconds > 0) {
      this.#held ??= new Set();
      this.#holdTimer = setTimeout(() => this.hold(0), milliseconds);
      this.#holdTimer.unref();
      return;
    }
    const held = this.#held ?? new Set();
    this.#held = undefined;
    for (const owner of held) this.#wake(owner);
  }

  get held(): boolean {
    return this.#held !== undefined;
  }

  stop(): void {
    clearTimeout(this.#holdTimer);
    this.#held = undefined;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#causes.clear();
  }

  #pauseOf(owner: string): number {
    const series = this.#series.get(owner);
    if (series === undefined) return 0;
    if (Date.now() - series.lastAt > QUIET_MILLISECONDS) {
      this.#series.delete(owner);
      return 0;
    }
    if (series.repairs < AT_ONCE) return 0;
    return Math.min(
      LONGEST_PAUSE_MILLISECONDS,
      FIRST_PAUSE_MILLISECONDS * 2 ** Math.min(series.repairs - AT_ONCE, 16),
    );
  }

  #count(owner: string, rows: ReadonlySet<string>): void {
    const known = this.#series.get(owner);
    const fresh = known === undefined || Date.now() - known.lastAt > QUIET_MILLISECONDS;
    const series: Series = fresh ? { rows: new Map(), repairs: 0, lastAt: 0 } : known;
    const before = series.repairs;
    if (series.rows.size > ROWS_AT_MOST) series.rows.clear();
    for (const row of rows) {
      const times = (series.rows.get(row) ?? 0) + 1;
      series.rows.set(row, times);
      series.repairs = Math.max(series.repairs, times);
    }
    series.lastAt = Date.now();
    this.#series.set(owner, series);
    if (series.repairs > before && series.repairs > AT_ONCE && isPowerOfTwo(series.repairs))
      this.#log.warn(
        { owner, repairs: series.repairs, pauseMilliseconds: this.#pauseOf(owner) },
        'somebody else changes the same rows again and again; they are repaired at longer intervals',
      );
    if (this.#series.size > 10_000)
      for (const [name, { lastAt }] of this.#series)
        if (Date.now() - lastAt > QUIET_MILLISECONDS) this.#series.delete(name);
  }

  #tell(repairs: readonly Repair[]): void {
    const told = repairs
      .filter(({ times }) => times <= AT_ONCE || isPowerOfTwo(times))
      .slice(0, TOLD_AT_MOST);
    for (const { at: _, ...repair } of told.slice(0, 20))
      this.#log.warn(repair, `${repair.table} was not as it should be and is repaired`);
    if (repairs.length > 20)
      this.#log.warn(
        { database: this.#database, repairs: repairs.length },
        'many rows were not as they should be and are repaired',
      );
    this.#listeners.tell(told, (error) =>
      this.#log.error({ err: error }, 'a repair could not be noted'),
    );
  }
}

const isPowerOfTwo = (value: number): boolean => (value & (value - 1)) === 0;
