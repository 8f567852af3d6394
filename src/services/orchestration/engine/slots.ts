/**
 * Who may ask the services now. Stacks take turns, so that one of a thousand resources does not keep one of three
 * waiting; each has so many requests under way at most.
 */
export class Slots {
  readonly #most: number;
  readonly #each: number;
  readonly #queues = new Map<string, (() => void)[]>();
  readonly #running = new Map<string, number>();
  #total = 0;

  constructor(most = 32, each = 10) {
    this.#most = most;
    this.#each = each;
  }

  /** Does the work when it is the stack's turn. */
  async within<T>(stack: string, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      const queue = this.#queues.get(stack);
      if (queue) queue.push(resolve);
      else this.#queues.set(stack, [resolve]);
      this.#next();
    });
    try {
      return await work();
    } finally {
      this.#total--;
      const left = (this.#running.get(stack) ?? 1) - 1;
      if (left === 0) this.#running.delete(stack);
      else this.#running.set(stack, left);
      this.#next();
    }
  }

  #next(): void {
    let found = true;
    while (found && this.#total < this.#most) {
      found = false;
      for (const [stack, queue] of this.#queues) {
        const running = this.#running.get(stack) ?? 0;
        if (this.#total >= this.#most) return;
        if (running >= this.#each) continue;
        found = true;
        this.#total++;
        this.#running.set(stack, running + 1);
        const start = queue.shift()!;
        // A map keeps its order: who was served goes to the end.
        this.#queues.delete(stack);
        if (queue.length > 0) this.#queues.set(stack, queue);
        start();
        break;
      }
    }
  }
}
