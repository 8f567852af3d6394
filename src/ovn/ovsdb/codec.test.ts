import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decode, defaultOf, encode, equal } from './codec.ts';
import { models } from '../models/index.ts';
import { columnOf, readSchema } from './schema.ts';
import type { AtomType, Column } from './schema.ts';
import { named } from './value.ts';

const northbound = readSchema(JSON.parse(readFileSync('/usr/share/ovn/ovn-nb.ovsschema', 'utf8')));
const vswitch = readSchema(
  JSON.parse(readFileSync('/usr/share/openvswitch/vswitch.ovsschema', 'utf8')),
);
const column = (table: string, name: string): Column => columnOf(northbound, table, name);
const UUID = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6';

const atoms: Record<AtomType, fc.Arbitrary<unknown>> = {
  integer: fc.maxSafeInteger(),
  real: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  boolean: fc.boolean(),
  string: fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  uuid: fc.uuid(),
};
/** Any value that a column can hold, as the mirror gives it. */
function valuesOf({ kind, key, value, min, max }: Column): fc.Arbitrary<never> {
  const maxLength = Math.min(max, 5);
  const made =
    kind === 'scalar'
      ? atoms[key]
      : kind === 'set'
        ? fc.uniqueArray(atoms[key], { minLength: min, maxLength })
        : fc.dictionary(atoms[key].map(String), atoms[value!], {
            minKeys: min,
            maxKeys: maxLength,
            noNullPrototype: true,
          });
  return made as fc.Arbitrary<never>;
}
const columns = fc.constantFrom(
  ...[northbound, vswitch].flatMap(({ tables }) =>
    [...tables.values()].flatMap((table) => [...table.columns.values()]),
  ),
);

describe('codec', () => {
  it('gives back what it was given, for every column of Northbound and Open_vSwitch', () => {
    const pairs = columns.chain((of) => fc.tuple(fc.constant(of), valuesOf(of)));
    fc.assert(
      fc.property(pairs, ([of, value]) => {
        const wire = JSON.parse(JSON.stringify(encode(of, value)));
        assert.deepEqual(decode(of, wire), value);
        assert.ok(equal(of, decode(of, wire), value));
      }),
      { numRuns: 1000 },
    );
  });

  it('writes what RFC 7047 prescribes', () => {
    assert.deepEqual(encode(column('Logical_Switch', 'ports'), [UUID, named('new')]), [
      'set',
      [
        ['uuid', UUID],
        ['named-uuid', 'new'],
      ],
    ]);
    assert.deepEqual(encode(column('Logical_Switch_Port', 'tag'), 5), ['set', [5]]);
    assert.deepEqual(encode(column('Logical_Switch_Port', 'tag'), null), ['set', []]);
    assert.deepEqual(encode(column('QoS', 'action'), { dscp: 3 }), ['map', [['dscp', 3]]]);
    assert.deepEqual(decode(column('Logical_Switch_Port', 'up'), true), [true]);
    assert.deepEqual(defaultOf(column('ACL', 'priority')), 0);
  });

  it('keeps keys that name members of objects', () => {
    const options = column('Logical_Switch_Port', 'options');
    const value = JSON.parse('{"__proto__":"a","constructor":"b"}') as Record<string, string>;
    const back = decode(options, JSON.parse(JSON.stringify(encode(options, value))));
    assert.deepEqual(Object.entries(back).toSorted(), [
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    assert.ok(!equal(options, {}, { constructor: 'b' }));
  });

  it('compares as the database does', () => {
    const addresses = column('Logical_Switch_Port', 'addresses');
    assert.ok(equal(addresses, ['a', 'b'], ['b', 'a', 'b']));
    assert.ok(!equal(addresses, ['a', 'b'], ['a', 'c']));
    assert.ok(equal(column('Logical_Switch_Port', 'tag'), [], null));
    assert.ok(equal(column('Logical_Switch_Port', 'tag'), [7], 7));
    assert.ok(equal(column('NB_Global', 'options'), { a: '1', b: '2' }, { b: '2', a: '1' }));
    assert.ok(!equal(column('NB_Global', 'options'), { a: '1' }, { a: '2' }));
    const many = Array.from({ length: 100 }, (_, i) => `a${i}`);
    assert.ok(equal(addresses, many, many.toReversed()));
  });

  it('names the column and the value that does not fit', () => {
    const refused = (table: string, name: string, value: unknown) =>
      assert.throws(
        () => encode(column(table, name), value as never),
        (error: Error & { error?: string }) =>
          error.error === 'bad value' && error.message.includes(`${table}.${name}`),
      );
    refused('Logical_Switch', 'name', 5);
    refused('Logical_Switch', 'name', ['a']);
    refused('Logical_Switch', 'name', 'a\0b');
    refused('Logical_Switch', 'ports', ['no uuid']);
    refused('Logical_Switch_Port', 'tag', [1, 2]);
    refused('Logical_Switch_Port', 'tag', 1.5);
    refused('Logical_Switch_Port', 'options', { a: 1 });
    refused('Logical_Switch_Port', 'options', ['a']);
    refused('ACL', 'priority', Number.NaN);
    refused('ACL', 'log', 'true');
    assert.throws(() => columnOf(northbound, 'ACL', 'nonsense'), { error: 'unknown column' });
    assert.throws(() => columnOf(northbound, 'Nonsense', 'name'), { error: 'unknown table' });
  });

  it('has models that fit our own schema', () => {
    const file = new URL('../../host/ovenbird.ovsschema', import.meta.url);
    const { tables } = readSchema(JSON.parse(readFileSync(file, 'utf8')));
    const expected = [...tables.values()]
      .map((table) => [table.name, [...table.columns.keys()].toSorted()])
      .toSorted();
    assert.deepEqual(
      Object.entries(models['Ovenbird']!.columns).toSorted(),
      expected,
      'run npm run generate',
    );
  });
});
