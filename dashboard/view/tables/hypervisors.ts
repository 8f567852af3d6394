import type { Hypervisor } from '../../api/documents.ts';
import { matches } from '../../model/search.ts';
import { mebibytes } from '../../model/words.ts';
import type { Context } from '../context.ts';
import { h, type Child } from '../element.ts';
import { emptyState, mono, statusBadge } from '../parts.ts';
import { table } from '../table.ts';

const notTold = () => h('span', { class: 'quiet' }, 'not told');

/** How much of something is taken, as a bar and in words. */
function share(
  used: number | undefined,
  total: number | undefined,
  label: string,
  show: (amount: number) => string,
): Child {
  if (used === undefined || total === undefined) return notTold();
  return h(
    'div',
    { class: 'share' },
    h('meter', { min: 0, max: Math.max(total, 1), value: used, 'aria-label': label }),
    h('span', null, `${show(used)} of ${show(total)}`),
  );
}

export function hypervisorsTable(context: Context): Child {
  const { cloud, words } = context;
  return table<Hypervisor>(context, {
    name: 'hypervisors',
    caption: 'Hypervisors',
    items: cloud.hypervisors.filter((host) =>
      matches(
        words,
        host.hypervisor_hostname,
        host.hypervisor_type,
        host.host_ip,
        host.state,
        host.status,
      ),
    ),
    keyOf: (host) => String(host.id),
    empty:
      words.length > 0
        ? emptyState('No hypervisor matches what you are looking for.')
        : emptyState(
            'No host has joined: servers have nowhere to run. The status of the cloud tells why.',
            'npx ovenbird status',
          ),
    columns: [
      {
        title: 'Host',
        cell: (host) => host.hypervisor_hostname,
        sort: (host) => host.hypervisor_hostname,
      },
      {
        title: 'State',
        cell: (host) =>
          statusBadge(
            host.state,
            host.status === 'enabled' ? host.state : `${host.state}, ${host.status}`,
          ),
        sort: (host) => host.state,
      },
      { title: 'Type', cell: (host) => host.hypervisor_type, sort: (host) => host.hypervisor_type },
      {
        title: 'Address',
        cell: (host) => (host.host_ip ? mono(host.host_ip) : notTold()),
        sort: (host) => host.host_ip,
      },
      {
        title: 'vCPUs',
        cell: (host) => share(host.vcpus_used, host.vcpus, 'vCPUs in use', String),
        sort: (host) => host.vcpus_used ?? 0,
      },
      {
        title: 'Memory',
        cell: (host) => share(host.memory_mb_used, host.memory_mb, 'Memory in use', mebibytes),
        sort: (host) => host.memory_mb_used ?? 0,
      },
      {
        title: 'Disk',
        cell: (host) =>
          share(host.local_gb_used, host.local_gb, 'Disk in use', (amount) => `${amount} GiB`),
        sort: (host) => host.local_gb_used ?? 0,
      },
      {
        title: 'Servers',
        cell: (host) => host.running_vms ?? '',
        sort: (host) => host.running_vms ?? 0,
        numeric: true,
      },
    ],
  });
}
