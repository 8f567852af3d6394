import type { Readable } from 'node:stream';
import { badRequest, Fault, messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import type { ImageRow } from '../tables.ts';
import type { Part, Store } from './store.ts';

/** The stores of a cloud, the default first. */
export class Stores {
  readonly all: readonly Store[];
  private readonly log: Logger;

  constructor(all: readonly [Store, ...Store[]], log: Logger) {
    this.all = all;
    this.log = log;
  }

  /** Where data goes when nobody says where. */
  get initial(): Store {
    return this.all[0]!;
  }

  get ids(): string[] {
    return this.all.map(({ id }) => id);
  }

  /** The store of that name; fails with 400 naming those that there are. */
  named(id: string): Store {
    const store = this.all.find((each) => each.id === id);
    if (store === undefined)
      throw badRequest(`There is no store ${id.slice(0, 100)}: there is ${this.ids.join(', ')}.`);
    return store;
  }

  /** The data of an image, from the first of its stores that gives it; fails with 503 when none does. */
  async read(row: Pick<ImageRow, 'id' | 'stores'>, part?: Part): Promise<Readable> {
    for (const store of this.all.filter(({ id }) => row.stores.includes(id))) {
      try {
        return await store.read(row.id, part);
      } catch (error) {
        this.log.error({ error, image: row.id, store: store.id }, 'image data cannot be read');
      }
    }
    throw new Fault(
      'unavailable',
      `The data of image ${row.id} cannot be had from its stores now (${row.stores.join(', ') || 'none'}).`,
    );
  }

  close(): void {
    for (const store of this.all) store.close?.();
  }

  /** Removes the data of an image that is gone; what cannot be removed now is found by `collect` later. */
  async remove(id: string, stores: readonly string[] = this.ids): Promise<void> {
    for (const store of this.all.filter((each) => stores.includes(each.id))) {
      try {
        await store.remove(id);
      } catch (error) {
        this.log.warn(
          { error: messageOf(error), image: id, store: store.id },
          'image data could not be removed yet',
        );
      }
    }
  }
}
