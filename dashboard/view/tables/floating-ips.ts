import type { FloatingIp } from '../../api/documents.ts';
import { serverOf } from '../../model/cloud.ts';
import { matches } from '../../model/search.ts';
import { nameOf } from '../../model/words.ts';
import type { Context } from '../context.ts';
import { h, type Child } from '../element.ts';
import { emptyState, mono, serverLink, statusBadge } from '../parts.ts';
import { table } from '../table.ts';
import { projectColumn } from './project.ts';

export function floatingIpsTable(context: Context): Child {
  const { cloud, words } = context;
  const networkName = (floating: FloatingIp) => {
    const network = cloud.networkById.get(floating.floating_network_id);
    return network ? nameOf(network) : floating.floating_network_id;
  };
  const routerName = (floating: FloatingIp) => {
    const router = cloud.routerById.get(floating.router_id ?? '');
    return router ? nameOf(router) : '';
  };
  const target = (floating: FloatingIp): Child => {
    if (floating.port_id === null) return h('span', { class: 'quiet' }, 'not in use');
    const server = serverOf(cloud, floating);
    return server ? serverLink(context, server) : mono(`port ${floating.port_id.slice(0, 8)}`);
  };
  const targetName = (floating: FloatingIp) => serverOf(cloud, floating)?.name ?? '';
  const outer = cloud.networks.find((network) => network['router:external']);
  return table<FloatingIp>(context, {
    name: 'floating-ips',
    caption: 'Floating IPs',
    items: cloud.floatingIps.filter((floating) =>
      matches(
        words,
        floating.floating_ip_address,
        floating.fixed_ip_address,
        floating.id,
        floating.status,
        floating.description,
        networkName(floating),
        routerName(floating),
        targetName(floating),
      ),
    ),
    keyOf: (floating) => floating.id,
    empty:
      words.length > 0
        ? emptyState('No floating IP matches what you are looking for.')
        : emptyState(
            'There is no floating IP yet. It makes a server reachable from outside.',
            `openstack floating ip create ${outer?.name || 'public'}`,
          ),
    columns: [
      {
        title: 'Address',
        cell: (floating) => mono(floating.floating_ip_address),
        sort: (floating) => floating.floating_ip_address,
      },
      ...projectColumn<FloatingIp>(context, (item) => item.project_id),
      {
        title: 'Status',
        cell: (floating) => statusBadge(floating.status),
        sort: (floating) => floating.status,
      },
      { title: 'Leads to', cell: target, sort: targetName },
      {
        title: 'Inner address',
        cell: (floating) => mono(floating.fixed_ip_address ?? ''),
        sort: (floating) => floating.fixed_ip_address ?? '',
      },
      { title: 'Network', cell: networkName, sort: networkName },
      { title: 'Router', cell: routerName, sort: routerName },
    ],
  });
}
