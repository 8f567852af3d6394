import fc from 'fast-check';
import type { GeneratorValue } from 'fast-check';

/** Draws the values of one request; what is drawn depends only on the seed. */
export class Dice {
  readonly #draw: GeneratorValue;

  constructor(seed: number) {
    this.#draw = fc.sample(fc.gen(), { seed, numRuns: 1 })[0]!;
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.#draw(fc.nat, { max: choices.length - 1 })]!;
  }

  /** True in so many of a hundred draws. */
  chance(percent: number): boolean {
    return this.#draw(fc.nat, { max: 99 }) < percent;
  }

  number(minimum: number, maximum: number): number {
    return this.#draw(fc.integer, { min: minimum, max: maximum });
  }

  text(): string {
    return this.#draw(fc.string, { unit: 'binary', maxLength: 40 } as const);
  }

  /** fast-check knows no groups with flags of their own, and no lookaround: such patterns get any text. */
  matching(pattern: string): string {
    const known = pattern.replaceAll('(?i:', '(?:');
    if (/\(\?[^:]/.test(known)) return this.text();
    return this.#draw(fc.stringMatching, new RegExp(known), { maxLength: 60 });
  }

  json(): unknown {
    return this.#draw(fc.jsonValue, { maxDepth: 3 } as const);
  }
}

/** Stands for a number that JSON can write and no double can hold. */
export const HUGE = 'a number without end';

const UUID = '0f3b6f1e-1111-4222-8333-444455556666';

/** Texts that have broken somebody's server. */
export const TEXTS: readonly string[] = [
  '', ' ', 'a', 'a'.repeat(64), 'a'.repeat(256), 'ä😀\u202e\u0301', 'x'.repeat(5000), '\u0000', 'a\u0000b', '\ud800',
  'a\udfffb', '\ufeff', '\uffff', '%', '_', '%00', '%s%n', "'; drop table x; --", '"', '\\', '\\x00', '\\u0000', '$1',
  '{{1}}', '<b>', 'a\r\nX-Y: z', '\t', '../../etc/passwd', '..', '.', '/', '//', 'a/b', '~', '-', '--', ',', ':', ';',
  '=', '&', 'None', 'null', 'undefined', 'NaN', 'Infinity', '-Infinity', 'true', 'False', 'yes',
  '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'prototype',
  '0', '-0', '-1', '1', '00', '1.5', '1e5', '1e400', '0x10', '٣', '１', '2147483647', '2147483648', '-2147483649',
  '4294967296', '9007199254740993', '9223372036854775807', '9223372036854775808', '1'.repeat(400),
  '10.0.0.0/8', '10.0.0.1/8', '10.0.0.0/33', '10.0.0.0/-1', '0.0.0.0/0', '0.0.0.0', '255.255.255.255', '10.0.0.1', '010.0.0.1',
  '1.2.3', '::', '::/0', '::1/64', '::1/129', 'fe80::1%eth0', '::ffff:1.2.3.4', '2001:db8::/32', '224.0.0.1', 'ff02::1',
  '127.0.0.1', 'fa:16:3e:00:00:01', 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00',
  '2020-01-01', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00', '2020-02-30T00:00:00Z', '2020-13-01T00:00:00Z',
  '0000-00-00', '0000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z', '10000-01-01T00:00:00Z', '+010000-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z', '294277-01-01T00:00:00Z', '2020-01-01T25:61:61Z', '2020-01-01T00:00:00+99:99',
  '2020-W01', 'now', 'infinity', 'today', 'Jan 1', '1 BC',
  '(a+)+$', '^(a|a)*$', '[', '*', '(', '+', 'a{99999}', '(?=', '(?!a)', '\\', '(.*)*\\1', '[[:alpha:]]', '***=a', '***:',
  UUID, UUID.replaceAll('-', ''), UUID.toUpperCase(), `{${UUID}}`, `urn:uuid:${UUID}`, `${UUID} `, `${UUID}\n`,
  'in:a,b', 'in:', 'in:"', 'gt:1', 'gt:', 'gte:2020-01-01', 'lt:infinity', 'neq:a', 'like:%', 'a:b', 'id:asc', 'name:desc',
  'asc', 'desc', 'id', 'name', 'created_at', 'status', 'VCPU:1', 'VCPU:0', 'VCPU:99999999999', 'VCPU:', 'MEMORY_MB:-1',
  'CUSTOM_A', `in:${UUID},${UUID}`, '!in:a', '!CUSTOM_A', 'project', 'network:dhcp', 'tcp', '256', 'ACTIVE', 'default', HUGE,
]; // prettier-ignore

const NUMBERS: readonly number[] = [
  0, -0, -1, 1, 2, 1.5, 0.1, 255, 256, 4095, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 32,
  2 ** 53, 2 ** 53 + 2, -(2 ** 53), 2 ** 63, 2 ** 64, 1e15, 1e16, 1e21, 1e100, 1e308, -1e308, 5e-324,
]; // prettier-ignore

const nested = (depth: number): unknown => {
  let value: unknown = 'x';
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};

const SHAPES: readonly unknown[] = [
  null, true, false, [], {}, [[]], [null], [{}], { a: {} }, { '': '' }, { constructor: 1 }, { toString: 'x' }, { length: 3 },
  { hasOwnProperty: null }, nested(20), nested(63), nested(70), nested(2000), ['a', 'a'], [1, 'a', null, {}],
  Array.from({ length: 1500 }, (_, i) => i), Array.from({ length: 1200 }, () => 'a'), { ['k'.repeat(5000)]: 'v' },
  Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`k${i}`, 'v'])), { '\ud800': '\udc00' }, { '\u0000': 1 },
  { $ref: '#' }, { 'a.b': 1 }, { 'a/b~c': 1 }, { __proto__: 1 }, 'z'.repeat(70_000),
]; // prettier-ignore

