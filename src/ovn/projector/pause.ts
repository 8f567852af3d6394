const FIRST_MILLISECONDS = 50;
const LONGEST_MILLISECONDS = 5000;

/** Time to wait after something went wrong: longer each time, until something went right. */
export class Pause {
  readonly #over: () => void;
  #timer: NodeJS.Timeout | undefined;
  #troubles = 0;

  /** `over` is called when a pause has lasted its time. */
  constructor(over: () => void) {
    this.#over = over;
  }

  get on(): boolean {
    return this.#timer !== undefined;
  }

  /** Begins one; gives its milliseconds. */
  begin(): number {
    const milliseconds = Math.min(
      LONGEST_MILLISECONDS,
      FIRST_MILLISECONDS * 2 ** Math.min(this.#troubles++, 10),
    );
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#over();
    }, milliseconds);
    return milliseconds;
  }

  /** Ends the present one at once. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Something went right. */
  forget(): void {
    this.#troubles = 0;
  }
}
