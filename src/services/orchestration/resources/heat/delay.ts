import type { Property } from '../property.ts';
import type { ResourceType, Step } from '../type.ts';
import { physicalName } from './names.ts';
import { beginWaiting, waitedEnough } from './waiting.ts';

const ACTIONS = ['CREATE', 'DELETE', 'SUSPEND', 'RESUME'];

const number = (description: string, value: number): Property => ({
  type: 'number',
  description,
  default: value,
  updateAllowed: true,
  constraints: [{ kind: 'range', min: 0, description: undefined }],
});

async function begin(step: Step, action: string): Promise<void> {
  const { actions, min_wait, max_jitter, jitter_multiplier } = step.properties;
  if (!(actions as readonly string[]).includes(action)) return;
  const jitter = Math.random() * Number(max_jitter) * Number(jitter_multiplier);
  await beginWaiting(step, action, Number(min_wait) + jitter);
}

/** Takes time: what depends on it comes later, and not all at once. */
export const delay: ResourceType = {
  name: 'OS::Heat::Delay',
  description: 'Takes some time, so that what depends on it does not happen all at once.',
  support: { version: '11.0.0' },
  properties: {
    min_wait: number('Seconds that it takes at least.', 0),
    max_jitter: number('How much longer it may take, by chance.', 0),
    jitter_multiplier: number('Seconds in one unit of max_jitter.', 1),
    actions: {
      type: 'list',
      description: 'The actions that take this time.',
      default: ['CREATE'],
      updateAllowed: true,
      items: {
        type: 'string',
        description: 'An action.',
        constraints: [{ kind: 'allowed_values', values: ACTIONS, description: undefined }],
      },
    },
  },
  async create(step) {
    await step.save({ physicalId: physicalName(step) });
    await begin(step, 'CREATE');
  },
  isCreated: waitedEnough,
  async update() {},
  delete: (step) => begin(step, 'DELETE'),
  isDeleted: waitedEnough,
  suspend: (step) => begin(step, 'SUSPEND'),
  isSuspended: waitedEnough,
  resume: (step) => begin(step, 'RESUME'),
  isResumed: waitedEnough,
};
