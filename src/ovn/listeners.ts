/** Functions to be told of something; one that throws or goes meanwhile does not disturb the others. */
export class Listeners<Value> {
  readonly #listeners = new Set<(value: Value) => void>();

  /** Gives a function that ends it. */
  add(listener: (value: Value) => void): () => void {
    const own = (value: Value) => listener(value);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  tell(value: Value, failed: (error: unknown) => void): void {
    for (const listener of Array.from(this.#listeners)) {
      if (!this.#listeners.has(listener)) continue;
      try {
        listener(value);
      } catch (error) {
        failed(error);
      }
    }
  }
}
