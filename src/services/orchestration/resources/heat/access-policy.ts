import type { ResourceType } from '../type.ts';
import { physicalName } from './names.ts';

/** Names resources of the stack that a user may look at. Templates have it; stacks here have no users that it could bind. */
export const accessPolicy: ResourceType = {
  name: 'OS::Heat::AccessPolicy',
  description:
    'Kept so that templates which have it run; nothing acts on it, as stacks here have no users of AWS::IAM::User.',
  properties: {
    AllowedResources: {
      type: 'list',
      description: 'Names of resources of this stack.',
      required: true,
    },
  },
  create: async (step) => step.save({ physicalId: physicalName(step) }),
};
