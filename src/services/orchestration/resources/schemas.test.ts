import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { builtinTypes } from './builtin.ts';
import type { Properties, Property } from './property.ts';
import type { Constraint } from '../language/index.ts';

/**
 * Names, kinds, flags and constraints of Heat's own types (release Zed), as its `resource type show` tells them; what
 * is hidden there is left out. `[kind, members]` has members; those of a list are under `*`.
 */
type Shape = string | readonly [string, { readonly [name: string]: Shape }];
interface HeatType {
  readonly status: string;
  readonly version: string | null;
  readonly properties: Record<string, Shape>;
  readonly attributes: Record<string, string>;
}
const HEAT = JSON.parse(
  readFileSync(new URL('heat-schemas.json', import.meta.url), 'utf8'),
) as Record<string, HeatType>;

const bounds = ({ min, max }: { min?: number; max?: number }): string =>
  `(${min ?? ''},${max ?? ''})`;

function constraintText(constraint: Constraint): string {
  switch (constraint.kind) {
    case 'range':
    case 'length':
      return constraint.kind + bounds(constraint);
    case 'allowed_values':
      return `values(${constraint.values.join(',')})`;
    case 'allowed_pattern':
      return `pattern(${constraint.pattern})`;
    case 'custom_constraint':
      return `custom(${constraint.name})`;
    default:
      return constraint.kind;
  }
}

function shapeOf(property: Property): Shape {
  const words = [property.type as string];
  if (property.required) words.push('required');
  if (property.updateAllowed) words.push('updatable');
  if (property.immutable) words.push('immutable');
  if (property.default !== undefined) words.push(`default=${JSON.stringify(property.default)}`);
  const status = property.support?.status;
  if (status !== undefined && status !== 'SUPPORTED') words.push(status.toLowerCase());
  const constraints = (property.constraints ?? []).map(constraintText);
  if (property.names !== undefined) constraints.push(`custom(${property.names})`);
  words.push(...constraints.toSorted());
  const members = property.items ? { '*': property.items } : property.members;
  return members ? [words.join(' '), shapesOf(members)] : words.join(' ');
}

const shapesOf = (properties: Properties): Record<string, Shape> =>
  Object.fromEntries(
    Object.entries(properties)
      .filter(([, { support }]) => support?.status !== 'HIDDEN')
      .map(([name, property]) => [name, shapeOf(property)]),
  );

/** Python writes 1.0 for a number that JSON writes as 1. */
const settled = (shape: Shape): Shape =>
  typeof shape === 'string'
    ? shape.replace(/(default=-?\d+)\.0\b/, '$1')
    : [
        settled(shape[0]) as string,
        Object.fromEntries(Object.entries(shape[1]).map(([name, one]) => [name, settled(one)])),
      ];

/** Where ours looks a name up that Heat takes as it is, or says so elsewhere: the constraint is ours. */
const LOOKED_UP: ReadonlySet<string> = new Set([
  'OS::Neutron::FloatingIPAssociation floatingip_id',
  'OS::Neutron::FloatingIPPortForward floating_ip',
  'OS::Neutron::Port security_groups.*',
  'OS::Neutron::Router external_gateway_info.network',
  'OS::Nova::FloatingIPAssociation floating_ip',
  'OS::Nova::Server networks.*.floating_ip',
  'OS::Nova::Server networks.*.subnet',
]);

const flat = (shapes: Record<string, Shape>, prefix = ''): Record<string, string> =>
  Object.fromEntries(
    Object.entries(shapes).flatMap(([name, shape]): [string, string][] => {
      const path = `${prefix}${name}`;
      if (typeof shape === 'string') return [[path, shape]];
      return [[path, shape[0]], ...Object.entries(flat(shape[1], `${path}.`))];
    }),
  );

for (const type of builtinTypes) {
  const heat = HEAT[type.name];
  if (heat === undefined) continue;
  test(`${type.name} has the properties and attributes of Heat's`, () => {
    const differences: string[] = [];
    const ours = flat(shapesOf(type.properties));
    const theirs = flat(
      Object.fromEntries(
        Object.entries(heat.properties).map(([name, one]) => [name, settled(one)]),
      ),
    );
    for (const path of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      const [own, other] = [ours[path], theirs[path]];
      // What Heat knows and does not do is not here; tags of such kind are taken as they come.
      if (other?.includes(' unimplemented') || /Tags\.\*/.test(path)) continue;
      if (own === other || LOOKED_UP.has(`${type.name} ${path}`)) continue;
      differences.push(`${path}: here "${own ?? 'absent'}", in Heat "${other ?? 'absent'}"`);
    }
    assert.deepEqual(differences, []);
    const attributes = Object.fromEntries(
      Object.entries(type.attributes ?? {})
        .filter(([, { support }]) => support?.status !== 'HIDDEN')
        .map(([name, { type: kind, support }]) => [
          name,
          support?.status === undefined ? kind : `${kind} ${support.status.toLowerCase()}`,
        ]),
    );
    assert.deepEqual(attributes, heat.attributes);
    assert.equal((type.support?.status ?? 'SUPPORTED').toLowerCase(), heat.status);
    assert.equal(type.support?.version ?? null, heat.version);
  });
}

test('every type of OpenStack is here that Heat has for our services', () => {
  const names = new Set(builtinTypes.map(({ name }) => name));
  assert.deepEqual(
    Object.keys(HEAT).filter((name) => name.startsWith('OS::') && !names.has(name)),
    [],
  );
});
