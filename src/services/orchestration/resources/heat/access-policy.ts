import type { ResourceType } from '../type.ts';
import { physicalName } from './names.ts';

/** Names resources of the stack that a user may look at; it is the user that reads it. */
export const accessPolicy: ResourceType = {
  name: 'OS::Heat::AccessPolicy',
  description: 'Says which resources of the stack the users of AWS::IAM::User may look at.',
  properties: {
    AllowedResources: {
      type: 'list',
      description: 'Names of resources of this stack.',
      required: true,
    },
  },
  create: async (step) => step.save({ physicalId: physicalName(step) }),
};
