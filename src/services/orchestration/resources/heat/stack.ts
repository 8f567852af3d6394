import { badRequest } from '../../../../core/errors.ts';
import { parseTemplate, TemplateError, type ValueMap } from '../../language/index.ts';
import type { ResourceType, Step } from '../type.ts';
import { mapAt } from './own.ts';
import { physicalName } from './names.ts';

const note = (step: Step): Promise<void> =>
  step.save({ data: { name: step.data['name'] ?? physicalName(step) } });

function refuseElsewhere(properties: ValueMap): void {
  if (mapAt(properties, 'context')['credential_secret_id']) {
    throw badRequest(
      'context.credential_secret_id: stacks of other clouds need a store of secrets, which this cloud does not have',
    );
  }
  const template = properties['template'];
  if (typeof template !== 'string') return;
  try {
    parseTemplate(template);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw badRequest(`template: ${error.message}`);
  }
}

/** A stack in a stack: its template is a text in this one. */
export const stack: ResourceType = {
  name: 'OS::Heat::Stack',
  description: 'A stack of its own, made from a template that is a text in this one.',
  properties: {
    template: {
      type: 'string',
      description: 'The template.',
      required: true,
      updateAllowed: true,
    },
    parameters: {
      type: 'map',
      description: 'Values of its parameters.',
      default: {},
      updateAllowed: true,
    },
    timeout: { type: 'integer', description: 'Minutes it may take.', updateAllowed: true },
    context: {
      type: 'map',
      description: 'The cloud and region it is made in. There is one region here.',
      updateAllowed: true,
      members: {
        region_name: { type: 'string', description: 'The region.' },
        credential_secret_id: {
          type: 'string',
          description: 'Where the credentials of another cloud are kept; refused here.',
          updateAllowed: true,
          support: { version: '12.0.0' },
        },
        ca_cert: {
          type: 'string',
          description: "The other cloud's certificates.",
          updateAllowed: true,
          support: { version: '12.0.0' },
        },
        insecure: {
          type: 'boolean',
          description: "Whether the other cloud's certificate is not checked.",
          default: false,
          updateAllowed: true,
          support: { version: '12.0.0' },
        },
      },
    },
  },
  attributes: {
    stack_name: { type: 'string', description: 'Its name.' },
    outputs: { type: 'map', description: 'Its outputs.' },
  },
  validate: refuseElsewhere,
  create: note,
  update: note,
  async nested(step) {
    const timeout = step.properties['timeout'];
    return {
      template: String(step.properties['template']),
      parameters: mapAt(step.properties, 'parameters'),
      ...(typeof timeout === 'number' ? { timeoutMinutes: timeout } : {}),
    };
  },
  async attribute(step, name) {
    if (step.nested === null) return undefined;
    if (name === 'stack_name') return step.data['name'] ?? physicalName(step);
    if (name === 'outputs') return step.nested.outputs();
    throw badRequest(`The Referenced Attribute (${step.name} ${name}) is incorrect.`);
  },
  reference: (step) => step.nestedStackId ?? step.name,
};
