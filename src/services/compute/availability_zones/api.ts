import { operation, type Operation } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { DEFAULT_ZONE } from '../hosts/rules.ts';

/** https://docs.openstack.org/api-ref/compute/#availability-zones-os-availability-zone */
export const zoneOperations = ({ database, hosts }: ComputeContext): Operation[] => [
  operation({
    name: 'list_availability_zones',
    method: 'GET',
    path: '/v2.1/os-availability-zone',
    summary: 'Availability zones',
    role: 'reader',
    success: 200,
    async handle() {
      const available = (await hosts.list(database)).some(({ disabled }) => !disabled);
      return {
        body: {
          availabilityZoneInfo: [{ zoneName: DEFAULT_ZONE, zoneState: { available }, hosts: null }],
        },
      };
    },
  }),
  operation({
    name: 'list_availability_zones_detail',
    method: 'GET',
    path: '/v2.1/os-availability-zone/detail',
    summary: 'Availability zones with their hosts',
    role: 'admin',
    success: 200,
    async handle() {
      const all = await hosts.list(database);
      return {
        body: {
          availabilityZoneInfo: [
            {
              zoneName: DEFAULT_ZONE,
              zoneState: { available: all.some(({ disabled }) => !disabled) },
              hosts: Object.fromEntries(
                all.map((host) => [
                  host.name,
                  {
                    'nova-compute': {
                      available: !host.disabled,
                      active: host.up,
                      updated_at: new Date(host.live ? host.live.heartbeat * 1000 : host.updated_at)
                        .toISOString()
                        .replace('Z', '000'),
                    },
                  },
                ]),
              ),
            },
          ],
        },
      };
    },
  }),
];
