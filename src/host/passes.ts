const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/**
 * Work that is done again whenever something may have changed: one pass at a time, one more after it when somebody
 * looked meanwhile, and after a failure another by itself, after pauses that grow to half a minute.
 */
export class Passes {
  readonly #pass: () => Promise<boolean>;
  #working: Promise<void> | undefined;
  #again = false;
  #closed = false;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `pass` says whether all went well; it tells of its failures itself and does not reject. */
  constructor(pass: () => Promise<boolean>) {
    this.#pass = pass;
  }

  /** Whether the pass before this one failed. */
  get failed(): boolean {
    return this.#failures > 0;
  }

  /** A pass under way that sees this ends early. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Something may have changed. */
  look(): void {
    if (this.#closed) return;
    this.#again = true;
    clearTimeout(this.#timer);
    this.#working ??= this.#work();
  }

  /** No further pass begins; resolves when the one under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      const isWell = await this.#pass();
      this.#failures = isWell ? 0 : this.#failures + 1;
      if (isWell || this.#closed) continue;
      const pause = Math.min(FIRST_PAUSE * 2 ** this.#failures, LONGEST_PAUSE);
      this.#timer = setTimeout(() => this.look(), pause);
      this.#timer.unref();
    }
    this.#working = undefined;
  }
}
