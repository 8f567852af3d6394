import type { ImageContext } from '../context.ts';
import type { Store } from '../stores/store.ts';

/** Milliseconds between two looks. */
const PAUSE = 3_600_000;

/**
 * Finds data that no image has any more: what a store did not remove when it was asked to, what a process wrote
 * before it was killed. At the start, when nobody writes yet, also what is unfinished.
 */
export class Garbage {
  private readonly context: ImageContext;
  private timer: NodeJS.Timeout | undefined;

  constructor(context: ImageContext) {
    this.context = context;
  }

  /** Before anything else is done: nobody may be writing. */
  async begin(): Promise<void> {
    const { stores, staging, images, log } = this.context;
    let removed = 0;
    for (const store of [...stores.all, staging])
      removed += await this.guarded(store, () => store.sweep());
    const interrupted = await images.requeueInterrupted(await staging.list());
    removed += await this.collect(true);
    if (interrupted + removed > 0)
      log.warn({ interrupted, removed }, 'cleaned up after interrupted uploads');
    this.timer = setInterval(() => {
      this.collect().catch((error: unknown) => log.error({ error }, 'could not collect garbage'));
    }, PAUSE);
    this.timer.unref();
  }

  end(): void {
    clearInterval(this.timer);
  }

  /** Removes data without an image; at the start also that of images which are without data. Gives how many. */
  async collect(starting = false): Promise<number> {
    const { stores, staging, tasks } = this.context;
    let removed = await tasks.removeExpired();
    for (const store of stores.all) {
      removed += await this.guarded(store, () =>
        this.sift(store, ({ stores: has }) => !starting || has.includes(store.id)),
      );
    }
    removed += await this.guarded(staging, () =>
      this.sift(staging, ({ status }) => ['uploading', 'importing'].includes(status)),
    );
    return removed;
  }

  private async sift(
    store: Store,
    keeps: (row: { readonly status: string; readonly stores: readonly string[] }) => boolean,
  ): Promise<number> {
    const names = await store.list();
    // After the list: an image that came since then has its row.
    const rows = await this.context.images.whereabouts(names);
    let removed = 0;
    for (const name of names) {
      const row = rows.get(name);
      if (row !== undefined && keeps(row)) continue;
      await store.remove(name);
      removed++;
    }
    return removed;
  }

  /** A store that cannot be asked now is asked the next time. */
  private async guarded(store: Store, work: () => Promise<number>): Promise<number> {
    try {
      return await work();
    } catch (error) {
      this.context.log.warn({ error, store: store.id }, 'a store could not be looked through');
      return 0;
    }
  }
}
