import { collectionsOf, itemsIn, readPages } from './api/collections.ts';
import type { CollectionName, Collections } from './api/documents.ts';
import { ApiError, NoAnswer } from './api/request.ts';
import type { Session } from './api/session.ts';
import { EMPTY } from './model/cloud.ts';

/** Time between two readings, in milliseconds. */
export const INTERVAL = 3000;

/** What one reading of the cloud brought. */
export interface Reading {
  readonly collections: Collections;
  /** False when every collection is as it was. */
  readonly changed: boolean;
  readonly loaded: ReadonlySet<CollectionName>;
  readonly problems: ReadonlyMap<CollectionName, Error>;
  /** Nobody answered: the collections are those of before. */
  readonly silent: boolean;
}

/**
 * Reads the cloud again and again for one session. Collections are read side by side and fail by themselves: what
 * could not be read stays as it was, with its error beside it.
 */
export class Reader {
  readonly #session: Session;
  readonly #pages = new Map<CollectionName, string>();
  #collections: Collections = EMPTY;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Throws ApiError 401 when the token is no longer valid, and the signal's reason. */
  async read(allProjects: boolean, signal: AbortSignal): Promise<Reading> {
    const problems = new Map<CollectionName, Error>();
    let answers = 0;
    let changed = false;
    const take = async (name: CollectionName) => {
      try {
        const pages = await readPages(name, this.#session, allProjects, signal);
        answers += 1;
        const text = pages.join('\n');
        if (this.#pages.get(name) === text) return;
        this.#collections = { ...this.#collections, [name]: itemsIn(name, pages) };
        this.#pages.set(name, text);
        changed = true;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof NoAnswer) return;
        if (error instanceof ApiError && error.status === 401) throw error;
        answers += 1;
        problems.set(name, error as Error);
      }
    };
    await Promise.all(collectionsOf(this.#session).map(take));
    return {
      collections: this.#collections,
      changed,
      loaded: new Set(this.#pages.keys()),
      problems,
      silent: answers === 0,
    };
  }
}
