import type { LiveRow } from '../desired.ts';

/** Key → uuids of the rows that have it; each change costs what it changes. */
export class KeyIndex<Key> {
  readonly #uuids = new Map<Key, Set<string>>();

  add(key: Key, uuid: string): void {
    const uuids = this.#uuids.get(key);
    if (uuids === undefined) this.#uuids.set(key, new Set([uuid]));
    else uuids.add(uuid);
  }

  remove(key: Key, uuid: string): void {
    const uuids = this.#uuids.get(key);
    if (uuids === undefined) return;
    uuids.delete(uuid);
    if (uuids.size === 0) this.#uuids.delete(key);
  }

  find(key: Key): ReadonlySet<string> {
    return this.#uuids.get(key) ?? NONE;
  }

  keys(): IterableIterator<Key> {
    return this.#uuids.keys();
  }
}

const NONE: ReadonlySet<string> = new Set();

/** What a function says about rows, kept per row so that a row's old keys need not be computed again. */
export class FunctionIndex {
  readonly entries = new KeyIndex<string>();
  readonly #keys = new Map<string, readonly string[]>();
  readonly #keysOf: (row: LiveRow) => string | readonly string[] | undefined;

  constructor(keysOf: (row: LiveRow) => string | readonly string[] | undefined) {
    this.#keysOf = keysOf;
  }

  put(row: LiveRow): void {
    const old = this.#keys.get(row._uuid);
    const given = this.#keysOf(row);
    const keys = given === undefined ? [] : typeof given === 'string' ? [given] : [...given];
    if (old !== undefined && old.length === keys.length && old.every((key, i) => key === keys[i]))
      return;
    if (old !== undefined) for (const key of old) this.entries.remove(key, row._uuid);
    for (const key of keys) this.entries.add(key, row._uuid);
    if (keys.length === 0) this.#keys.delete(row._uuid);
    else this.#keys.set(row._uuid, keys);
  }

  drop(uuid: string): void {
    for (const key of this.#keys.get(uuid) ?? []) this.entries.remove(key, uuid);
    this.#keys.delete(uuid);
  }
}
