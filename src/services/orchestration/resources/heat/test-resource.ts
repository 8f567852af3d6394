import type { Property } from '../property.ts';
import { ResourceFailure, type ResourceType, type Step } from '../type.ts';
import { physicalName } from './names.ts';
import { mapAt } from './own.ts';
import { beginWaiting, waitedEnough } from './waiting.ts';

const seconds = (description: string): Property => ({
  type: 'number',
  description,
  updateAllowed: true,
});

const waitOf = (step: Step, action: 'create' | 'update' | 'delete'): number =>
  Number(mapAt(step.properties, 'action_wait_secs')[action] ?? step.properties['wait_secs'] ?? 0);

async function done(step: Step): Promise<boolean> {
  if (!(await waitedEnough(step))) return false;
  if (step.properties['fail'] === true)
    throw new ResourceFailure(`Test Resource failed ${step.name}`);
  return true;
}

/** A resource that keeps a text, and waits, fails or is replaced as told: for trying templates and this service. */
export const testResource: ResourceType = {
  name: 'OS::Heat::TestResource',
  description: 'Keeps a text, and waits, fails or is replaced as told: for trying things out.',
  support: { version: '5.0.0' },
  properties: {
    value: {
      type: 'string',
      description: 'The text.',
      default: 'test_string',
      updateAllowed: true,
    },
    update_replace: {
      type: 'boolean',
      description: 'Whether a change of the text makes a new resource.',
      default: false,
      updateAllowed: true,
    },
    update_replace_value: {
      type: 'string',
      description: 'A change of this makes a new resource.',
      support: { version: '7.0.0' },
    },
    fail: {
      type: 'boolean',
      description: 'Whether creating and updating it fails.',
      default: false,
      updateAllowed: true,
    },
    wait_secs: {
      ...seconds('Seconds that each action takes; negative: for ever.'),
      default: 0,
    },
    action_wait_secs: {
      type: 'map',
      description: 'Seconds of single actions, before wait_secs.',
      updateAllowed: true,
      members: {
        create: seconds('Seconds that creating takes.'),
        update: seconds('Seconds that updating takes.'),
        delete: seconds('Seconds that deleting takes.'),
      },
    },
    attr_wait_secs: {
      ...seconds('Seconds that reading an attribute takes, ten at most.'),
      default: 0,
      support: { version: '6.0.0' },
    },
    constraint_prop_secs: {
      ...seconds('Means nothing here: Heat uses it to make its validation slow.'),
      default: 0,
      support: { version: '6.0.0' },
    },
    client_name: {
      type: 'string',
      description: 'Means nothing here: Heat asks this service while it waits.',
      default: '',
      updateAllowed: true,
    },
    entity_name: {
      type: 'string',
      description: 'Means nothing here: the kind of thing Heat asks for.',
      default: '',
      updateAllowed: true,
    },
  },
  attributes: { output: { type: 'any', description: 'The text.' } },
  async create(step) {
    if (step.properties['fail'] !== true) {
      const value = String(step.properties['value'] ?? '');
      await step.save({ physicalId: physicalName(step), data: { value } });
    }
    await beginWaiting(step, 'create', waitOf(step, 'create'));
  },
  isCreated: done,
  async update(step) {
    if (!step.changed.has('value')) return;
    if (step.properties['fail'] !== true) {
      await step.save({ data: { value: String(step.properties['value'] ?? '') } });
    }
    await beginWaiting(step, 'update', waitOf(step, 'update'));
  },
  isUpdated: async (step) => (step.changed.has('value') ? done(step) : true),
  async delete(step) {
    await beginWaiting(step, 'delete', waitOf(step, 'delete'));
  },
  isDeleted: waitedEnough,
  mustReplace: ({ properties, changed }) =>
    changed.has('value') && properties['update_replace'] === true,
  async attribute(step) {
    const wait = Math.min(Number(step.properties['attr_wait_secs'] ?? 0), 10);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    return step.data['value'];
  },
};
