import { numberOf, type Constraint } from '../language/constraints.ts';
import { type ParameterSchema, type Template, type Value } from '../language/index.ts';

type Document = Record<string, unknown>;

const TYPES: Readonly<Record<ParameterSchema['type'], string>> = {
  string: 'String',
  number: 'Number',
  json: 'Json',
  comma_delimited_list: 'CommaDelimitedList',
  boolean: 'Boolean',
};

/** A parameter's default as its type reads it. */
function defaultOf({ type, default: value }: ParameterSchema): Value {
  if (type === 'number') return numberOf(value) ?? value!;
  if (type === 'comma_delimited_list' && typeof value === 'string') {
    return value === '' ? [] : value.split(',');
  }
  return value!;
}

function constraintMembers(constraint: Constraint): Document {
  switch (constraint.kind) {
    case 'length':
    case 'range': {
      const word = constraint.kind === 'length' ? 'Length' : 'Value';
      return {
        ...(constraint.min === undefined ? {} : { [`Min${word}`]: constraint.min }),
        ...(constraint.max === undefined ? {} : { [`Max${word}`]: constraint.max }),
      };
    }
    case 'modulo':
      return { Step: constraint.step, Offset: constraint.offset };
    case 'allowed_values':
      return { AllowedValues: constraint.values };
    case 'allowed_pattern':
      return { AllowedPattern: constraint.pattern };
    case 'custom_constraint':
      return { CustomConstraint: constraint.name };
  }
}

/** A parameter as `POST /validate` tells of it, so that a form can ask for its value. */
export function parameterDocument(schema: ParameterSchema, given: Value | undefined): Document {
  const described = schema.constraints.flatMap(({ description }) => description ?? []);
  return {
    Type: TYPES[schema.type],
    Description: schema.description,
    NoEcho: schema.hidden ? 'true' : 'false',
    Label: schema.label || schema.name,
    ...(schema.default === undefined ? {} : { Default: defaultOf(schema) }),
    ...(given === undefined || given === null ? {} : { Value: given }),
    ...(schema.tags.length === 0 ? {} : { Tags: schema.tags }),
    ...Object.assign({}, ...schema.constraints.map(constraintMembers)),
    ...(described.length === 0 ? {} : { ConstraintDescription: described.join(' ') }),
  };
}

/** All parameters, and how they are grouped when somebody is asked for them. */
export const parameterDocuments = (
  { parameters, parameterGroups }: Template,
  given: (name: string) => Value | undefined,
): Document => ({
  Parameters: Object.fromEntries(
    [...parameters.values()].map((one) => [one.name, parameterDocument(one, given(one.name))]),
  ),
  ...(parameterGroups.length === 0
    ? {}
    : {
        ParameterGroups: parameterGroups.map(({ label, description, parameters: names }) => ({
          ...(label === '' ? {} : { label }),
          ...(description === '' ? {} : { description }),
          parameters: names,
        })),
      }),
});

/** What stands for a parameter that nobody has given a value yet. */
export function placeholderOf({ type, constraints }: ParameterSchema): Value {
  const allowed = constraints.find((one) => one.kind === 'allowed_values')?.values[0];
  if (allowed !== undefined && type === 'string') return allowed;
  return { string: '', number: 0, boolean: false, json: {}, comma_delimited_list: [] }[type];
}
