/** What a template is made of once YAML or JSON is read: plain data, never changed in place. */
export type Value = null | boolean | number | string | readonly Value[] | ValueMap;
export interface ValueMap {
  readonly [key: string]: Value;
}

export const isMap = (value: unknown): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isList = (value: unknown): value is readonly Value[] => Array.isArray(value);

/** What a person calls the kind of a value, for messages. */
export function kindOf(value: Value | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  if (isList(value)) return 'a list';
  if (isMap(value)) return 'a map';
  return typeof value === 'string' ? 'a string' : `a ${typeof value}`;
}

/** Whether two values are the same to a template: by content, the order of a map's keys apart. */
export function same(one: Value, other: Value): boolean {
  if (one === other) return true;
  if (isList(one)) {
    return isList(other) && one.length === other.length && one.every((v, i) => same(v, other[i]!));
  }
  if (isMap(one) && isMap(other)) {
    const keys = Object.keys(one);
    return (
      keys.length === Object.keys(other).length &&
      keys.every((key) => Object.hasOwn(other, key) && same(one[key]!, other[key]!))
    );
  }
  // Python's True is 1, and templates that compare a boolean with a number have come to rely on it.
  if (typeof one === 'boolean' && typeof other === 'number') return Number(one) === other;
  if (typeof one === 'number' && typeof other === 'boolean') return one === Number(other);
  return false;
}

/** A map without a prototype's names: a template may call a parameter `constructor` or `__proto__`. */
export function mapOf(entries: Iterable<readonly [string, Value]>): ValueMap {
  const map = Object.create(null) as Record<string, Value>;
  for (const [key, value] of entries) map[key] = value;
  return map;
}

/** The value under a key of one's own, never an inherited one. */
export const member = (map: ValueMap, key: string): Value | undefined =>
  Object.hasOwn(map, key) ? map[key] : undefined;

/**
 * Any value as a text for people or as a key. `String` will not do: it throws for maps, which have no prototype, and for
 * what a client sends as `{"toString": 1}`.
 */
export const wordOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);

/**
 * JSON as Heat writes it into strings: keys in order, a space after `,` and `:`, ASCII only. User data that
 * contains such text is compared byte for byte on update, so the form is part of the contract.
 */
export function jsonOf(value: Value): string {
  if (isList(value)) return `[${value.map(jsonOf).join(', ')}]`;
  if (isMap(value)) {
    const members = Object.keys(value)
      .toSorted()
      .map((key) => `${jsonOf(key)}: ${jsonOf(value[key]!)}`);
    return `{${members.join(', ')}}`;
  }
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A scalar as text, the way Heat (Python) prints it: booleans are `True` and `False`. */
export function textOf(value: null | boolean | number | string): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}
