import type { Extension } from '../drivers/extension.ts';
import { subnetPoolNoun } from './noun.ts';
import { subnetPoolRules } from './rules.ts';

export const subnetPools: Extension = {
  name: 'subnet pools',
  aliases: [
    {
      alias: 'subnet_allocation',
      name: 'Subnet Allocation',
      description: 'Subnets from subnet pools',
    },
    {
      alias: 'default-subnetpools',
      name: 'Default Subnetpools',
      description: 'Subnets from the default pool',
    },
  ],
  nouns: [[subnetPoolNoun, subnetPoolRules]],
};