/** Any value that nobody asked for. */
export function nasty(dice: Dice): unknown {
  if (dice.chance(5)) return { a: '\ud800' };
  const kind = dice.number(0, 9);
  if (kind < 5) return dice.one(TEXTS);
  if (kind < 7) return dice.one(NUMBERS);
  if (kind < 9) return structuredClone(dice.one(SHAPES));
  return dice.chance(50) ? dice.json() : dice.text();
}

/** The parts of JSON Schema that TypeBox writes and values are drawn from. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A value in the shape of the schema, whose leaves are what the schema allows at its limits, and sometimes not. */
export function fromSchema(schema: Schema, dice: Dice, words: readonly string[]): unknown {
  if (dice.chance(6)) return nasty(dice);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return dice.one(schema.enum);
  if (schema.anyOf) return fromSchema(dice.one(schema.anyOf), dice, words);
  if (schema.properties || schema.patternProperties || schema.type === 'object')
    return objectFrom(schema, dice, words);
  switch (schema.type) {
    case 'array': {
      const length = dice.one([0, 1, 1, 2, 3, 70]);
      const items = schema.items ?? {};
      return Array.from({ length }, () => fromSchema(items, dice, words));
    }
    case 'string':
      return textFrom(schema, dice, words);
    case 'integer':
    case 'number':
      return dice.one([
        schema.minimum ?? 0, (schema.minimum ?? 0) - 1, schema.maximum ?? 2 ** 31, (schema.maximum ?? 2 ** 53) + 1, 1, 7, ...NUMBERS,
      ]); // prettier-ignore
    case 'boolean':
      return dice.chance(50);
    case 'null':
      return null;
    default:
      return dice.chance(50) ? dice.one(words) : nasty(dice);
  }
}

function objectFrom(schema: Schema, dice: Dice, words: readonly string[]): unknown {
  const object: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(schema.properties ?? {}))
    if (dice.chance(schema.required?.includes(name) ? 95 : 45))
      object[name] = fromSchema(member, dice, words);
  const rest = Object.values(schema.patternProperties ?? {})[0];
  if (rest) {
    for (let left = dice.number(0, 3); left > 0; left--)
      object[dice.chance(50) ? dice.one(TEXTS) : dice.one(words)] = fromSchema(rest, dice, words);
  }
  if (dice.chance(8)) object[dice.one(TEXTS)] = nasty(dice);
  return object;
}

function textFrom(schema: Schema, dice: Dice, words: readonly string[]): string {
  if (schema.format === 'uuid' && dice.chance(80)) return dice.chance(70) ? dice.one(words) : UUID;
  if (schema.pattern !== undefined && dice.chance(60)) return dice.matching(schema.pattern);
  if (dice.chance(25))
    return 'b'.repeat(dice.one([schema.minLength ?? 0, schema.maxLength ?? 300]));
  return dice.chance(40) ? dice.one(words) : dice.one(TEXTS);
}

/** A good value with some of its members replaced, removed, repeated or joined by others. */
export function spoiled(value: unknown, dice: Dice, words: readonly string[]): unknown {
  const copy: unknown = structuredClone(value);
  if (dice.chance(3)) return nasty(dice);
  for (let left = dice.one([0, 1, 1, 1, 2, 3]); left > 0; left--) spoil(copy, dice, words);
  return copy;
}

function spoil(value: unknown, dice: Dice, words: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  const object = value as Record<string, unknown>;
  const names = Object.keys(object);
  if (names.length === 0) {
    if (!Array.isArray(object)) object[dice.one(TEXTS)] = nasty(dice);
    return;
  }
  const name = dice.one(names);
  const member = object[name];
  // A body's only member is its name for what is inside: most mistakes are deeper.
  if (typeof member === 'object' && member !== null && dice.chance(names.length === 1 ? 95 : 60))
    return spoil(member, dice, words);
  const kind = dice.number(0, 9);
  if (kind === 0) delete object[name];
  else if (kind === 1) object[dice.one(words)] = nasty(dice);
  else if (kind === 2) object[name] = [member, member];
  else if (kind === 3) object[name] = dice.one(words);
  else object[name] = nasty(dice);
}

/** The JSON text of a value, with numbers that `JSON.stringify` cannot write. */
export const written = (value: unknown): string =>
  (JSON.stringify(value) ?? 'undefined').replaceAll(`"${HUGE}"`, '1e999');
