import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TemplateError } from '../errors.ts';
import { evaluate, valueOf } from '../testing.ts';
import type { Value } from '../value.ts';
import { VERSIONS } from '../versions.ts';

const plain = (value: Value): unknown => JSON.parse(JSON.stringify(value));
const LATEST = 'wallaby';

/** [snippet, value] in the latest version; what Debian's Heat 19 gives, case by case. */
const GIVES: readonly (readonly [unknown, unknown])[] = [
  [{ str_replace: { template: 'a $x $xy', params: { $x: 1, $xy: true } } }, 'a 1 True'],
  // The longest placeholder is replaced first, wherever it stands.
  [{ str_replace: { template: 'abcd', params: { bcd: '1', ab: '2' } } }, 'a1'],
  // What was put in is not looked at again.
  [{ str_replace: { template: 'aXb', params: { X: 'Y', Y: 'Q' } } }, 'aYb'],
  [
    { str_replace: { template: 'a', params: { a: { k: [1, 'é', null, true], b: 2 } } } },
    '{"b": 2, "k": [1, "\\u00e9", null, true]}',
  ],
  [{ list_join: [',', ['a', { k: 'v' }], ['c', null]] }, 'a,{"k": "v"},c,'],
  [{ list_join: ['-', null] }, ''],
  [{ digest: ['md5', 'é'] }, '3406877694691ddd1dfb0aca54681407'],
  [{ str_split: [',', 'a,b,c'] }, ['a', 'b', 'c']],
  [{ str_split: [',', 'a,b,c', '-1'] }, 'c'],
  [{ map_merge: [{ a: 1 }, null, { a: 3, b: 2 }] }, { a: 3, b: 2 }],
  [
    {
      map_replace: [
        { k1: 'v1', k2: 'v2' },
        { keys: { k1: 'K1' }, values: { v2: 'V2' } },
      ],
    },
    { K1: 'v1', k2: 'V2' },
  ],
  [{ filter: [['a'], ['a', 'b', 'a']] }, ['b']],
  [{ list_concat: [['a'], null, ['b', 'a']] }, ['a', 'b', 'a']],
  [
    {
      list_concat_unique: [
        ['a', { k: 1 }],
        ['b', 'a', { k: 1 }],
      ],
    },
    ['a', { k: 1 }, 'b'],
  ],
  [{ contains: ['a', ['a', 'b']] }, true],
  [
    { repeat: { template: { 'k%a%': '%b%' }, for_each: { '%a%': ['1', '2'], '%b%': ['x', 'y'] } } },
    [{ k1: 'x' }, { k1: 'y' }, { k2: 'x' }, { k2: 'y' }],
  ],
  [
    {
      repeat: {
        template: '%a%%b%',
        for_each: { '%a%': ['1', '2'], '%b%': ['x', 'y'] },
        permutations: false,
      },
    },
    ['1x', '2y'],
  ],
  [{ repeat: { template: '%a%', for_each: { '%a%': { x: 1, y: 2 } } } }, ['x', 'y']],
  [
    {
      make_url: {
        scheme: 'http',
        username: 'u@',
        password: 'p:',
        host: '::1',
        port: 80,
        path: '/a b',
        query: { q: 'x y/z' },
        fragment: 'f#',
      },
    },
    'http://u%40:p%3A@[::1]:80/a%20b?q=x+y/z#f%23',
  ],
  [{ if: [{ not: { equals: ['a', 'b'] } }, 'yes', 'no'] }, 'yes'],
  [{ a: { if: [false, 'gone'] }, b: [{ if: [false, 'gone'] }, 1] }, { b: [1] }],
  // More than one key: no function, plain data.
  [
    { list_join: [',', ['a']], other: 1 },
    { list_join: [',', ['a']], other: 1 },
  ],
];

test('each function gives what Heat gives', () => {
  for (const [snippet, expected] of GIVES) {
    assert.deepEqual(plain(valueOf(LATEST, snippet)), expected, JSON.stringify(snippet));
  }
});

