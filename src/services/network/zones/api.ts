import { operation, type Operation } from '../../operation.ts';
import type { Room } from '../collections/operations.ts';
import { zonesOf } from './zones.ts';

/** The zones of the hosts, for each kind of resource whose hints may name them. */
export const zoneOperations = (room: Room): Operation[] => [
  operation({
    name: 'get_availability_zones',
    method: 'GET',
    path: '/v2.0/availability_zones',
    summary: 'List availability zones',
    role: 'reader',
    success: 200,
    handle: async ({ query }) => {
      const zones = ['network', 'router'].flatMap((resource) =>
        zonesOf(room).map((name) => ({ name, resource, state: 'available' })),
      );
      return {
        body: {
          availability_zones: zones.filter((zone) =>
            Object.entries(zone).every(([name, value]) => query[name]?.includes(value) ?? true),
          ),
        },
      };
    },
  }),
];
