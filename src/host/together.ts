/** One caller's share, and whom to tell. */
interface Entry<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Work that is cheaper together: one process, one transaction for what several servers need at the same time. While
 * one round is under way, what comes waits, and is then one round again. Nobody waits for company.
 */
export class Together<Item> {
  readonly #work: (items: readonly Item[]) => Promise<readonly (Error | undefined)[]>;
  readonly #most: number;
  readonly #waiting: Entry<Item>[] = [];
  #busy = false;

  /**
   * @param work gives each item's failure, in their order; when it rejects, it has failed for all of them
   * @param most items of one round
   */
  constructor(
    work: (items: readonly Item[]) => Promise<readonly (Error | undefined)[]>,
    most: number,
  ) {
    this.#work = work;
    this.#most = most;
  }

  /** Resolves when this item's share is done. */
  add(item: Item): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#busy) return;
      this.#busy = true;
      // What is asked for in the same turn goes along.
      setImmediate(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const round = this.#waiting.splice(0, this.#most);
      try {
        const failures = await this.#work(round.map(({ item }) => item));
        for (const [index, { resolve, reject }] of round.entries()) {
          const failure = failures[index];
          if (failure === undefined) resolve();
          else reject(failure);
        }
      } catch (error) {
        for (const { reject } of round) reject(error);
      }
    }
    this.#busy = false;
  }
}

/**
 * For work that says only that something failed, and may be done twice: then each item is tried on its own, so that
 * one does not fail for another.
 */
export const eachAlone =
  <Item>(work: (items: readonly Item[]) => Promise<unknown>) =>
  async (items: readonly Item[]): Promise<(Error | undefined)[]> => {
    try {
      await work(items);
      return items.map(() => undefined);
    } catch (error) {
      if (items.length === 1) return [error as Error];
    }
    const failures: (Error | undefined)[] = [];
    for (const item of items)
      failures.push(
        await work([item]).then(
          () => undefined,
          (error: unknown) => error as Error,
        ),
      );
    return failures;
  };
