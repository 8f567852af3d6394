import type { Extension } from '../drivers/extension.ts';
import { topologyOperations } from './api.ts';

/** Networks for those who do not want to think of networks. */
export const autoAllocation: Extension = {
  name: 'auto-allocated topology',
  aliases: [
    {
      alias: 'auto-allocated-topology',
      name: 'Auto Allocated Topology Services',
      description: 'A network, subnets and a router in one request',
    },
  ],
  operations: topologyOperations,
};
