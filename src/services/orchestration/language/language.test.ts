import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseText } from './document.ts';
import { TemplateError } from './errors.ts';
import { parseTemplate } from './template.ts';
import { evaluate } from './testing.ts';

const refused = (work: () => unknown, expected: RegExp) =>
  assert.throws(work, (error) => {
    assert.ok(error instanceof TemplateError, String(error));
    assert.match(error.message, expected);
    return true;
  });

test('scalars mean what they mean to Heat', () => {
  const { value } = parseText(
    [
      'heat_template_version: 2013-05-23',
      'a: [yes, off, y, ~, 0644, 0x1F, 1_000, 12:30, 1.5, 1e3, "on", !!str 5, 00:11:22:33:44:55]',
      '80: port',
      'base: &base {x: 1, y: 2}',
      'merged: {<<: *base, y: 3}',
    ].join('\n'),
    't.yaml',
  );
  assert.deepEqual(JSON.parse(JSON.stringify(value)), {
    80: 'port',
    heat_template_version: '2013-05-23',
    a: [true, false, 'y', null, 420, 31, 1000, 750, 1.5, '1e3', 'on', '5', '00:11:22:33:44:55'],
    base: { x: 1, y: 2 },
    merged: { x: 1, y: 3 },
  });
});

test('JSON is a template too, tabs and all, and errors know its lines', () => {
  const text =
    '{\n\t"heat_template_version": "rocky",\n\t"resources": {\n\t\t"web": {"typ": "T"}\n\t}\n}';
  refused(
    () => parseTemplate(text, { file: 't.json' }),
    /^t\.json:4:11: resources\.web\.typ: .*Did you mean "type"\?/,
  );
});

test('brackets and quoted texts may end further left than YAML 1.2 wants, and errors still know their place', () => {
  const text = `heat_template_version: rocky
description: "several
lines, \\"quoted\\"
of text"
resources:
  net:
    type: N
    properties:
      pools: [{
        "start": 1
      }]
    typo: 1
`;
  refused(() => parseTemplate(text, { file: 't' }), /^t:12:5: resources\.net\.typo/);
  const { value } = parseText(text.replace('    typo: 1\n', ''), 't');
  assert.equal(value['description'], 'several lines, "quoted" of text');
  assert.deepEqual(JSON.parse(JSON.stringify(value['resources'])), {
    net: { type: 'N', properties: { pools: [{ start: 1 }] } },
  });
  refused(() => parseText('a: [1\nb: 2\n', 't'), /^t:/);
  refused(() => parseText('a: "never\nends\n', 't'), /^t:/);
});

test('a map where a word is wanted is refused with a sentence', () => {
  const version = { a: { toString: 1 } };
  refused(
    () => parseTemplate(JSON.stringify({ heat_template_version: version, resources: {} })),
    /heat_template_version: there is no version "\{"a":\{"toString":1\}\}"/,
  );
});

test('documents have limits', () => {
  const bomb = ['a: &a [1,1,1,1,1,1,1,1,1,1]'];
  for (const [one, two] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg']) {
    bomb.push(`${two}: &${two} [${Array.from({ length: 10 }, () => `*${one}`).join()}]`);
  }
  refused(() => parseText(bomb.join('\n'), 't'), /more than 200000 nodes/);
  refused(() => parseText(`a: ${'['.repeat(100_000)}`, 't'), /nests deeper than 64/);
  refused(() => parseText(`a: ${'x'.repeat(600_000)}`, 't'), /at most 524288/);
  refused(() => parseText('a: &a [*a]', 't'), /deeper/);
  refused(() => parseText('a: !python/object b', 't'), /no meaning/);
  refused(() => parseText('a: b\n c: d', 't'), /^t:\d+:\d+/);
});

test('names of a user cannot reach what every object has', () => {
  const evaluation = evaluate(
    '{"heat_template_version": "rocky", "parameters": {"__proto__": {"type": "string", "default": "p"}},' +
      '"outputs": {"constructor": {"value": {"get_param": "__proto__"}}}}',
  );
  assert.equal(evaluation.output('constructor', {} as never).value, 'p');
  assert.equal(evaluation.hasOutput('toString'), false);
});

const HEAD = 'heat_template_version: 2018-08-31\n';

