import { decode, decodeElements, decodePairs, defaultOf, recordOf } from '../ovsdb/codec.ts';
import type { LiveRow } from '../desired.ts';
import { OvsdbError } from '../ovsdb/error.ts';
import { LargeSet } from './large-set.ts';
import type { Change, ColumnChange, MirrorCounters, MirrorTable, RowIndex } from './mirror.ts';
import { FunctionIndex, KeyIndex } from './row-index.ts';
import type { Column } from '../ovsdb/schema.ts';
import type { Atom, PlainValue } from '../ovsdb/value.ts';

/** Sets longer than this are kept as `LargeSet`; shorter ones are copied when they change. */
export const LARGE = 64;

type Counters = { -readonly [Counter in keyof MirrorCounters]: number };

type Cells = Record<string, unknown>;
const NOTHING: readonly Atom[] = [];

/** The rows of one monitored table, with its indexes. Only `MirrorStore` writes it. */
export class TableStore implements MirrorTable<LiveRow> {
  readonly name: string;
  readonly #counters: Counters;
  #columns: ReadonlyMap<string, Column> = new Map();
  readonly #rows = new Map<string, LiveRow>();
  /** Large sets by row and column; the rows themselves have getters for them. */
  readonly #large = new Map<string, Map<string, LargeSet>>();
  readonly #byColumn = new Map<string, KeyIndex<Atom>>();
  readonly #byFunction = new Map<string, FunctionIndex>();

  constructor(name: string, counters: Counters) {
    this.name = name;
    this.#counters = counters;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(uuid: string): LiveRow | undefined {
    this.#counters.rowsRead++;
    return this.#rows.get(uuid);
  }

  *rows(): IterableIterator<LiveRow> {
    for (const row of this.#rows.values()) {
      this.#counters.rowsRead++;
      yield row;
    }
  }

  find(column: string, value: unknown): readonly LiveRow[] {
    return this.#resolve(this.#columnIndex(column).find(value as Atom));
  }

  first(column: string, value: unknown): LiveRow | undefined {
    const [uuid] = this.#columnIndex(column).find(value as Atom);
    return uuid === undefined ? undefined : this.get(uuid);
  }

  filter(predicate: (row: LiveRow) => boolean): LiveRow[] {
    return [...this.rows()].filter(predicate);
  }

  index(
    name: string,
    keysOf: (row: LiveRow) => string | readonly string[] | undefined,
  ): RowIndex<LiveRow> {
    let index = this.#byFunction.get(name);
    if (index === undefined) {
      index = new FunctionIndex(keysOf);
      for (const row of this.#rows.values()) index.put(row);
      this.#byFunction.set(name, index);
    }
    const { entries } = index;
    return {
      name,
      find: (key) => this.#resolve(entries.find(key)),
      first: (key) => {
        const [uuid] = entries.find(key);
        return uuid === undefined ? undefined : this.get(uuid);
      },
      keys: () => entries.keys(),
    };
  }

  /** Uuids only: nothing is read. */
  uuidsOf(column: string, value: Atom): ReadonlySet<string> {
    return this.#columnIndex(column).find(value);
  }

  #resolve(uuids: ReadonlySet<string>): LiveRow[] {
    this.#counters.rowsRead += uuids.size;
    return Array.from(uuids, (uuid) => this.#rows.get(uuid)!);
  }

  #columnIndex(name: string): KeyIndex<Atom> {
    const known = this.#byColumn.get(name);
    if (known !== undefined) return known;
    const index = new KeyIndex<Atom>();
    for (const row of this.#rows.values()) {
      for (const element of elementsOf(row[name])) index.add(element, row._uuid);
    }
    this.#byColumn.set(name, index);
    return index;
  }

  /** Columns that the server sends; called before each full copy, since a server may come back with another schema. */
  describe(columns: ReadonlyMap<string, Column>): void {
    this.#columns = columns;
  }

  /** Uuids of all rows, for telling which a full copy no longer has. */
  uuids(): Iterable<string> {
    return this.#rows.keys();
  }

  /** A whole row as the server has it; columns that are not named have their defaults. */
  replace(uuid: string, wire: Readonly<Record<string, unknown>>): Change | undefined {
    const before = this.#rows.get(uuid);
    const values = new Map<string, PlainValue>();
    const deltas: ColumnChange[] = [];
    for (const [name, column] of this.#columns) {
      const value = Object.hasOwn(wire, name) ? decode(column, wire[name]) : defaultOf(column);
      const delta =
        before === undefined ? insertion(name, value) : this.#compare(column, before[name], value);
      if (delta === undefined) continue;
      values.set(name, value);
      deltas.push(delta);
    }
    if (before !== undefined && deltas.length === 0) return undefined;
    const large = this.#large.get(uuid);
    for (const name of values.keys()) large?.delete(name);
    return this.#write(uuid, before, values, deltas);
  }

