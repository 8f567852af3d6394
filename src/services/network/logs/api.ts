import { operation, type Operation } from '../../operation.ts';
import { LOGGABLE } from './noun.ts';

/** What can be logged. */
export const logOperations = (): Operation[] => [
  operation({
    name: 'get_loggable_resources',
    method: 'GET',
    path: '/v2.0/log/loggable-resources',
    summary: 'List the kinds of resources that can be logged',
    role: 'manager',
    success: 200,
    handle: async () => ({ body: { loggable_resources: LOGGABLE.map((type) => ({ type })) } }),
  }),
];
