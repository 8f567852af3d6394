import { operation, type Operation } from '../../operation.ts';
import { list, type Room } from '../collections/operations.ts';
import { floatingIpPoolNoun } from './noun.ts';

/** Where floating IPs can be taken from (alias floatingip-pools). */
export const floatingIpPoolOperations = (room: Room): Operation[] => [
  operation({
    name: 'get_floatingip_pools',
    method: 'GET',
    path: '/v2.0/floatingip_pools',
    summary: 'List subnets that floating IPs can be taken from',
    role: 'reader',
    success: 200,
    handle: async (request) => ({
      // Administrators see no more than others: what is no pool is no pool for them either.
      body: await list(room.database, floatingIpPoolNoun(request.caller.projectId ?? ''), {
        ...request,
        caller: { ...request.caller, isAdmin: false },
      }),
    }),
  }),
];
