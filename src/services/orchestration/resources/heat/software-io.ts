import type { Value, ValueMap } from '../../language/index.ts';
import type { Properties, Property } from '../property.ts';

/** The types that inputs and outputs of configurations may have. */
export const IO_TYPES = ['String', 'Number', 'CommaDelimitedList', 'Json', 'Boolean'];

const common: Properties = {
  name: { type: 'string', description: 'Its name.', required: true },
  description: { type: 'string', description: 'What it is for.' },
  type: {
    type: 'string',
    description: 'The type of its value.',
    default: 'String',
    constraints: [{ kind: 'allowed_values', values: IO_TYPES, description: undefined }],
  },
};

const inputs: Property = {
  type: 'list',
  description: 'What a deployment may set; the tool sees it as a variable.',
  items: {
    type: 'map',
    description: 'One input.',
    members: {
      ...common,
      default: { type: 'any', description: 'Its value when a deployment sets none.' },
      replace_on_change: {
        type: 'boolean',
        description: 'Whether a new value makes a new deployment.',
        default: false,
      },
    },
  },
};

const outputs: Property = {
  type: 'list',
  description: 'What a deployment gives back.',
  items: {
    type: 'map',
    description: 'One output.',
    members: {
      ...common,
      error_output: {
        type: 'boolean',
        description: 'Whether the deployment has failed when it gives this.',
        default: false,
      },
    },
  },
};

const options: Property = {
  type: 'map',
  description: 'Options of the tool, such as playbook tags.',
};

/** Properties that every kind of configuration has. */
export const configProperties: Properties = { inputs, outputs, options };

export const group: Property = {
  type: 'string',
  description: 'The tool that carries it out; `script` runs it as a program.',
  default: 'Heat::Ungrouped',
};

/** An input or output as the API gives it: with what is always there, in Heat's form. */
export const described = (entries: Value | undefined): readonly ValueMap[] =>
  ((entries ?? []) as readonly ValueMap[]).map((entry) =>
    Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null)),
  );
