import type { Extension } from '../drivers/extension.ts';
import { subnetPoolNoun } from './noun.ts';
import { prefixOperations } from './prefix-operations.ts';
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
    {
      alias: 'subnetpool-prefix-ops',
      name: 'Subnet Pool Prefix Operations',
      description: 'Prefixes of subnet pools, one by one',
    },
    {
      alias: 'subnet_onboard',
      name: 'Subnet Onboard',
      description: 'Subnets that come into a subnet pool',
    },
  ],
  nouns: [[subnetPoolNoun, subnetPoolRules]],
  operations: prefixOperations,
};
