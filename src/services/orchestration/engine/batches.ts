import type { StackRow } from '../tables.ts';
import type { Run } from './run.ts';

/** Lets so many resources through at once, with a pause between one batch and the next. */
export class BatchGate {
  readonly #run: Run;
  readonly #batches: StackRow['batches'];
  #inside = 0;
  #batch = 0;
  #waiting: (() => void)[] = [];

  constructor(run: Run, batches: StackRow['batches']) {
    this.#run = run;
    this.#batches = batches;
  }

  async through(_name: string, work: () => Promise<void>): Promise<void> {
    if (!this.#batches) return work();
    while (this.#batch >= this.#batches.size) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#batch++;
    this.#inside++;
    const before = this.#run.rows.size;
    let worked = false;
    try {
      await work();
      worked = this.#run.rows.size !== before || this.#changed(_name);
    } finally {
      this.#inside--;
      // What was as it should be anyway takes no place in a batch.
      if (!worked) this.#batch--;
      if (this.#inside === 0 && this.#batch >= this.#batches.size) {
        if (this.#waiting.length > 0) {
          await this.#run.pause(this.#batches.pauseSeconds * 1000).catch(() => undefined);
        }
        this.#batch = 0;
      }
      for (const go of this.#waiting.splice(0)) go();
    }
  }

  #changed(name: string): boolean {
    const row = this.#run.live.get(name);
    return row?.generation === this.#run.stack.generation;
  }
}
