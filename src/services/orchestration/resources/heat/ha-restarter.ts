import type { ResourceType } from '../type.ts';
import { physicalName } from './names.ts';

/** Gone from Heat since Queens; the name stays, so that old stacks can be shown and deleted. */
export const haRestarter: ResourceType = {
  name: 'OS::Heat::HARestarter',
  description: 'Does nothing; stacks of old have it.',
  support: {
    status: 'HIDDEN',
    version: '10.0.0',
    message: 'Mark the resource unhealthy and update the stack instead.',
  },
  properties: {},
  acceptsAnything: true,
  create: async (step) => step.save({ physicalId: physicalName(step) }),
  async update() {},
};
