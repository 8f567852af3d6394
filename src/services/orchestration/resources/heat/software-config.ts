import type { Value, ValueMap } from '../../language/index.ts';
import type { Property } from '../property.ts';
import type { ResourceType, Step } from '../type.ts';
import { physicalName } from './names.ts';
import { askSelf, askSelfMaybe, mapAt } from './own.ts';
import { configProperties, described, group } from './software-io.ts';

/** Stores a configuration of this resource. */
export async function storeConfig(step: Step, document: ValueMap): Promise<void> {
  if (step.physicalId !== null) return;
  const known = await askSelfMaybe(step, 'GET', `/software_configs/${step.intendedId}`);
  if (known === undefined) {
    await askSelf(step, 'POST', '/software_configs', {
      body: { name: physicalName(step), ...document },
      intendedId: step.intendedId,
    });
  }
  await step.save({ physicalId: step.intendedId });
}

export async function removeConfig(step: Step): Promise<void> {
  const id = step.physicalId ?? step.intendedId;
  await askSelfMaybe(step, 'DELETE', `/software_configs/${id}`);
}

export async function showConfig(step: Step): Promise<ValueMap | undefined> {
  if (step.physicalId === null) return undefined;
  const reply = await askSelfMaybe(step, 'GET', `/software_configs/${step.physicalId}`);
  return reply && mapAt(reply, 'software_config');
}

export const configAttributes = {
  config: { type: 'string', description: 'What the tool is given.' },
} as const;

const configAttribute = async (step: Step): Promise<Value | undefined> =>
  (await showConfig(step))?.['config'];

const document = (properties: ValueMap): ValueMap => ({
  group: properties['group'] ?? 'Heat::Ungrouped',
  inputs: described(properties['inputs']),
  outputs: described(properties['outputs']),
  options: properties['options'] ?? {},
});

/** What all kinds of configurations share. */
const configuration = {
  attributes: configAttributes,
  delete: removeConfig,
  attribute: configAttribute,
  async describe(step: Step) {
    return (await showConfig(step)) ?? {};
  },
} as const;

const config: Property = {
  type: 'string',
  description: 'What the tool is given, such as a script.',
};

/** Software for servers, to be carried out by deployments or given as user data. */
export const softwareConfig: ResourceType = {
  ...configuration,
  name: 'OS::Heat::SoftwareConfig',
  description: 'Software for servers: carried out by deployments, or given to them as user data.',
  support: { version: '2014.1' },
  properties: { ...configProperties, group, config },
  create: (step) =>
    storeConfig(step, {
      ...document(step.properties),
      config: step.properties['config'] ?? '',
    }),
};

export const structuredConfig: ResourceType = {
  ...configuration,
  name: 'OS::Heat::StructuredConfig',
  description:
    'Software for servers as a map, in which deployments put the values of their inputs.',
  support: { version: '2014.1' },
  properties: {
    ...configProperties,
    group,
    config: { type: 'map', description: 'What the tool is given.' },
  },
  create: (step) =>
    storeConfig(step, {
      ...document(step.properties),
      config: step.properties['config'] ?? {},
    }),
};

const ACTIONS = ['CREATE', 'UPDATE', 'SUSPEND', 'RESUME', 'DELETE'];

export const softwareComponent: ResourceType = {
  ...configuration,
  name: 'OS::Heat::SoftwareComponent',
  description: 'Software with a configuration of its own for each action of the stack.',
  support: { version: '2014.2' },
  properties: {
    ...configProperties,
    configs: {
      type: 'list',
      description: 'A configuration for each action.',
      required: true,
      constraints: [{ kind: 'length', min: 1, description: undefined }],
      items: {
        type: 'map',
        description: 'One configuration.',
        members: {
          actions: {
            type: 'list',
            description: 'The actions that it is for.',
            default: ['CREATE', 'UPDATE'],
            constraints: [{ kind: 'length', min: 1, description: undefined }],
            items: {
              type: 'string',
              description: 'An action.',
              constraints: [{ kind: 'allowed_values', values: ACTIONS, description: undefined }],
            },
          },
          config: { type: 'string', description: 'What the tool is given.' },
          tool: { type: 'string', description: 'The tool that carries it out.', required: true },
        },
      },
    },
  },
  create: (step) =>
    storeConfig(step, {
      ...document(step.properties),
      group: 'component',
      config: { configs: step.properties['configs'] ?? [] },
    }),
};
