import type { DriverEvent } from './driver.ts';

/** What happens to servers, for a driver that learns of it itself: everybody who follows gets everything. */
export class EventQueue {
  readonly #listeners = new Set<(event: DriverEvent) => void>();

  tell(event: DriverEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Events from now on (from the call, not from the first look), until the signal is aborted. */
  follow(signal: AbortSignal): AsyncIterable<DriverEvent> {
    const queue: DriverEvent[] = [];
    let wake = () => {};
    const listener = (event: DriverEvent) => {
      queue.push(event);
      wake();
    };
    this.#listeners.add(listener);
    const stop = () => {
      this.#listeners.delete(listener);
      wake();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    return (async function* () {
      while (!signal.aborted) {
        const event = queue.shift();
        if (event !== undefined) yield event;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    })();
  }
}
