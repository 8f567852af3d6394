import type { ImageContext } from '../context.ts';
import type { Store } from '../stores/store.ts';

const isLocal = ({ type }: Store): boolean => type === 'file';

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
    for (const store of [...stores.all.filter(isLocal), staging])
      removed += await this.guarded(store, () => store.sweep());
    const interrupted = await images.requeueInterrupted(await staging.list());
    removed += await this.collect(stores.all.filter(isLocal), true);
    if (interrupted + removed > 0)
      log.warn({ interrupted, removed }, 'cleaned up after interrupted uploads');
    // A store that is away must not keep the service from starting.
    const later = async (): Promise<void> => {
      for (const store of stores.all.filter((each) => !isLocal(each)))
        await this.guarded(store, () => store.sweep());
      await this.collect(stores.all);
    };
    const look = () =>
      void later().catch((error: unknown) => log.error({ error }, 'could not collect garbage'));
    if (!stores.all.every(isLocal)) look();
    this.timer = setInterval(look, PAUSE);
    this.timer.unref();
  }

  end(): void {
    clearInterval(this.timer);
  }

  /** Removes data without an image; at the start also that of images which are without data. Gives how many. */
  async collect(among: readonly Store[], starting = false): Promise<number> {
    const { staging, tasks } = this.context;
    let removed = await tasks.removeExpired();
    for (const store of among) {
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
