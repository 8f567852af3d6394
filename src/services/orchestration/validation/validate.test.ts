import assert from 'node:assert/strict';
import test from 'node:test';
import { parseTemplate, readEnvironment, type ValueMap } from '../language/index.ts';
import { heatTypes } from '../resources/heat/index.ts';
import { TypeRegistry } from '../resources/types.ts';
import { validate } from './validate.ts';

const types = new TypeRegistry(heatTypes);

function judge(
  template: string,
  more: {
    environment?: ValueMap;
    files?: Record<string, string>;
    nested?: boolean;
    ignores?: boolean;
  } = {},
): Record<string, unknown> {
  return validate(
    {
      template: parseTemplate(`heat_template_version: 2018-08-31\n${template}`),
      environment: readEnvironment(more.environment ?? {}),
      files: more.files ?? {},
    },
    { types, region: 'R', project: 'p', ignoresTypes: more.ignores ?? false },
    more.nested ?? false,
  );
}

test('parameters are told as a form needs them', () => {
  const {
    Parameters: parameters,
    Environment: _,
    ...rest
  } = judge(
    `
parameter_groups: [{label: all, parameters: [n, s]}]
parameters:
  n: {type: number, default: '5', label: Number, constraints: [{range: {min: 1, max: 9}, description: one to nine}]}
  s: {type: string, hidden: true, constraints: [{allowed_values: [a, b]}, {allowed_pattern: '[ab]'}]}
  l: {type: comma_delimited_list, default: 'x,y', tags: [t]}
`,
    { environment: { parameters: { s: 'a' } } },
  );
  assert.deepEqual(parameters, {
    n: {
      Type: 'Number',
      Description: '',
      NoEcho: 'false',
      Label: 'Number',
      Default: 5,
      MinValue: 1,
      MaxValue: 9,
      ConstraintDescription: 'one to nine',
    },
    s: {
      Type: 'String',
      Description: '',
      NoEcho: 'true',
      Label: 's',
      Value: 'a',
      AllowedValues: ['a', 'b'],
      AllowedPattern: '[ab]',
    },
    l: {
      Type: 'CommaDelimitedList',
      Description: '',
      NoEcho: 'false',
      Label: 'l',
      Default: ['x', 'y'],
      Tags: ['t'],
    },
  });
  assert.deepEqual(rest, {
    Description: 'No description',
    ParameterGroups: [{ label: 'all', parameters: ['n', 's'] }],
  });
});

test('a template is judged without values, types and properties by their names', () => {
  judge(
    'parameters: {a: {type: string}}\nresources: {r: {type: OS::Heat::Value, properties: {value: {get_param: a}}}}',
  );
  judge('resources: {r: {type: OS::Heat::None, properties: {whatever: 1}}}');
  const refused = (template: string, expected: RegExp): void => {
    assert.throws(() => judge(template), expected);
  };
  refused('resources: {r: {type: OS::Heat::Vaule}}', /OS::Heat::Vaule/);
  refused(
    'resources: {r: {type: OS::Heat::Value, properties: {value: 1, valeu: 2}}}',
    /Unknown Property valeu.*"value"/,
  );
  refused('resources: {r: {type: OS::Heat::Value}}', /Property value not assigned/);
  refused('outputs: {o: {value: {get_resource: nothing}}}', /nothing/);
  assert.throws(() => judge('', { environment: { parameters: { x: 1 } } }), /"x" is not defined/);
  judge('resources: {r: {type: OS::Other::Thing}}', { ignores: true });
});

test('nested templates are judged too, and told when asked for', () => {
  const outer = 'resources: {inner: {type: inner.yaml, properties: {word: a}}}';
  const inner = 'heat_template_version: 2018-08-31\nparameters: {word: {type: string}}\n';
  const told = judge(outer, { files: { 'inner.yaml': inner }, nested: true });
  const nested = told['NestedParameters'] as Record<string, Record<string, unknown>>;
  assert.equal(nested['inner']!['Type'], 'inner.yaml');
  assert.deepEqual(Object.keys(nested['inner']!['Parameters'] as object), ['word']);
  assert.equal(judge(outer, { files: { 'inner.yaml': inner } })['NestedParameters'], undefined);
  const broken = `${inner}resources: {x: {type: OS::Heat::Nothing}}`;
  assert.throws(() => judge(outer, { files: { 'inner.yaml': broken } }), /OS::Heat::Nothing/);
});
