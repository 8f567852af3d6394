import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeEnvironments, nestedEnvironment, parseEnvironment } from './environment.ts';
import { TemplateError } from './errors.ts';
import { changedImmutables, parameterValues, shownValue } from './parameters.ts';
import { matchesWhole } from './pattern.ts';
import { parseTemplate } from './template.ts';
import type { Value, ValueMap } from './value.ts';

const TEMPLATE = `heat_template_version: 2018-08-31
parameters:
  name:
    type: string
    default: web-1
    tags: [a, b]
    constraints:
      - length: {min: 3, max: 8}
        description: three to eight
      - allowed_pattern: '[a-z]+-\\d+'
  count: {type: number, default: 4, immutable: true, constraints: [{range: {min: 2}}, {modulo: {step: 2, offset: 0}}]}
  size: {type: string, default: small, constraints: [{allowed_values: [small, large]}]}
  flags: {type: boolean, default: 'off'}
  zones: {type: comma_delimited_list, default: 'a,b', constraints: [{allowed_values: [a, b, c]}]}
  extra: {type: json, default: {k: [1]}}
  secret: {type: string, default: xyz, hidden: true, constraints: [{length: {max: 3}}]}
  flavor: {type: string, default: m1, constraints: [{custom_constraint: nova.flavor}]}
`;
const parsed = parseTemplate(TEMPLATE);
const values = (parameters: ValueMap, defaults: ValueMap = {}) =>
  parameterValues(parsed.parameters, { parameters, defaults }, { 'OS::stack_name': 's' });
const refused = (work: () => unknown, expected: RegExp, type?: string) =>
  assert.throws(work, (error) => {
    assert.ok(error instanceof TemplateError, String(error));
    assert.match(error.message, expected);
    if (type) assert.equal(error.type, type);
    return true;
  });

test('values are converted to their types; what a user gives comes before defaults', () => {
  const { values: found, pending } = values(
    { count: '6', flags: 'yes', extra: '{"a": 1}' },
    { size: 'large', count: 8 },
  );
  assert.deepEqual(Object.fromEntries(found), {
    'OS::stack_name': 's',
    name: 'web-1',
    count: 6,
    size: 'large',
    flags: true,
    zones: ['a', 'b'],
    extra: { a: 1 },
    secret: 'xyz',
    flavor: 'm1',
  });
  assert.deepEqual(
    pending.map(({ name, value, parameter }) => [parameter.name, name, value]),
    [['flavor', 'nova.flavor', 'm1']],
  );
  assert.equal(shownValue(parsed.parameters.get('secret')!, 'xyz'), '******');
  assert.equal(shownValue(parsed.parameters.get('zones')!, ['a', 'b']), 'a,b');
  assert.deepEqual(parsed.parameters.get('name')!.tags, ['a', 'b']);
});

test('constraints hold', () => {
  const cases: [ValueMap, RegExp][] = [
    [{ name: 'ab' }, /three to eight/],
    [{ name: 'web-x' }, /does not match the pattern/],
    [{ count: 0 }, /at least 2/],
    [{ count: 5 }, /multiple of 2/],
    [{ count: 'many' }, /is no number/],
    [{ size: 'smal' }, /Did you mean "small"\?/],
    [{ flags: 'perhaps' }, /neither true nor false/],
    [{ zones: 'a,d' }, /"d" is not one of/],
    [{ extra: '{' }, /is no JSON/],
    [{ nmae: 'x' }, /"nmae" is not defined in the template\. Did you mean "name"\?/],
  ];
  for (const [given, expected] of cases) refused(() => values(given), expected);
  // A hidden value is not told in the error.
  assert.throws(
    () => values({ secret: 'password' }),
    (error: Error) => !error.message.includes('password'),
  );
  const needy = parseTemplate('heat_template_version: rocky\nparameters: {a: {type: string}}\n');
  refused(
    () => parameterValues(needy.parameters, { parameters: {} }, {}),
    /was not provided/,
    'UserParameterMissing',
  );
});

test('declarations are checked', () => {
  const cases: [string, RegExp][] = [
    ['{type: string, constraints: [{range: {min: 1}}]}', /range constrains number, not string/],
    ['{type: string, constraints: [{lenght: {min: 1}}]}', /Did you mean "length"\?/],
    ["{type: string, constraints: [{allowed_pattern: '['}]}", /no regular expression/],
    [
      '{type: number, default: 1, constraints: [{range: {min: 2}}]}',
      /parameters\.a\.default: is no valid default/,
    ],
    ['{type: number, constraints: [{modulo: {step: 2, offset: 3}}]}', /nearer to 0/],
    ['{defualt: 1}', /Did you mean "default"\?/],
  ];
  for (const [schema, expected] of cases) {
    refused(
      () => parseTemplate(`heat_template_version: rocky\nparameters:\n  a: ${schema}\n`),
      expected,
      'InvalidSchemaError',
    );
  }
  refused(
    () =>
      parseTemplate(
        'heat_template_version: 2017-09-01\nparameters: {a: {type: string, tags: [x]}}\n',
      ),
    /no "tags"/,
  );
});

