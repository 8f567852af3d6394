import { OvsdbError } from './error.ts';
import type { AtomType, Column } from './schema.ts';
import { NamedUuid } from './value.ts';
import type { Atom, PlainValue, Value } from './value.ts';

/** An element on the wire: `["uuid", "…"]` for uuids (RFC 7047 §5.1). */
type WireAtom = Atom | readonly ['uuid' | 'named-uuid', string];
export type WireValue =
  | WireAtom
  | readonly ['set', readonly WireAtom[]]
  | readonly ['map', readonly (readonly [WireAtom, WireAtom])[]];

const atomOf = (wire: unknown): Atom =>
  Array.isArray(wire) ? (wire[1] as string) : (wire as Atom);

/** Elements of a set on the wire, where a single one may stand alone. */
export function decodeElements(wire: unknown): Atom[] {
  return Array.isArray(wire) && wire[0] === 'set'
    ? (wire[1] as unknown[]).map(atomOf)
    : [atomOf(wire)];
}

/** Pairs of a map on the wire; keys become strings, as records have them. */
export const decodePairs = (wire: unknown): [string, Atom][] =>
  ((wire as [string, [unknown, unknown][]])[1] ?? []).map(([key, value]) => [
    String(atomOf(key)),
    atomOf(value),
  ]);

/** A record that only has what the database says: no inherited members. */
export function recordOf(pairs: Iterable<readonly [string, Atom]>): Readonly<Record<string, Atom>> {
  const record: Record<string, Atom> = {};
  for (const [key, value] of pairs) {
    // A plain assignment would set the prototype.
    if (key === '__proto__')
      Object.defineProperty(record, key, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else record[key] = value;
  }
  return record;
}

/** From the wire to plain values. */
export function decode(column: Column, wire: unknown): PlainValue {
  if (column.kind === 'map') return recordOf(decodePairs(wire));
  if (column.kind === 'set') return decodeElements(wire);
  return atomOf(wire);
}

const DEFAULTS: Readonly<Record<AtomType, Atom>> = {
  integer: 0,
  real: 0,
  boolean: false,
  string: '',
  uuid: '00000000-0000-0000-0000-000000000000',
};

/** What a column holds that an insert does not name (RFC 7047 §5.2.1). */
export function defaultOf(column: Column): PlainValue {
  const atom = DEFAULTS[column.key];
  if (column.kind === 'scalar') return atom;
  if (column.kind === 'set') return column.min === 0 ? [] : [atom];
  return column.min === 0 ? {} : { [String(atom)]: DEFAULTS[column.value!] };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function bad(column: Column, type: string, value: unknown): OvsdbError {
  const shown = JSON.stringify(value instanceof NamedUuid ? `(${value.name})` : value);
  return new OvsdbError(
    'bad value',
    `${column.table}.${column.name} holds ${type}, not ${shown?.slice(0, 200) ?? String(value)}`,
  );
}

function encodeAtom(column: Column, type: AtomType, value: unknown): WireAtom {
  if (type === 'uuid') {
    if (value instanceof NamedUuid) return ['named-uuid', value.name];
    if (typeof value === 'string' && UUID.test(value)) return ['uuid', value];
  } else if (type === 'integer') {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  } else if (type === 'real') {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  } else if (typeof value === type) {
    // OVSDB refuses strings with a null character; say so before the server does.
    if (type === 'string' && (value as string).includes('\0'))
      throw bad(column, 'text without null characters', value);
    return value as Atom;
  }
  throw bad(column, `${type}s`, value);
}

/** A map's key: records only have strings as keys. */
function encodeKey(column: Column, key: unknown): WireAtom {
  if (typeof key !== 'string') return encodeAtom(column, column.key, key);
  if (column.key === 'integer' || column.key === 'real') {
    return encodeAtom(column, column.key, key.trim() === '' ? key : Number(key));
  }
  if (column.key === 'boolean')
    return encodeAtom(column, 'boolean', key === 'true' ? true : key === 'false' ? false : key);
  return encodeAtom(column, column.key, key);
}

const pairsOf = (column: Column, value: unknown): [unknown, unknown][] => {
  if (value === null || value === undefined) return [];
  if (value instanceof Map) return [...value];
  if (typeof value === 'object' && !Array.isArray(value) && !(value instanceof NamedUuid))
    return Object.entries(value);
  throw bad(column, 'a map', value);
};

const elementsOf = (value: unknown): unknown[] => {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return [...new Set(value)];
  return value instanceof Set ? [...value] : [value];
};

/** From plain values to the wire; an `OvsdbError` "bad value" names column and value that do not fit. */
export function encode(column: Column, value: Value | undefined): WireValue {
  if (column.kind === 'scalar') return encodeAtom(column, column.key, value);
  if (column.kind === 'map') {
    const pairs = pairsOf(column, value);
    count(column, pairs.length, value);
    return [
      'map',
      pairs.map(([key, of]) => [encodeKey(column, key), encodeAtom(column, column.value!, of)]),
    ];
  }
  const elements = elementsOf(value);
  count(column, elements.length, value);
  return ['set', elements.map((element) => encodeAtom(column, column.key, element))];
}

function count(column: Column, elements: number, value: unknown): void {
  if (elements < column.min) throw bad(column, `at least ${column.min} element(s)`, value);
  if (elements > column.max) throw bad(column, `at most ${column.max} element(s)`, value);
}

/** Encodes for mutations and conditions, where the number of elements does not matter. */
export function encodePart(
  column: Column,
  value: Value,
  use: 'elements' | 'keys' | 'scalar',
): WireValue {
  if (use === 'scalar') return encodeAtom(column, column.key, value);
  if (column.kind !== 'map')
    return ['set', elementsOf(value).map((element) => encodeAtom(column, column.key, element))];
  if (use === 'keys' && (Array.isArray(value) || value instanceof Set)) {
    return ['set', elementsOf(value).map((key) => encodeKey(column, key))];
  }
  return [
    'map',
    pairsOf(column, value).map(([key, of]) => [
      encodeKey(column, key),
      encodeAtom(column, column.value!, of),
    ]),
  ];
}

/**
 * Whether a desired value is what the column holds, in OVSDB's own sense: sets and maps have no order,
 * null is an empty one, and an optional may be given bare.
 */
export function equal(column: Column, live: PlainValue, desired: Value): boolean {
  if (column.kind === 'scalar') return live === desired;
  if (column.kind === 'set') {
    const elements = elementsOf(desired);
    const present = live as readonly Atom[];
    if (elements.length !== present.length) return false;
    if (elements.length < 8) return elements.every((element) => present.includes(element as Atom));
    const set = new Set<unknown>(present);
    return elements.every((element) => set.has(element));
  }
  const pairs = pairsOf(column, desired);
  const present = live as Readonly<Record<string, Atom>>;
  return (
    pairs.length === Object.keys(present).length &&
    pairs.every(
      ([key, value]) => Object.hasOwn(present, String(key)) && present[String(key)] === value,
    )
  );
}
