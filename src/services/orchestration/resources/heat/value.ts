import { badRequest } from '../../../../core/errors.ts';
import { isList, isMap, jsonOf, type Value, type ValueMap } from '../../language/index.ts';
import type { ResourceType } from '../type.ts';
import { physicalName } from './names.ts';

/** The value as its type says; throws when it cannot be that. */
export function converted(value: Value, type: Value | undefined): Value {
  const refuse = (): never => {
    throw badRequest(`Property error: value: ${jsonOf(value)} is not a ${String(type)}`);
  };
  switch (type) {
    case 'string':
      return typeof value === 'object' ? (value === null ? '' : refuse()) : String(value);
    case 'number': {
      if (typeof value === 'number') return value;
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
      return Number.isFinite(number) ? number : refuse();
    }
    case 'boolean': {
      const text = String(value).toLowerCase();
      return text === 'true' || text === 'false' ? text === 'true' : refuse();
    }
    case 'comma_delimited_list':
      if (isList(value)) return value;
      return typeof value === 'string' ? (value === '' ? [] : value.split(',')) : refuse();
    case 'json':
      if (isMap(value)) return value;
      return typeof value === 'string' ? parsed(value, refuse) : refuse();
    default:
      return value;
  }
}

function parsed(text: string, refuse: () => never): Value {
  try {
    const value = JSON.parse(text) as Value;
    return isMap(value) ? value : refuse();
  } catch {
    return refuse();
  }
}

const valueOf = (properties: ValueMap): Value =>
  converted(properties['value'] ?? null, properties['type']);

/** A value with a name, worked out once and used in several places. */
export const value: ResourceType = {
  name: 'OS::Heat::Value',
  description: 'A value with a name: worked out once, used in several places.',
  support: { version: '7.0.0' },
  properties: {
    value: {
      type: 'any',
      description: 'The value; any function of the template may make it.',
      required: true,
      updateAllowed: true,
    },
    type: {
      type: 'string',
      description: 'What it is; as it comes, when this is left out.',
      updateAllowed: true,
      constraints: [
        {
          kind: 'allowed_values',
          values: ['string', 'number', 'comma_delimited_list', 'json', 'boolean'],
          description: undefined,
        },
      ],
    },
  },
  attributes: { value: { type: 'any', description: 'The value.' } },
  validate(properties) {
    // Null is a value that is not known yet.
    if ((properties['value'] ?? null) !== null) valueOf(properties);
  },
  create: async (step) => step.save({ physicalId: physicalName(step) }),
  async update() {},
  attribute: async (step) => valueOf(step.properties),
};