  /** A row's differences as `update2` and `update3` tell them (ovsdb-server(7), 4.1.14). */
  modify(uuid: string, difference: Readonly<Record<string, unknown>>): Change | undefined {
    const before = this.#rows.get(uuid);
    if (before === undefined) {
      throw new OvsdbError('bad message', `a change of ${this.name} ${uuid}, which is not there`);
    }
    const values = new Map<string, PlainValue>();
    const deltas: ColumnChange[] = [];
    for (const [name, wire] of Object.entries(difference)) {
      const column = this.#columns.get(name);
      if (column === undefined) continue;
      // Only columns of more than one element come as differences.
      if (column.max === 1) {
        const value = decode(column, wire);
        values.set(name, value);
        deltas.push({ column: name, removed: elementsOf(before[name]), added: elementsOf(value) });
      } else if (column.kind === 'map') {
        values.set(name, mergePairs(before[name] as Record<string, Atom>, decodePairs(wire)));
        deltas.push({ column: name, removed: NOTHING, added: NOTHING });
      } else {
        deltas.push(this.#toggle(uuid, name, before, decodeElements(wire), values));
      }
    }
    return this.#write(uuid, before, values, deltas);
  }

  remove(uuid: string): Change | undefined {
    const before = this.#rows.get(uuid);
    if (before === undefined) return undefined;
    for (const [name, index] of this.#byColumn) {
      for (const element of elementsOf(before[name])) index.remove(element, uuid);
    }
    for (const index of this.#byFunction.values()) index.drop(uuid);
    this.#rows.delete(uuid);
    this.#large.delete(uuid);
    this.#counters.rowsChanged++;
    return { table: this.name, uuid, before, after: undefined, columns: [] };
  }

  /** Applies a set's difference: elements that are there go, the others come. */
  #toggle(
    uuid: string,
    name: string,
    before: LiveRow,
    elements: Atom[],
    values: Map<string, PlainValue>,
  ): ColumnChange {
    this.#counters.elementsTouched += elements.length;
    const large = this.#large.get(uuid);
    const set = large?.get(name);
    if (set !== undefined) {
      const removed = elements.filter((element) => set.has(element));
      const added = elements.filter((element) => !set.has(element));
      large!.set(name, set.change(removed, added));
      return { column: name, removed, added };
    }
    const present = before[name] as readonly Atom[];
    this.#counters.elementsTouched += present.length;
    const toggled = new Set(elements);
    const removed = present.filter((element) => toggled.delete(element));
    const gone = new Set(removed);
    values.set(name, [...present.filter((element) => !gone.has(element)), ...toggled]);
    return { column: name, removed, added: [...toggled] };
  }

  #compare(column: Column, before: unknown, value: PlainValue): ColumnChange | undefined {
    if (before === undefined) return insertion(column.name, value);
    if (column.kind === 'map') {
      const same = sameRecord(before as Record<string, Atom>, value as Record<string, Atom>);
      return same ? undefined : { column: column.name, removed: NOTHING, added: NOTHING };
    }
    const old = elementsOf(before);
    const removed = new Set(old);
    const added = elementsOf(value).filter((element) => !removed.delete(element));
    if (removed.size === 0 && added.length === 0) return undefined;
    return { column: column.name, removed: [...removed], added };
  }

  #write(
    uuid: string,
    before: LiveRow | undefined,
    values: ReadonlyMap<string, PlainValue>,
    deltas: readonly ColumnChange[],
  ): Change {
    let large = this.#large.get(uuid);
    for (const [name, value] of values) {
      if (!Array.isArray(value) || value.length <= LARGE) continue;
      if (large === undefined) this.#large.set(uuid, (large = new Map()));
      large.set(name, new LargeSet(value as Atom[]));
    }
    const cells: Cells = large === undefined ? { _uuid: uuid, ...before } : { _uuid: uuid };
    // A spread would read the getters of large sets, which is what they are there to spare.
    if (large !== undefined) {
      for (const name of this.#columns.keys()) if (!large.has(name)) cells[name] = before?.[name];
    }
    for (const [name, value] of values) {
      if (large?.has(name) !== true)
        cells[name] = typeof value === 'object' ? Object.freeze(value) : value;
    }
    for (const [name, state] of large ?? []) {
      Object.defineProperty(cells, name, { enumerable: true, get: () => state.toArray() });
    }
    const after = Object.freeze(cells) as LiveRow;
    this.#rows.set(uuid, after);
    for (const { column, removed, added } of deltas) {
      const index = this.#byColumn.get(column);
      if (index === undefined) continue;
      for (const element of removed) index.remove(element, uuid);
      for (const element of added) index.add(element, uuid);
    }
    for (const index of this.#byFunction.values()) index.put(after);
    this.#counters.rowsChanged++;
    return { table: this.name, uuid, before, after, columns: deltas };
  }
}

const insertion = (column: string, value: PlainValue): ColumnChange => ({
  column,
  removed: NOTHING,
  added: elementsOf(value),
});

/** What of a value can be looked up by an index: a scalar, a set's elements, nothing of a map. */
function elementsOf(value: unknown): readonly Atom[] {
  if (Array.isArray(value)) return value as readonly Atom[];
  return typeof value === 'object' || value === undefined ? NOTHING : [value as Atom];
}

/** Applies a map's difference: a pair that is there goes, any other comes or replaces its key's value. */
function mergePairs(
  before: Readonly<Record<string, Atom>>,
  pairs: readonly [string, Atom][],
): PlainValue {
  const merged = new Map(Object.entries(before));
  for (const [key, value] of pairs) {
    if (merged.get(key) === value) merged.delete(key);
    else merged.set(key, value);
  }
  return recordOf(merged);
}

function sameRecord(a: Readonly<Record<string, Atom>>, b: Readonly<Record<string, Atom>>): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}
