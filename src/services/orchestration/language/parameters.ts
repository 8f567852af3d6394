import {
  brokenBy,
  numberOf,
  readCfnConstraints,
  readConstraint,
  type Constraint,
  type ParameterType,
} from './constraints.ts';
import { didYouMean, pathText, TemplateError, type Path } from './errors.ts';
import type { Version } from './versions.ts';
import { isList, isMap, jsonOf, kindOf, member, textOf, type Value } from './value.ts';

/** A parameter as its template declares it. */
export interface ParameterSchema {
  readonly name: string;
  readonly type: ParameterType;
  /** The type as written: `String` in CFN. */
  readonly typeName: string;
  readonly label: string;
  readonly description: string;
  readonly default: Value | undefined;
  /** Never shown: `******` instead. */
  readonly hidden: boolean;
  /** An update of the stack may not change it. */
  readonly immutable: boolean;
  readonly tags: readonly string[];
  readonly constraints: readonly Constraint[];
  readonly path: Path;
}

/** Throws a TemplateError at a path. */
export type FailAt = (path: Path, reason: string, type?: string) => never;

const TYPES: Readonly<Record<Version['dialect'], Readonly<Record<string, ParameterType>>>> = {
  hot: {
    string: 'string',
    number: 'number',
    json: 'json',
    comma_delimited_list: 'comma_delimited_list',
    boolean: 'boolean',
  },
  cfn: {
    String: 'string',
    Number: 'number',
    Json: 'json',
    CommaDelimitedList: 'comma_delimited_list',
    Boolean: 'boolean',
  },
};
const HOT_KEYS = ['type', 'label', 'description', 'default', 'hidden', 'immutable', 'constraints'];
const CFN_KEYS =
  'Type Label Description Default NoEcho AllowedValues AllowedPattern MinLength MaxLength MinValue MaxValue ConstraintDescription'.split(
    ' ',
  );

/** Reads one declaration of the parameters section. */
export function readParameter(
  name: string,
  value: Value,
  version: Version,
  path: Path,
  fail: FailAt,
): ParameterSchema {
  const hot = version.dialect === 'hot';
  const keys = hot ? [...HOT_KEYS, 'schema', ...(version.hasTags ? ['tags'] : [])] : CFN_KEYS;
  const refuse = (reason: string, at: Path = path) => fail(at, reason, 'InvalidSchemaError');
  if (!isMap(value)) return refuse(`a parameter is a map with "${keys[0]}", not ${kindOf(value)}`);
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) {
      return refuse(`a parameter has no "${key}".${didYouMean(key, keys)}`, [...path, key]);
    }
  }
  const get = (key: string) => member(value, hot ? key : key[0]!.toUpperCase() + key.slice(1));
  const typeName = get('type');
  const types = TYPES[version.dialect];
  const type = typeof typeName === 'string' ? types[typeName] : undefined;
  if (typeof typeName !== 'string' || type === undefined) {
    return refuse(
      typeName === undefined
        ? `a parameter needs a "${keys[0]}"`
        : `there is no type "${String(typeName)}": use one of ${Object.keys(types).join(', ')}.${didYouMean(String(typeName), Object.keys(types))}`,
      typeName === undefined ? path : [...path, keys[0]!],
    );
  }
  const text = (key: string): string => {
    const found = get(key) ?? '';
    return typeof found === 'object' ? jsonOf(found) : textOf(found);
  };
  const tags = version.hasTags ? (get('tags') ?? []) : [];
  if (!isList(tags)) return refuse('"tags" must be a list', [...path, 'tags']);
  const schema: ParameterSchema = {
    name,
    type,
    typeName,
    label: text('label') || name,
    description: text('description'),
    default: get('default') ?? undefined,
    hidden: hot
      ? switchOf(get('hidden'))
      : String(member(value, 'NoEcho') ?? '').toLowerCase() === 'true',
    immutable: hot && switchOf(get('immutable')),
    tags: tags.map(String),
    constraints: hot
      ? readHotConstraints(get('constraints'), type, version, [...path, 'constraints'], refuse)
      : readCfnConstraints(value, type, (reason) => refuse(reason)),
    path,
  };
  const usable = (found: Value): boolean => 'value' in convert(type, found);
  if (schema.default !== undefined && (type === 'comma_delimited_list' || usable(schema.default))) {
    // A default that is not even of the type is an error only when it is used, as in Heat, lists apart.
    const fault = checkParameter(schema, schema.default).fault;
    if (fault)
      return refuse(`is no valid default: ${fault}`, [...path, hot ? 'default' : 'Default']);
  }
  return schema;
}

/** A switch is on when it says anything but no. */
function switchOf(value: Value | undefined): boolean {
  return value !== undefined && value !== null && (booleanOf(value) ?? true);
}

function readHotConstraints(
  value: Value | undefined,
  type: ParameterType,
  version: Version,
  path: Path,
  refuse: (reason: string, at: Path) => never,
): Constraint[] {
  if (value === undefined || value === null) return [];
  if (!isList(value)) return refuse(`must be a list of constraints, not ${kindOf(value)}`, path);
  return value.map((item, index) =>
    readConstraint(item, type, version.hasModulo, (reason, key) =>
      refuse(reason, key === undefined ? [...path, index] : [...path, index, key]),
    ),
  );
}

const TRUE = new Set(['1', 't', 'true', 'on', 'y', 'yes']);
const FALSE = new Set(['0', 'f', 'false', 'off', 'n', 'no']);

