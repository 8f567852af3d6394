import { operation, type Operation } from '../../operation.ts';
import { loadAggregates } from '../aggregates/model.ts';
import { zoneOfHost } from '../aggregates/rules.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import type { Host } from '../hosts/directory.ts';
import { DEFAULT_ZONE } from '../hosts/rules.ts';

/** Zones with their hosts, those first that some enabled host is in; a cloud without hosts has the default one. */
export async function zonesOf({
  database,
  hosts,
}: Pick<ComputeContext, 'database' | 'hosts'>): Promise<
  { name: string; available: boolean; hosts: Host[] }[]
> {
  const [all, aggregates] = await Promise.all([hosts.list(database), loadAggregates(database)]);
  const zones = new Map<string, Host[]>();
  if (all.length === 0) zones.set(DEFAULT_ZONE, []);
  for (const host of all) {
    const zone = zoneOfHost(aggregates, host.name);
    zones.set(zone, [...(zones.get(zone) ?? []), host]);
  }
  return [...zones]
    .map(([name, members]) => ({
      name,
      available: members.some(({ disabled }) => !disabled),
      hosts: members,
    }))
    .toSorted((a, b) => Number(b.available) - Number(a.available) || (a.name < b.name ? -1 : 1));
}

/** https://docs.openstack.org/api-ref/compute/#availability-zones-os-availability-zone */
export const zoneOperations = (context: ComputeContext): Operation[] => [
  operation({
    name: 'list_availability_zones',
    method: 'GET',
    path: '/v2.1/os-availability-zone',
    summary: 'Availability zones',
    role: policy.role('os-availability-zone:list'),
    projectScope: true,
    success: 200,
    async handle() {
      const zones = await zonesOf(context);
      return {
        body: {
          availabilityZoneInfo: zones.map(({ name, available }) => ({
            zoneName: name,
            zoneState: { available },
            hosts: null,
          })),
        },
      };
    },
  }),
  operation({
    name: 'list_availability_zones_detail',
    method: 'GET',
    path: '/v2.1/os-availability-zone/detail',
    summary: 'Availability zones with their hosts',
    role: policy.role('os-availability-zone:detail'),
    success: 200,
    async handle() {
      const zones = await zonesOf(context);
      return {
        body: {
          availabilityZoneInfo: zones.map(({ name, available, hosts }) => ({
            zoneName: name,
            zoneState: { available },
            hosts: available
              ? Object.fromEntries(
                  hosts
                    .filter(({ disabled }) => !disabled)
                    .map((host) => [
                      host.name,
                      {
                        'nova-compute': {
                          available: host.up,
                          active: !host.disabled,
                          updated_at: new Date(
                            host.live ? host.live.heartbeat * 1000 : host.updated_at,
                          )
                            .toISOString()
                            .replace('Z', '000'),
                        },
                      },
                    ]),
                )
              : null,
          })),
        },
      };
    },
  }),
];
