import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCustomConstraints, FORMATS } from './formats.ts';
import { parameterValues } from './parameters.ts';
import { parseTemplate } from './template.ts';
import type { Value } from './value.ts';

/** name: values that pass, values that do not; Debian's Heat 19 says the same. */
const CASES: Readonly<Record<string, readonly [Value[], Value[]]>> = {
  ip_addr: [
    ['10.0.0.1', '::1'],
    ['10.0.0.256', '10.0.0', 5, 'x'],
  ],
  net_cidr: [
    ['10.0.0.0/24', 'fd00::/64'],
    ['10.0.0.0/33', '10.0.0.0', 'x/8'],
  ],
  ip_or_cidr: [
    ['10.0.0.1', '10.0.0.0/8'],
    ['10.0.0.0/64', 'x'],
  ],
  mac_addr: [
    ['fa:16:3e:00:00:01', 'FA-16-3E-00-00-01'],
    ['fa:16:3e:00:00', 'zz:16:3e:00:00:01'],
  ],
  dns_name: [
    ['web', 'web.example.org.', 'web.example.1'],
    ['-web', 'a..b'],
  ],
  rel_dns_name: [
    ['', 'web'],
    ['web.', 'we_b'],
  ],
  dns_domain: [['', 'example.org.'], ['example.org']],
  iso_8601: [['2026-01-31T10:00:00Z'], ['yesterday']],
  cron_expression: [
    ['', '*/5 * * * *', '0 0 1,15 * mon-fri'],
    ['* * * *', '61 * * * *', 'x * * * *'],
  ],
  timezone: [['', 'Europe/Zurich', 'UTC'], ['Mars/Olympus']],
  expiration: [
    ['2999-01-01T00:00:00Z', ''],
    ['1999-01-01T00:00:00Z', 'soon'],
  ],
  json_string: [['{"a": 1}', ''], ['{']],
};

test('formats', () => {
  for (const [name, [right, wrong]] of Object.entries(CASES)) {
    const check = FORMATS.get(name)!;
    for (const value of right) assert.equal(check(value), undefined, `${name} ${String(value)}`);
    for (const value of wrong) assert.ok(check(value), `${name} ${String(value)}`);
  }
  assert.deepEqual([...FORMATS.keys()].toSorted(), Object.keys(CASES).toSorted());
});

test('other constraints are looked up, and the error names the parameter', async () => {
  const { parameters } = parseTemplate(
    'heat_template_version: rocky\nparameters:\n  f: {type: string, constraints: [{custom_constraint: nova.flavor}]}\n  c: {type: string, default: 10.0.0.0/8, constraints: [{custom_constraint: net_cidr}]}\n',
  );
  const lookups = {
    names: () => ['nova.flavor'],
    check: async (_: string, value: Value) =>
      value === 'm1' ? undefined : `The Flavor (${String(value)}) could not be found.`,
  };
  const pending = (given: Record<string, Value>) =>
    parameterValues(parameters, { parameters: given }, {}).pending;
  await checkCustomConstraints(pending({ f: 'm1' }), lookups);
  await assert.rejects(checkCustomConstraints(pending({ f: 'm2' }), lookups), {
    message: 'parameters.f: parameter "f" is invalid: The Flavor (m2) could not be found.',
  });
  await assert.rejects(
    checkCustomConstraints(pending({ f: 'm1', c: '10/8' }), lookups),
    /is no CIDR/,
  );
  await assert.rejects(
    checkCustomConstraints(pending({ f: 'm1' }), { ...lookups, names: () => ['nova.flavour'] }),
    /Did you mean "nova\.flavour"\?/,
  );
});