/** [snippet, words of the error]. */
const REFUSED: readonly (readonly [unknown, RegExp])[] = [
  [{ str_replace: { template: 'a' } }, /outputs\.found\.value\.str_replace: .*"params"/],
  [{ str_replace: { template: 'a', params: { '': 'x' } } }, /may not be empty/],
  [{ str_replace_strict: { template: 'abc', params: { a: '1', z: '2' } } }, /has no "z"/],
  [{ str_replace_vstrict: { template: 'abc', params: { a: '' } } }, /"a" is undefined or empty/],
  [{ list_join: [',', ['a', 1]] }, /quote it/],
  [{ digest: ['sha257', 'a'] }, /Did you mean "sha256"\?/],
  [{ str_split: [',', 'a', 4] }, /between 0 and 0/],
  [{ make_url: { hots: 'h' } }, /no "hots".*Did you mean "host"\?/],
  [{ make_url: { port: 70000 } }, /1 to 65535/],
  [{ map_replace: [{ a: 1, b: 2 }, { keys: { a: 'b' } }] }, /collides/],
  [{ if: ['mising', 1, 2] }, /no condition "mising"\. Did you mean "missing"\?/],
  [{ if: [{ list_join: [',', ['a']] }, 1, 2] }, /list_join cannot be used in conditions/],
  [{ get_file: 'nope' }, /no content of "nope"/],
  [{ get_param: 'OS::stack_nam' }, /Did you mean "OS::stack_name"\?/],
  [{ yaql: { expression: '$.data', data: 1 } }, /not supported yet/],
  [
    { Ref: 'x' },
    /Ref is not supported in version 2021-04-16; the last one to have it is 2013-05-23/,
  ],
];

test('wrong arguments are refused, with place, path and the nearest name', () => {
  for (const [snippet, expected] of REFUSED) {
    const more = { conditions: { missing: true } };
    assert.throws(
      () => valueOf(LATEST, snippet, { more }),
      (error) => error instanceof TemplateError && expected.test(error.message),
      JSON.stringify(snippet),
    );
  }
});

test('each version has exactly its functions', () => {
  const counts = VERSIONS.map(({ key, name, functions }) => `${key} ${name} ${functions.size}`);
  assert.deepEqual(
    counts.slice(0, 11).map((line) => line.replace('heat_template_version ', '')),
    [
      '2013-05-23 16',
      '2014-10-16 8',
      '2015-04-30 10',
      '2015-10-15 10',
      '2016-04-08 11',
      '2016-10-14 14',
      '2017-02-24 16',
      '2017-09-01 21',
      '2018-03-02 21',
      '2018-08-31 21',
      '2021-04-16 21',
    ],
  );
  const all = new Set(
    VERSIONS.filter(({ name }) => name >= '2014-10-16').flatMap(
      ({ functions, conditionFunctions }) => [...functions.keys(), ...conditionFunctions.keys()],
    ),
  );
  assert.equal([...all].filter((name) => !name.startsWith('Fn::') && name !== 'Ref').length, 25);
  // A function of a later version is plain data, as in Heat.
  assert.deepEqual(plain(valueOf('2013-05-23', { str_split: [',', 'a,b'] })), {
    str_split: [',', 'a,b'],
  });
  assert.throws(() => valueOf('2013-05-23', { list_join: [',', ['a'], ['b']] }), TemplateError);
  assert.equal(valueOf('2015-10-15', { list_join: [',', ['a'], ['b']] }), 'a,b');
});

test('an attribute is followed along its path; what is not known yet is null and pending', () => {
  const evaluation = evaluate({
    heat_template_version: LATEST,
    resources: { web: { type: 'T' } },
    outputs: {
      deep: { value: { get_attr: ['web', 'addresses', 'net', 0, 'addr'] } },
      all: { value: { get_attr: ['web'] } },
      none: { value: { get_attr: ['web', 'addresses', 'other', 0] } },
      text: {
        value: { list_join: ['-', [{ get_attr: ['web', 'name'] }, { get_resource: 'web' }]] },
      },
      hash: { value: { digest: ['md5', { get_attr: ['web', 'name'] }] } },
    },
  });
  const lookups = {
    reference: () => 'ref',
    attribute: (_: string, name?: string): Value =>
      name === 'addresses' ? { net: [{ addr: '10.0.0.3' }] } : (name ?? { show: 1 }),
    file: () => undefined,
    facade: () => undefined,
    zones: () => [],
  };
  assert.deepEqual(evaluation.output('deep', lookups), { value: '10.0.0.3', pending: false });
  assert.deepEqual(evaluation.output('all', lookups).value, { show: 1 });
  assert.equal(evaluation.output('none', lookups).value, null);
  assert.equal(evaluation.output('text', lookups).value, 'name-ref');
  const nothing = { ...lookups, reference: () => undefined, attribute: () => undefined };
  assert.deepEqual(evaluation.output('text', nothing), { value: '-', pending: true });
  assert.deepEqual(evaluation.output('hash', nothing), { value: null, pending: true });
});

test('texts and lists do not grow beyond their limits', () => {
  const long = 'a'.repeat(100_000);
  assert.throws(
    () => valueOf(LATEST, { str_replace: { template: long, params: { a: long } } }),
    /longer than/,
  );
  const list = Array.from({ length: 100 }, (_, index) => String(index));
  assert.throws(
    () =>
      valueOf(LATEST, {
        repeat: { template: 'x', for_each: { a: list, b: list, c: list, d: list } },
      }),
    /would make 100000000 items/,
  );
});