test('errors name file, line, column, path and the nearest name', () => {
  const cases: [string, RegExp][] = [
    [
      'heat_template_version: 2018-08-32\n',
      /^test\.yaml:1:1: heat_template_version: .*"2018-08-31"\?/,
    ],
    ['resources: {}\n', /names no version/],
    [`${HEAD}resource: {}\n`, /^test\.yaml:2:1: resource: .*Did you mean "resources"\?/],
    [
      `${HEAD}resources:\n  web:\n    type: T\n    depend_on: x\n`,
      /^test\.yaml:5:5: .*"depends_on"\?/,
    ],
    [
      `${HEAD}parameters:\n  image: {type: string, default: x}\nresources:\n  web:\n    type: T\n    properties:\n      image: {get_param: imgae}\n`,
      /^test\.yaml:8:15: resources\.web\.properties\.image\.get_param: there is no parameter "imgae"\. Did you mean "image"\?/,
    ],
    [
      `${HEAD}resources:\n  web:\n    type: T\n    properties: {a: [{get_resource: wbe}]}\n`,
      /resources\.web\.properties\.a\[0\]\.get_resource: there is no resource "wbe"\. Did you mean "web"\?/,
    ],
    [`${HEAD}resources:\n  web: {type: T, depends_on: [wen]}\n`, /depends_on\[0\].*"web"\?/],
    [`${HEAD}resources:\n  web: {type: T, deletion_policy: Retian}\n`, /Did you mean "Retain"\?/],
    [`${HEAD}parameters: {a: {type: strng}}\n`, /Did you mean "string"\?/],
    [`${HEAD}conditions: {a: {not: b}, b: {not: a}}\n`, /defined by itself/],
    [`${HEAD}conditions: {a: text}\n`, /true or false, not a string/],
    [`${HEAD}resources: {a/b: {type: T}}\n`, /no "\/"/],
    [`${HEAD}outputs: {a: {vale: 1}}\n`, /Did you mean "value"\?/],
    [
      `${HEAD}parameters: {a: {type: string, default: x}}\nparameter_groups: [{label: l, parameters: [b]}]\n`,
      /parameter_groups\[0\]\.parameters\[0\]: there is no parameter "b"/,
    ],
    [`${HEAD}resources:\n  web:\n    type: T\n    properties:\n`, /^test\.yaml:5:5: .*is empty/],
    [`${HEAD}conditions:\n`, /conditions: must be a map, not nothing/],
    ['heat_template_version: 2013-05-23\nconditions: {}\n', /no section "conditions"/],
  ];
  for (const [text, expected] of cases) refused(() => evaluate(text).validate(), expected);
});

test('what is allowed and hardly meant is noticed', () => {
  const { notices } = parseTemplate(
    'heat_template_version: 2013-05-23\nresources:\n  a: {type: T, properties: {x: {str_split: [a, b]}}}\n  a: {type: T, properties: {x: {str_split: [a, b]}}}\n',
  );
  assert.deepEqual(notices, [
    'resources.a: the key stands twice; the last one counts',
    'resources.a.properties.x.str_split: str_split is a function since 2015-10-15; in 2013-05-23 it is plain data',
  ]);
});

test('cycles are named', () => {
  refused(
    () =>
      evaluate(
        `${HEAD}resources:\n  a: {type: T, properties: {x: {get_resource: b}}}\n  b: {type: T, depends_on: c}\n  c: {type: T, metadata: {y: {get_attr: [a, z]}}}\n`,
      ).validate(),
    /Circular Dependency Found: a → b → c → a/,
  );
});

test('references are found in the branches that conditions leave, with attribute and path', () => {
  const evaluation = evaluate(
    `${HEAD}parameters: {ha: {type: boolean, default: false}}
conditions: {ha: {get_param: ha}}
resources:
  one: {type: T}
  two: {type: T, condition: ha}
  web:
    type: T
    depends_on: [two]
    properties:
      a: {if: [ha, {get_resource: two}, {get_attr: [one, addresses, net, 0]}]}
`,
  );
  assert.deepEqual([...evaluation.resources.keys()], ['one', 'web']);
  assert.deepEqual(evaluation.referencesOf('web'), [
    {
      resource: 'one',
      attribute: 'addresses',
      attributePath: ['net', 0],
      path: ['resources', 'web', 'properties', 'a', 'if', 2, 'get_attr'],
    },
  ]);
  assert.deepEqual([...evaluation.validate().get('web')!], ['one']);
});

test('a resource that is left out must be well-formed, but may mention what is left out with it', () => {
  const text = (value: string) =>
    `${HEAD}conditions: {no: false}\nresources:\n  a: {type: T, condition: no}\n  b: {type: T, condition: no, properties: {x: ${value}}}\n`;
  assert.equal(evaluate(text('{get_resource: a}')).validate().size, 0);
  refused(
    () => evaluate(text('{list_join: a}')).validate(),
    /resources\.b\.properties\.x\.list_join/,
  );
  refused(() => evaluate(text('{if: [on, 1]}')).validate(), /resources\.b\.properties\.x\.if/);
});

test('CFN templates', () => {
  const evaluation = evaluate({
    AWSTemplateFormatVersion: '2010-09-09',
    Parameters: { Size: { Type: 'String', Default: 'big', AllowedValues: ['big', 'small'] } },
    Mappings: { Flavors: { big: { name: 'm1.large' } } },
    Conditions: { Big: { 'Fn::Equals': [{ Ref: 'Size' }, 'big'] }, Small: { 'Fn::Not': ['Big'] } },
    Resources: {
      Net: { Type: 'N' },
      Spare: { Type: 'S', Condition: 'Small' },
      Web: {
        Type: 'W',
        DependsOn: 'Spare',
        Properties: {
          Flavor: { 'Fn::FindInMap': ['Flavors', { Ref: 'Size' }, 'name'] },
          Net: { Ref: 'Net' },
          Data: { 'Fn::Base64': { 'Fn::Join': ['-', ['a', { 'Fn::GetAtt': ['Net', 'cidr'] }]] } },
          Kind: { 'Fn::If': ['Small', 's', 'b'] },
        },
      },
    },
  });
  assert.deepEqual(
    [...evaluation.validate()].map(([name, needs]) => [name, [...needs]]),
    [
      ['Net', []],
      ['Web', ['Net']],
    ],
  );
  const web = evaluation.resource('Web', {
    reference: () => 'net-id',
    attribute: () => '10.0.0.0/8',
    file: () => undefined,
    facade: () => undefined,
    zones: () => [],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(web.properties)), {
    Flavor: 'm1.large',
    Net: 'net-id',
    Data: 'a-10.0.0.0/8',
    Kind: 'b',
  });
});
