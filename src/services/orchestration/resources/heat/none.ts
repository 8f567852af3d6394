import type { ResourceType } from '../type.ts';
import { physicalName } from './names.ts';

/** Nothing: what an environment maps a type to that is not wanted. */
export const none: ResourceType = {
  name: 'OS::Heat::None',
  description: 'Nothing at all: an environment maps a type to it to switch that type off.',
  support: { version: '5.0.0' },
  properties: {},
  acceptsAnything: true,
  create: async (step) => step.save({ physicalId: physicalName(step), later: true }),
  async update() {},
  attribute: async () => null,
};
