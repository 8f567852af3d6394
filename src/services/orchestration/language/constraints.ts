import { didYouMean } from './errors.ts';
import { matchesWhole, patternFault } from './pattern.ts';
import { isList, isMap, jsonOf, member, same, type Value, type ValueMap } from './value.ts';

/** The five types of parameters, by their names in HOT. */
export type ParameterType = 'string' | 'number' | 'json' | 'comma_delimited_list' | 'boolean';

interface Described {
  /** Said instead of our own words when the constraint is broken. */
  readonly description: string | undefined;
}
/** What a parameter's value must fulfil. */
export type Constraint = Described &
  (
    | { readonly kind: 'length' | 'range'; readonly min?: number; readonly max?: number }
    | { readonly kind: 'modulo'; readonly step: number; readonly offset: number }
    | { readonly kind: 'allowed_values'; readonly values: readonly Value[] }
    | { readonly kind: 'allowed_pattern'; readonly pattern: string }
    | { readonly kind: 'custom_constraint'; readonly name: string }
  );

/** Throws with what is wrong and, where a part of the constraint is meant, that part's key. */
export type Refuse = (reason: string, key?: string) => never;

const NUMBERS: readonly ParameterType[] = ['number'];
const TYPES: Readonly<Record<Constraint['kind'], readonly ParameterType[]>> = {
  // In the order in which Heat looks for them when a constraint has several.
  modulo: NUMBERS,
  range: NUMBERS,
  length: ['string', 'comma_delimited_list', 'json'],
  allowed_values: ['string', 'number', 'boolean', 'comma_delimited_list'],
  allowed_pattern: ['string'],
  custom_constraint: ['string', 'number', 'boolean', 'comma_delimited_list'],
};
const KINDS = Object.keys(TYPES) as Constraint['kind'][];

/** A number, also when it is written as text; undefined when it is none. */
export function numberOf(value: Value | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(value)) {
    return undefined;
  }
  return Number(value);
}

function bounds(
  kind: 'length' | 'range',
  value: Value,
  refuse: Refuse,
): { min?: number; max?: number } {
  if (!isMap(value)) return refuse(`${kind} takes a map with "min" and "max"`, kind);
  const found: { min?: number; max?: number } = {};
  for (const [key, bound] of Object.entries(value)) {
    if (key !== 'min' && key !== 'max') {
      return refuse(`${kind} has no "${key}".${didYouMean(key, ['min', 'max'])}`, kind);
    }
    if (bound === null) continue;
    const number = numberOf(bound);
    if (number === undefined || (kind === 'length' && !Number.isInteger(number))) {
      return refuse(
        `"${key}" of ${kind} must be a ${kind === 'length' ? 'whole ' : ''}number`,
        kind,
      );
    }
    found[key] = number;
  }
  return found.min === undefined && found.max === undefined
    ? refuse(`${kind} needs "min", "max" or both`, kind)
    : found;
}

function modulo(value: Value, refuse: Refuse): { step: number; offset: number } {
  if (!isMap(value) || Object.keys(value).some((key) => key !== 'step' && key !== 'offset')) {
    return refuse('modulo takes a map with "step" and "offset"', 'modulo');
  }
  const [step, offset] = [numberOf(member(value, 'step')), numberOf(member(value, 'offset'))];
  if (
    !Number.isInteger(step) ||
    !Number.isInteger(offset) ||
    step === undefined ||
    offset === undefined
  ) {
    return refuse('"step" and "offset" must both be whole numbers', 'modulo');
  }
  if (step === 0) return refuse('"step" cannot be 0', 'modulo');
  if (Math.abs(offset) >= Math.abs(step) || step * offset < 0) {
    return refuse('"offset" must be nearer to 0 than "step", on the same side', 'modulo');
  }
  return { step, offset };
}

/** Reads one constraint of HOT: a map with one of the kinds and perhaps a description. */
export function readConstraint(
  value: Value,
  type: ParameterType,
  hasModulo: boolean,
  refuse: Refuse,
): Constraint {
  const kinds = KINDS.filter((kind) => hasModulo || kind !== 'modulo');
  if (!isMap(value)) return refuse(`a constraint is a map with one of ${kinds.join(', ')}`);
  for (const key of Object.keys(value)) {
    if (key !== 'description' && !kinds.includes(key as Constraint['kind'])) {
      return refuse(`there is no constraint "${key}".${didYouMean(key, kinds)}`, key);
    }
  }
  const kind = KINDS.find((name) => Object.hasOwn(value, name));
  if (kind === undefined) return refuse(`a constraint needs one of ${kinds.join(', ')}`);
  const description = member(value, 'description');
  return makeConstraint(kind, value[kind]!, type, {
    description: typeof description === 'string' ? description : undefined,
    refuse,
  });
}