test('a pattern that would take forever is given up', () => {
  assert.equal(matchesWhole('(a+)+$', `${'a'.repeat(40)}!`), undefined);
  assert.equal(matchesWhole('(?P<x>a)(?P=x)*', 'aaa'), true);
  assert.equal(matchesWhole('a|ab', 'ab'), false);
});

test('an update may not change what is immutable', () => {
  const [before, after] = [values({}).values, values({ count: 8, name: 'web-2' }).values];
  assert.deepEqual(changedImmutables(parsed.parameters, before, after), ['parameters.count']);
});

const merged = (...texts: string[]) =>
  mergeEnvironments(
    texts.map((text, index) => parseEnvironment(text, { file: `${index}.yaml` })),
    parsed.parameters,
  );
const plain = (value: Value): unknown => JSON.parse(JSON.stringify(value));

test('environments merge by their strategies', () => {
  const { parameters } = merged(
    'parameters: {size: small, zones: [a], extra: {k: {x: 1, l: [1]}}, name: web}\nparameter_merge_strategies: {zones: merge, extra: deep_merge, name: merge}',
    'parameters: {size: large, zones: [b], extra: {k: {y: 2, l: [2]}}, name: -2}',
  );
  assert.deepEqual(plain(parameters), {
    size: 'large',
    zones: ['a', 'b'],
    extra: { k: { x: 1, y: 2, l: [1, 2] } },
    name: 'web-2',
  });
  refused(
    () =>
      merged(
        'parameters: {flags: true}',
        'parameters: {flags: true}\nparameter_merge_strategies: {flags: merge}',
      ),
    /the strategy "merge" of parameter "flags" conflicts with "overwrite"/,
  );
  refused(
    () => parseEnvironment('parameter: {a: 1}'),
    /^environment:1:1: parameter: .*Did you mean "parameters"\?/,
  );
  refused(() => parseEnvironment('parameters:'), /empty section/);
});

const KNOWN = new Set([
  'OS::Nova::Server',
  'OS::Heat::None',
  'OS::Heat::Value',
  'OS::Neutron::Port',
]);
const knows = (type: string) => KNOWN.has(type);

test('types are found through the registry as in Heat', () => {
  const look = (entries: string, type: string, name?: string): string => {
    const found = parseEnvironment(`resource_registry: ${entries}`).registry.implementation(
      type,
      knows,
      name,
    );
    return found.kind === 'type' ? found.type : found.file;
  };
  assert.equal(look('{}', 'OS::Nova::Server'), 'OS::Nova::Server');
  assert.equal(look('{}', 'my.yaml'), 'my.yaml');
  assert.equal(look('{"OS::*": "OS::Heat::None"}', 'OS::Nova::Server'), 'OS::Heat::None');
  assert.equal(look('{"OS::*": "OS::Heat::None"}', 'OS::Heat::None'), 'OS::Heat::None');
  assert.equal(
    look('{"OS::Networking::*": "OS::Neutron::*"}', 'OS::Networking::Port'),
    'OS::Neutron::Port',
  );
  assert.equal(look('{A: B, B: "OS::Heat::None"}', 'A'), 'OS::Heat::None');
  assert.equal(
    look(
      '{"OS::Nova::*": "OS::Heat::None", "OS::Nova::Server": "OS::Heat::Value"}',
      'OS::Nova::Server',
    ),
    'OS::Heat::None',
  );
  const named = '{"OS::Nova::Server": a.yaml, resources: {x: {"OS::Nova::Server": t.yaml}}}';
  assert.equal(look(named, 'OS::Nova::Server', 'x'), 't.yaml');
  assert.equal(look(named, 'OS::Nova::Server', 'y'), 'a.yaml');
  refused(() => look('{A: B, B: A}', 'A'), /in a circle/);
  refused(() => look('{"My::Server": a.yaml}', 'My::Servr'), /Did you mean "My::Server"\?/);
  refused(
    () => look('{"OS::Networking::*": "OS::Neutron::*"}', 'OS::Networking::Nope'),
    /could not be found/,
    'EntityNotFound',
  );
});

test('hooks and restricted actions belong to names, wildcards and nested stacks', () => {
  const environment = parseEnvironment(
    'resource_registry: {resources: {"*_server": {hooks: pre-create}, web: {restricted_actions: [replace], hooks: [pre-update, pre-create], inner: {hooks: pre-delete}}}}',
  );
  assert.deepEqual([...environment.registry.hooks('my_server')], ['pre-create']);
  assert.deepEqual([...environment.registry.hooks('web')], ['pre-update', 'pre-create']);
  assert.deepEqual([...environment.registry.restrictedActions('web')], ['replace']);
  const nested = nestedEnvironment(environment, 'web', { a: 1 });
  assert.deepEqual([...nested.registry.hooks('inner')], ['pre-delete']);
  refused(
    () => parseEnvironment('resource_registry: {resources: {a: {hooks: pre-craete}}}'),
    /resource_registry\.resources\.a\.hooks: .*"pre-create"\?/,
    'InvalidBreakPointHook',
  );
  const less = merged(
    'resource_registry: {"A::B": x.yaml, "A::C": y.yaml}',
    'resource_registry: {"A::*": null}',
  );
  assert.deepEqual(plain(less.registry.entries), {});
});