/** A boolean, also in the words that OpenStack takes for one. */
export function booleanOf(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const word = String(value).trim().toLowerCase();
  return TRUE.has(word) ? true : FALSE.has(word) ? false : undefined;
}

/** A value as a parameter of a type gives it to the template, or why it cannot. */
function convert(type: ParameterType, value: Value): { value: Value } | { fault: string } {
  switch (type) {
    case 'string':
      return { value: isMap(value) || isList(value) ? jsonOf(value) : textOf(value) };
    case 'number': {
      // To Python, and so to Heat, true and false are numbers.
      if (typeof value === 'boolean') return { value };
      const number = numberOf(value);
      return number === undefined ? { fault: `${jsonOf(value)} is no number` } : { value: number };
    }
    case 'boolean': {
      const boolean = booleanOf(value);
      return boolean === undefined
        ? { fault: `${jsonOf(value)} is neither true nor false` }
        : { value: boolean };
    }
    case 'comma_delimited_list':
      if (isList(value)) {
        return {
          value: value.map((item) => (typeof item === 'object' ? jsonOf(item) : textOf(item))),
        };
      }
      return typeof value === 'string'
        ? { value: value === '' ? [] : value.split(',') }
        : { fault: `must be a list or text with commas, not ${kindOf(value)}` };
    case 'json':
      if (typeof value !== 'string') return { value };
      if (value === '') return { value };
      try {
        return { value: JSON.parse(value) as Value };
      } catch (error) {
        return { fault: `is no JSON: ${(error as Error).message}` };
      }
  }
}

/** Converts a value for a parameter and checks it against all but the custom constraints. */
export function checkParameter(
  schema: ParameterSchema,
  given: Value,
): { value: Value; fault?: undefined } | { value?: undefined; fault: string } {
  const converted = convert(schema.type, given);
  if ('fault' in converted) return converted;
  const allowed = (one: Value): Value => {
    const result = convert(schema.type, one);
    return 'value' in result ? result.value : one;
  };
  for (const constraint of schema.constraints) {
    const fault = brokenBy(constraint, converted.value, allowed);
    if (fault) return { fault };
  }
  return { value: converted.value };
}

/** A custom constraint that a value must still be held against, by whoever can look things up. */
export interface PendingConstraint {
  readonly parameter: ParameterSchema;
  readonly name: string;
  readonly value: Value;
  readonly description: string | undefined;
}

export interface ParameterValues {
  readonly values: ReadonlyMap<string, Value>;
  readonly pending: readonly PendingConstraint[];
}

/** What a user gives: values, and defaults that stand before the template's own. */
export interface GivenParameters {
  readonly parameters: Readonly<Record<string, Value>>;
  readonly defaults?: Readonly<Record<string, Value>>;
  /** The environment's name, for messages. */
  readonly file?: string;
}

/** The values of all parameters of a template, pseudo parameters included. */
export function parameterValues(
  schemas: ReadonlyMap<string, ParameterSchema>,
  given: GivenParameters,
  pseudo: Readonly<Record<string, Value>>,
): ParameterValues {
  const { parameters, defaults = {} } = given;
  const where = (name: string): { path: Path; type: string } => ({
    path: ['parameters', name],
    type: 'StackValidationFailed',
  });
  for (const name of Object.keys(parameters)) {
    if (!schemas.has(name) && !Object.hasOwn(pseudo, name)) {
      throw new TemplateError(
        `the parameter "${name}" is not defined in the template.${didYouMean(name, schemas.keys())}`,
        { ...where(name), type: 'UnknownUserParameter' },
      );
    }
  }
  const values = new Map<string, Value>(Object.entries(pseudo));
  const pending: PendingConstraint[] = [];
  for (const schema of schemas.values()) {
    const { name } = schema;
    const own = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    const preset = Object.hasOwn(defaults, name) ? defaults[name] : undefined;
    const value = own ?? preset ?? schema.default;
    if (value === undefined || value === null) {
      throw new TemplateError(`the parameter "${name}" was not provided and has no default`, {
        ...where(name),
        type: 'UserParameterMissing',
      });
    }
    const checked = checkParameter(schema, value);
    if (checked.fault !== undefined) {
      const shown = schema.hidden ? 'the value is not valid' : checked.fault;
      throw new TemplateError(`parameter "${name}" is invalid: ${shown}`, where(name));
    }
    values.set(name, checked.value);
    for (const constraint of schema.constraints) {
      if (constraint.kind !== 'custom_constraint') continue;
      const { description } = constraint;
      pending.push({ parameter: schema, name: constraint.name, value: checked.value, description });
    }
  }
  return { values, pending };
}

/** What the API shows as a parameter's value. */
export function shownValue(schema: ParameterSchema, value: Value): string {
  if (schema.hidden) return '******';
  if (isList(value) && schema.type === 'comma_delimited_list') return value.join(',');
  return isMap(value) || isList(value) ? jsonOf(value) : textOf(value);
}

/** The parameters that an update would change although the template calls them immutable. */
export function changedImmutables(
  schemas: ReadonlyMap<string, ParameterSchema>,
  before: ReadonlyMap<string, Value>,
  after: ReadonlyMap<string, Value>,
): string[] {
  return [...schemas.values()]
    .filter(({ name, immutable }) => {
      const [old, now] = [before.get(name), after.get(name)];
      return immutable && old !== undefined && now !== undefined && jsonOf(old) !== jsonOf(now);
    })
    .map(({ path }) => pathText(path));
}
