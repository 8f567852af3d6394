import type { Fault } from '../../../core/errors.ts';
import { unauthorized } from '../errors.ts';

/** Failures in a row that cost nothing: people mistype. */
const FREE = 5;
/** Waiting time after the first failure that costs, in milliseconds; doubled with each, up to `LONGEST`. */
const SHORTEST = 1000;
const LONGEST = 60_000;
/** A row of failures is forgotten this long after its last, in milliseconds. */
const FORGOTTEN = 15 * 60 * 1000;
/** Most names remembered: those that failed longest ago go first. */
const MOST = 10_000;

interface Failures {
  readonly count: number;
  readonly lastAt: number;
}

/**
 * Slows down guessing. After some failures in a row, whoever is meant may try again only after a while, even with
 * what is right; a name that does not exist is treated as one that does. Kept in memory, by each control plane.
 */
export class Attempts {
  readonly #failures = new Map<string, Failures>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Milliseconds until the next attempt is looked at; 0 when it is now. */
  wait(key: string): number {
    const known = this.#failures.get(key);
    if (known === undefined) return 0;
    const age = this.#now() - known.lastAt;
    if (age >= FORGOTTEN) this.#failures.delete(key);
    if (age >= FORGOTTEN || known.count < FREE) return 0;
    return Math.max(0, Math.min(LONGEST, SHORTEST * 2 ** (known.count - FREE)) - age);
  }

  failed(key: string): void {
    const known = this.#failures.get(key);
    const recent = known !== undefined && this.#now() - known.lastAt < FORGOTTEN;
    this.#failures.delete(key); // to the end of the order
    this.#failures.set(key, { count: recent ? known.count + 1 : 1, lastAt: this.#now() });
    if (this.#failures.size <= MOST) return;
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      break;
    }
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  /** Runs a check unless too many failed before, and counts how it ends. */
  async guard(key: string, serviceUrl: string, check: () => Promise<boolean>): Promise<boolean> {
    const wait = this.wait(key);
    if (wait > 0) throw locked(serviceUrl, wait);
    // In a row that is long enough to wait, the next counts before it is known: guesses at the same time must not
    // slip through together. Before that they may: programs log in many times at once.
    const before = this.#failures.get(key);
    const counted = before !== undefined && before.count >= FREE;
    if (counted) this.failed(key);
    try {
      const fits = await check();
      if (fits) this.succeeded(key);
      else if (!counted) this.failed(key);
      return fits;
    } catch (error) {
      if (counted) this.#failures.set(key, before); // nothing was checked
      throw error;
    }
  }
}

const locked = (serviceUrl: string, wait: number): Fault => {
  const seconds = Math.ceil(wait / 1000);
  return unauthorized(
    serviceUrl,
    `Too many failed attempts to authenticate: try again in ${seconds} second${seconds === 1 ? '' : 's'}.`,
    { 'Retry-After': String(seconds) },
  );
};
