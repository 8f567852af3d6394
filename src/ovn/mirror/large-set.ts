import type { Atom } from '../ovsdb/value.ts';

/**
 * One state of a large set column. A change makes a new state at the cost of the change: the elements move on to
 * the newest state, and an older one, should somebody still read it, undoes the changes made since.
 */
export class LargeSet {
  /** Present in the newest state only. */
  #elements: Set<Atom> | undefined;
  #next:
    | {
        readonly state: LargeSet;
        readonly removed: readonly Atom[];
        readonly added: readonly Atom[];
      }
    | undefined;
  #array: readonly Atom[] | undefined;

  constructor(elements: Iterable<Atom>) {
    this.#elements = elements instanceof Set ? elements : new Set(elements);
  }

  /** The newest state; this one becomes an older one. `removed` must be elements, `added` must not. */
  change(removed: readonly Atom[], added: readonly Atom[]): LargeSet {
    const elements = this.#elements;
    if (elements === undefined) throw new Error('only the newest state of a set can be changed');
    for (const element of removed) elements.delete(element);
    for (const element of added) elements.add(element);
    const state = new LargeSet(elements);
    this.#elements = undefined;
    this.#next = { state, removed, added };
    return state;
  }

  /** Whether the newest state contains the element. */
  has(element: Atom): boolean {
    if (this.#elements === undefined) return this.toArray().includes(element);
    return this.#elements.has(element);
  }

  get size(): number {
    return this.#elements?.size ?? this.toArray().length;
  }

  /** All elements; made when first asked for. */
  toArray(): readonly Atom[] {
    return (this.#array ??= Object.freeze([...this.#restore()]) as readonly Atom[]);
  }

  #restore(): Set<Atom> {
    const changes: { removed: readonly Atom[]; added: readonly Atom[] }[] = [];
    let elements = this.#elements;
    for (let change = this.#next; change !== undefined; change = change.state.#next) {
      changes.push(change);
      elements = change.state.#elements;
    }
    elements = new Set(elements);
    for (const { removed, added } of changes.toReversed()) {
      for (const element of added) elements.delete(element);
      for (const element of removed) elements.add(element);
    }
    return elements;
  }
}
