import type { Waiter } from './pending.ts';
import type { Need } from '../reference.ts';

interface Parked {
  readonly waiters: readonly Waiter[];
  readonly needs: readonly string[];
  readonly timer: NodeJS.Timeout;
}

const FIRST_MILLISECONDS = 100;
const LONGEST_MILLISECONDS = 30_000;
/** Blocked owners are woken by what they need; this is for the case that it came unseen. */
const BLOCKED_MILLISECONDS = 30_000;

const needId = (table: string, key: string): string => `${table}\n${key}`;

/** Owners set aside: those that failed come back after growing pauses, those that are blocked when what they need appears. */
export class Parking {
  readonly #parked = new Map<string, Parked>();
  readonly #byNeed = new Map<string, Set<string>>();
  /** Failures in a row; forgotten with the first success. */
  readonly #failures = new Map<string, number>();
  readonly #wake: (owner: string) => void;

  /** `wake` is called when an owner's time has come. */
  constructor(wake: (owner: string) => void) {
    this.#wake = wake;
  }

  has(owner: string): boolean {
    return this.#parked.has(owner);
  }

  /** Sets a failed owner aside; gives the number of failures in a row. */
  fail(owner: string, waiters: readonly Waiter[]): number {
    const failures = (this.#failures.get(owner) ?? 0) + 1;
    this.#failures.set(owner, failures);
    this.#park(
      owner,
      waiters,
      [],
      Math.min(LONGEST_MILLISECONDS, FIRST_MILLISECONDS * 2 ** Math.min(failures - 1, 16)),
    );
    return failures;
  }

  /** Sets an owner aside until one of these rows appears. */
  block(owner: string, waiters: readonly Waiter[], needs: readonly Need[]): void {
    this.#park(
      owner,
      waiters,
      needs.map(({ table, key }) => needId(table, key)),
      BLOCKED_MILLISECONDS,
    );
  }

  /** Owners that wait for this row. */
  waitingFor(table: string, key: string): readonly string[] {
    return [...(this.#byNeed.get(needId(table, key)) ?? [])];
  }

  /** Takes an owner out; gives who waits for it. */
  take(owner: string): readonly Waiter[] {
    const parked = this.#parked.get(owner);
    if (parked === undefined) return [];
    clearTimeout(parked.timer);
    this.#parked.delete(owner);
    for (const need of parked.needs) {
      const owners = this.#byNeed.get(need);
      owners?.delete(owner);
      if (owners?.size === 0) this.#byNeed.delete(need);
    }
    return parked.waiters;
  }

  succeeded(owner: string): void {
    this.#failures.delete(owner);
  }

  /** Takes everybody out; gives who waits for them. */
  clear(): readonly Waiter[] {
    return [...this.#parked.keys()].flatMap((owner) => this.take(owner));
  }

  #park(
    owner: string,
    waiters: readonly Waiter[],
    needs: readonly string[],
    milliseconds: number,
  ): void {
    const earlier = this.take(owner);
    const timer = setTimeout(() => this.#wake(owner), milliseconds);
    this.#parked.set(owner, { waiters: [...earlier, ...waiters], needs, timer });
    for (const need of needs) {
      const owners = this.#byNeed.get(need);
      if (owners === undefined) this.#byNeed.set(need, new Set([owner]));
      else owners.add(owner);
    }
  }
}
