import { operation, type Operation } from '../../operation.ts';

/** The zone that every host is in, as Neutron shows it for each kind of resource that has zones. */
const zones = ['network', 'router'].map((resource) => ({
  name: 'nova',
  resource,
  state: 'available',
}));

export const zoneOperations: Operation[] = [
  operation({
    name: 'get_availability_zones',
    method: 'GET',
    path: '/v2.0/availability_zones',
    summary: 'List availability zones',
    role: 'reader',
    success: 200,
    handle: async ({ query }) => ({
      body: {
        availability_zones: zones.filter((zone) =>
          Object.entries(zone).every(([name, value]) => query[name]?.includes(value) ?? true),
        ),
      },
    }),
  }),
];