function makeConstraint(
  kind: Constraint['kind'],
  body: Value,
  type: ParameterType,
  { description, refuse }: Described & { refuse: Refuse },
): Constraint {
  if (!TYPES[kind].includes(type)) {
    return refuse(`${kind} constrains ${TYPES[kind].join(', ')}, not ${type}`, kind);
  }
  switch (kind) {
    case 'length':
    case 'range':
      return { kind, description, ...bounds(kind, body, refuse) };
    case 'modulo':
      return { kind, description, ...modulo(body, refuse) };
    case 'allowed_values':
      if (!isList(body)) return refuse('allowed_values takes a list', kind);
      return { kind, description, values: body };
    case 'allowed_pattern': {
      if (typeof body !== 'string')
        return refuse('allowed_pattern takes a regular expression', kind);
      const fault = patternFault(body);
      return fault
        ? refuse(`is no regular expression: ${fault}`, kind)
        : { kind, description, pattern: body };
    }
    case 'custom_constraint':
      if (typeof body !== 'string') return refuse('custom_constraint takes a name', kind);
      return { kind, description, name: body };
  }
}

/** CFN's constraints, which stand among the parameter's own keys. */
export function readCfnConstraints(
  schema: ValueMap,
  type: ParameterType,
  refuse: Refuse,
): Constraint[] {
  const text = member(schema, 'ConstraintDescription');
  const description = typeof text === 'string' ? text : undefined;
  const pair = (min: string, max: string): ValueMap | undefined =>
    Object.hasOwn(schema, min) || Object.hasOwn(schema, max)
      ? { min: member(schema, min) ?? null, max: member(schema, max) ?? null }
      : undefined;
  const found: [Constraint['kind'], Value | undefined][] = [
    ['range', pair('MinValue', 'MaxValue')],
    ['length', pair('MinLength', 'MaxLength')],
    ['allowed_values', member(schema, 'AllowedValues')],
    ['allowed_pattern', member(schema, 'AllowedPattern')],
  ];
  return found.flatMap(([kind, body]) =>
    body === undefined ? [] : [makeConstraint(kind, body, type, { description, refuse })],
  );
}

const within = (size: number, { min, max }: { min?: number; max?: number }): boolean =>
  (min === undefined || size >= min) && (max === undefined || size <= max);

const range = ({ min, max }: { min?: number; max?: number }): string =>
  min === undefined ? `at most ${max}` : max === undefined ? `at least ${min}` : `${min} to ${max}`;

/** Python's `%`: the remainder has the divisor's sign. */
const remainder = (value: number, step: number): number => ((value % step) + step) % step;

/** Why a value of the parameter's type breaks a constraint; undefined when it does not. Custom ones are left out. */
export function brokenBy(
  constraint: Constraint,
  value: Value,
  convert: (allowed: Value) => Value,
): string | undefined {
  const reason = faultOf(constraint, value, convert);
  return reason && (constraint.description ?? reason);
}

function faultOf(
  constraint: Constraint,
  value: Value,
  convert: (allowed: Value) => Value,
): string | undefined {
  switch (constraint.kind) {
    case 'length': {
      const size =
        typeof value === 'string' ? [...value].length : Object.keys(Object(value)).length;
      return within(size, constraint)
        ? undefined
        : `the length is ${size}; it must be ${range(constraint)}`;
    }
    case 'range':
      return within(Number(value), constraint)
        ? undefined
        : `${String(value)} is out of range: it must be ${range(constraint)}`;
    case 'modulo':
      return remainder(Number(value), constraint.step) === constraint.offset
        ? undefined
        : `${String(value)} is not a multiple of ${constraint.step} with an offset of ${constraint.offset}`;
    case 'allowed_values': {
      const items = isList(value) ? value : [value];
      const allowed = isList(value)
        ? constraint.values.map(String)
        : constraint.values.map(convert);
      const other = items.find((item) => !allowed.some((one) => same(one, item)));
      return other === undefined
        ? undefined
        : `${jsonOf(other)} is not one of ${jsonOf(constraint.values)}.${didYouMean(String(other), allowed.map(String))}`;
    }
    case 'allowed_pattern': {
      const matches = matchesWhole(constraint.pattern, value as string);
      if (matches) return undefined;
      return matches === undefined
        ? `matching the pattern ${constraint.pattern} took too long: simplify the pattern`
        : `"${String(value)}" does not match the pattern ${constraint.pattern}`;
    }
    case 'custom_constraint':
      return undefined;
  }
}
