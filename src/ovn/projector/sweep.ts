import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { sleep } from '../../core/time.ts';

/** Owners compared at once: short enough that no request notices. */
const SLICE = 100;
/** Of the time of a pass this part is work at most, the rest pause: one part in sixty. */
const PAUSE_PER_WORK = 59;
/** Passes begin this part earlier or later, so that several control planes do not work in step. */
const JITTER = 0.2;

/** What a sweep needs to know. */
export interface SweepOptions {
  /** Every owner, of the rows that are and of those that should be. */
  owners(): Promise<Iterable<string>>;
  /** Compares these owners; what differs is somebody else's business. */
  compare(owners: readonly string[]): Promise<void>;
  readonly log: Logger;
}

/**
 * The safety net below the watching of changes: now and then everything is compared, a few owners at a time and
 * slowly, so that it costs a sixtieth of a processor at most while it runs.
 */
export class Sweep {
  readonly #options: SweepOptions;
  #ended: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /** Begins a pass after each such time (seconds) without one; 0: never. */
  async every(seconds: number): Promise<void> {
    await this.stop();
    if (seconds <= 0) return;
    this.#ended = new AbortController();
    this.#running = this.#run(seconds * 1000, this.#ended.signal);
  }

  async stop(): Promise<void> {
    this.#ended?.abort();
    await this.#running;
  }

  async #run(milliseconds: number, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      try {
        await sleep(milliseconds * (1 + JITTER * (2 * Math.random() - 1)), ended);
        await this.pass(ended);
      } catch (error) {
        if (!ended.aborted)
          this.#options.log.warn(
            { cause: messageOf(error) },
            'the comparison could not be finished; the next one begins anew',
          );
      }
    }
  }

  /** One comparison of everything. */
  async pass(ended?: AbortSignal): Promise<void> {
    const owners = [...(await this.#options.owners())];
    for (let from = 0; from < owners.length; from += SLICE) {
      const began = performance.now();
      await this.#options.compare(owners.slice(from, from + SLICE));
      await sleep((performance.now() - began) * PAUSE_PER_WORK, ended);
    }
  }
}
