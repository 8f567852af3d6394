import { Fault } from '../../../core/errors.ts';
import { brokenBy, numberOf } from '../language/constraints.ts';
import { didYouMean } from '../language/errors.ts';
import { isList, isMap, jsonOf, kindOf, type Value, type ValueMap } from '../language/index.ts';
import { booleanOf } from '../language/parameters.ts';
import { FORMATS } from '../language/formats.ts';
import type { Path } from '../language/errors.ts';
import { mapOf, textOf } from '../language/value.ts';
import type { Names } from './names.ts';
import type { Properties, Property } from './property.ts';

/** What properties are held against. */
export interface PropertyContext {
  /** Looks names up; undefined: only what needs no look is judged. */
  readonly names: Names | undefined;
  /** Nothing is made yet: what is not known stands as null for those who judge properties by each other. */
  readonly early: boolean;
  /** Values that rest on what is not known yet stand as null, and their checks wait. */
  readonly pending: (name: string) => boolean;
  /** Ids that need no looking up: of resources of the same stack. */
  readonly known: Pick<ReadonlySet<string>, 'has'>;
  fail(path: Path, reason: string): never;
}

/**
 * Properties of a resource as its type gets them: checked, converted, with defaults, names turned to ids, former names
 * put to the present ones. What is null or was not given and has no default is absent.
 */
export async function applySchema(
  schema: Properties,
  given: ValueMap,
  path: Path,
  context: PropertyContext,
): Promise<ValueMap> {
  return members(schema, given, path, context, (name) => context.pending(name));
}

/** The property that a key means, with its present name. */
function propertyOf(schema: Properties, key: string): [string, Property] | undefined {
  const own = Object.hasOwn(schema, key) ? schema[key] : undefined;
  if (own) return [key, own];
  return Object.entries(schema).find(([, { formerly }]) => formerly?.includes(key));
}

/** Former names put to the present ones. */
export function renamed(schema: Properties, given: ValueMap): ValueMap {
  const found = new Map<string, Value>();
  for (const [key, value] of Object.entries(given)) {
    const [name] = propertyOf(schema, key) ?? [key];
    if (value !== null || !found.has(name)) found.set(name, value);
  }
  return mapOf(found);
}

async function members(
  schema: Properties,
  given: ValueMap,
  path: Path,
  context: PropertyContext,
  isPending: (name: string) => boolean,
): Promise<ValueMap> {
  const values = new Map<string, { value: Value; key: string }>();
  for (const [key, value] of Object.entries(given)) {
    const found = propertyOf(schema, key);
    if (!found) {
      const all = Object.entries(schema).flatMap(([name, { formerly = [] }]) => [
        name,
        ...formerly,
      ]);
      context.fail([...path, key], `Unknown Property ${key}.${didYouMean(key, all)}`);
    }
    const [name] = found;
    const before = values.get(name);
    if (before && before.value !== null && value !== null) {
      context.fail([...path, key], `"${key}" and "${before.key}" are the same property: give one`);
    }
    if (value !== null || !before) values.set(name, { value, key });
  }
  const made = await Promise.all(
    Object.entries(schema).map(async ([name, property]): Promise<[string, Value] | undefined> => {
      const { value = null, key = name } = values.get(name) ?? {};
      const pending = isPending(key);
      if (value === null) {
        if (pending) return context.early && values.has(name) ? [name, null] : undefined;
        if (property.default !== undefined && property.default !== null) {
          return [
            name,
            await valueOf(property, property.default, [...path, key], context, pending),
          ];
        }
        if (property.required) context.fail([...path, name], `Property ${name} not assigned`);
        return undefined;
      }
      return [name, await valueOf(property, value, [...path, key], context, pending)];
    }),
  );
  return mapOf(made.filter((one) => one !== undefined));
}

async function valueOf(
  property: Property,
  value: Value,
  path: Path,
  context: PropertyContext,
  pending: boolean,
): Promise<Value> {
  const converted = await convert(property, value, path, context, pending);
  if (pending) return converted;
  for (const constraint of property.constraints ?? []) {
    if (constraint.kind === 'custom_constraint') {
      const fault = await customFault(constraint.name, converted, context);
      if (fault !== undefined) context.fail(path, constraint.description ?? fault);
      continue;
    }
    const fault = brokenBy(constraint, converted, (one) => one);
    if (fault !== undefined) context.fail(path, fault);
  }
  if (property.names === undefined || !context.names) return converted;
  return named(property.names, converted, path, context);
}

async function customFault(
  name: string,
  value: Value,
  { names, known }: PropertyContext,
): Promise<string | undefined> {
  const format = FORMATS.get(name);
  if (format) return format(value);
  if (!names || (typeof value === 'string' && known.has(value))) return undefined;
  return names.check(name, value);
}

async function named(
  kind: string,
  value: Value,
  path: Path,
  context: PropertyContext,
): Promise<Value> {
  if (isList(value)) {
    return Promise.all(value.map((item, index) => named(kind, item, [...path, index], context)));
  }
  if (typeof value !== 'string' || value === '' || context.known.has(value)) return value;
  try {
    return await context.names!.idOf(kind, value);
  } catch (error) {
    if (!(error instanceof Fault) || error.kind === 'unavailable') throw error;
    return context.fail(path, error.message);
  }
}

async function convert(
  property: Property,
  value: Value,
  path: Path,
  context: PropertyContext,
  pending: boolean,
): Promise<Value> {
  const wrong = (what: string): never => context.fail(path, `must be ${what}, not ${shown(value)}`);
  switch (property.type) {
    case 'any':
      return value;
    case 'string':
      if (typeof value === 'string') return value;
      if (typeof value === 'number' || typeof value === 'boolean') return textOf(value);
      return pending ? value : wrong('a string');
    case 'integer':
    case 'number': {
      const number = typeof value === 'boolean' ? Number(value) : numberOf(value);
      if (number !== undefined && (property.type === 'number' || Number.isInteger(number)))
        return number;
      return pending ? value : wrong(property.type === 'integer' ? 'a whole number' : 'a number');
    }
    case 'boolean':
      return booleanOf(value) ?? (pending ? value : wrong('true or false'));
    case 'list': {
      const list = typeof value === 'string' ? parsed(value) : value;
      if (!isList(list)) return pending ? value : wrong('a list');
      const { items } = property;
      if (!items) return list;
      const kept = list.filter((item) => item !== null || items.type === 'any');
      return Promise.all(
        kept.map((item, index) => valueOf(items, item, [...path, index], context, pending)),
      );
    }
    case 'map': {
      const map = typeof value === 'string' ? parsed(value) : value;
      if (!isMap(map)) return pending ? value : wrong('a map');
      if (property.members) {
        return members(property.members, map, path, context, () => pending);
      }
      const { items } = property;
      if (!items) return map;
      const entries = Object.entries(map).map(
        async ([key, item]) =>
          [key, await valueOf(items, item, [...path, key], context, pending)] as const,
      );
      return mapOf(await Promise.all(entries));
    }
  }
}

/** Lists and maps may come as JSON in a string. */
function parsed(text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return text;
  }
}

const shown = (value: Value): string => {
  const text = typeof value === 'object' ? kindOf(value) : jsonOf(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

/** Names of the properties of which two sets differ. */
export function changedBetween(one: ValueMap, other: ValueMap): Set<string> {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return new Set([...names].filter((name) => textOfValue(one[name]) !== textOfValue(other[name])));
}

const textOfValue = (value: Value | undefined): string =>
  value === undefined ? '' : jsonOf(value);
