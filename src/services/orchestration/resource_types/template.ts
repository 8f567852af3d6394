import type { Constraint } from '../language/index.ts';
import type { Property } from '../resources/property.ts';
import type { ResourceType } from '../resources/type.ts';
import { propertyDocument, shownAttributes, shownProperties } from './schema.ts';

type Document = Record<string, unknown>;

const HOT_TYPES: Readonly<Record<Property['type'], string>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  map: 'json',
  list: 'comma_delimited_list',
  any: 'json',
};
const CFN_TYPES: Readonly<Record<Property['type'], string>> = {
  string: 'String',
  number: 'Number',
  integer: 'Number',
  boolean: 'Boolean',
  map: 'Json',
  list: 'CommaDelimitedList',
  any: 'Json',
};

const isOfParameters = ({ kind }: Constraint): boolean => kind !== 'custom_constraint';

function hotParameter(property: Property): Document {
  const { constraints = [] } = property;
  const kept = constraints.filter(isOfParameters);
  return {
    type: HOT_TYPES[property.type],
    description: property.description,
    ...(property.default === undefined ? {} : { default: property.default }),
    ...(kept.length === 0
      ? {}
      : { constraints: propertyDocument({ ...property, constraints: kept })['constraints'] }),
  };
}

function cfnParameter(property: Property): Document {
  const found: Document = {
    Type: CFN_TYPES[property.type],
    Description: property.description,
    ...(property.default === undefined ? {} : { Default: property.default }),
  };
  for (const one of property.constraints ?? []) {
    if (one.kind === 'length' || one.kind === 'range') {
      const word = one.kind === 'length' ? 'Length' : 'Value';
      if (one.min !== undefined) found[`Min${word}`] = one.min;
      if (one.max !== undefined) found[`Max${word}`] = one.max;
    } else if (one.kind === 'allowed_values') found['AllowedValues'] = one.values;
    else if (one.kind === 'allowed_pattern') found['AllowedPattern'] = one.pattern;
  }
  return found;
}

const map = <T>(entries: readonly [string, T][], of: (name: string, one: T) => unknown): Document =>
  Object.fromEntries(entries.map(([name, one]) => [name, of(name, one)]));

/** A template with one resource of a type, whose properties are parameters and whose attributes are outputs. */
export function templateOf(typeName: string, type: ResourceType, dialect: 'hot' | 'cfn'): Document {
  const resource = typeName.split('::').at(-1)!;
  const description = `Initial template of ${resource}`;
  const properties = shownProperties(type.properties);
  const attributes = shownAttributes(type.attributes);
  if (dialect === 'hot') {
    return {
      heat_template_version: '2016-10-14',
      description,
      parameters: map(properties, (_, one) => hotParameter(one)),
      resources: {
        [resource]: {
          type: typeName,
          properties: map(properties, (name) => ({ get_param: name })),
        },
      },
      outputs: map(attributes, (name, one) => ({
        description: one.description,
        value: { get_attr: [resource, name] },
      })),
    };
  }
  return {
    HeatTemplateFormatVersion: '2012-12-12',
    Description: description,
    Parameters: map(properties, (_, one) => cfnParameter(one)),
    Resources: {
      [resource]: {
        Type: typeName,
        Properties: map(properties, (name, { type: kind }) =>
          kind === 'list' ? { 'Fn::Split': [',', { Ref: name }] } : { Ref: name },
        ),
      },
    },
    Outputs: map(attributes, (name, one) => ({
      Description: one.description,
      Value: { 'Fn::GetAtt': [resource, name] },
    })),
  };
}
