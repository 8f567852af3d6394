import type { DesiredState } from '../desired.ts';
import type { Committer } from './committer.ts';
import type { Owners } from './pending.ts';
import type { ProjectorOptions } from './projector.ts';

/** Owners of one transaction at most: a first fill of a large cloud does not stop the server for long. */
export const LARGEST_BATCH = 1000;

/** Chooses whose turn it is and reads what they should have. */
export class Loader {
  readonly #options: ProjectorOptions;
  readonly #committer: Committer;
  /** Owners of the next transaction at most: fewer while loading fails, so that one owner's failure is found. */
  #limit = LARGEST_BATCH;

  constructor(options: ProjectorOptions, committer: Committer) {
    this.#options = options;
    this.#committer = committer;
  }

  /** Takes the owners of the next transaction out of those given. */
  take(dirty: Owners): Owners {
    const batch: Owners = new Map();
    for (const [owner, waiters] of dirty) {
      if (batch.size === this.#limit) break;
      batch.set(owner, waiters);
      dirty.delete(owner);
    }
    return batch;
  }

  /** Undefined when the only owner cannot be loaded: it is set aside, lest it hold up the others. */
  async load(batch: Owners): Promise<DesiredState | undefined> {
    try {
      const state = await this.#options.load([...batch.keys()]);
      this.#limit = Math.min(LARGEST_BATCH, this.#limit * 2);
      return state;
    } catch (error) {
      this.#limit = Math.max(1, Math.ceil(this.#limit / 16));
      const [owner] = batch.keys();
      if (batch.size > 1 || owner === undefined) throw error;
      const cause = error instanceof Error ? error : new Error(String(error));
      this.#committer.setAside(batch, owner, cause);
      return undefined;
    }
  }
}
