import { awsTypes } from './aws/index.ts';
import { computeTypes } from './compute/index.ts';
import { heatTypes } from './heat/index.ts';
import { identityTypes } from './identity/index.ts';
import { imageTypes } from './image/index.ts';
import { networkTypes } from './network/index.ts';
import type { ResourceType } from './type.ts';

/** The types that come with the cloud: one list a folder. */
export const builtinTypes: readonly ResourceType[] = [
  ...networkTypes,
  ...computeTypes,
  ...imageTypes,
  ...identityTypes,
  ...awsTypes,
  ...heatTypes,
];
