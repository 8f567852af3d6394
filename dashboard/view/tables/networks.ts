import type { Network } from '../../api/documents.ts';
import { matches } from '../../model/search.ts';
import { count, nameOf } from '../../model/words.ts';
import type { Context } from '../context.ts';
import { h, type Child } from '../element.ts';
import { emptyState, mono, statusBadge } from '../parts.ts';
import { table } from '../table.ts';
import { projectColumn } from './project.ts';

export function networksTable(context: Context): Child {
  const { cloud, words } = context;
  const ports = Map.groupBy(cloud.ports, (port) => port.network_id);
  const subnetsOf = (network: Network) => cloud.subnetsOfNetwork.get(network.id) ?? [];
  const kind = (network: Network) =>
    [network['router:external'] ? 'external' : '', network.shared ? 'shared' : '']
      .filter(Boolean)
      .join(', ') || 'own';
  return table<Network>(context, {
    name: 'networks',
    caption: 'Networks',
    items: cloud.networks.filter((network) =>
      matches(
        words,
        network.name,
        network.id,
        network.status,
        kind(network),
        ...subnetsOf(network).flatMap((subnet) => [subnet.name, subnet.cidr]),
      ),
    ),
    keyOf: (network) => network.id,
    empty:
      words.length > 0
        ? emptyState('No network matches what you are looking for.')
        : emptyState('There is no network yet.', 'openstack network create private'),
    columns: [
      { title: 'Name', cell: nameOf, sort: nameOf },
      ...projectColumn<Network>(context, (item) => item.project_id),
      {
        title: 'Status',
        cell: (network) => statusBadge(network.status),
        sort: (network) => network.status,
      },
      { title: 'Kind', cell: kind, sort: kind },
      {
        title: 'Subnets',
        cell: (network) => {
          const subnets = subnetsOf(network);
          const hidden = network.subnets.length - subnets.length;
          if (network.subnets.length === 0) return h('span', { class: 'quiet' }, 'none');
          return [
            subnets.map((subnet) =>
              h(
                'div',
                { key: subnet.id },
                mono(subnet.cidr),
                h(
                  'span',
                  { class: 'quiet' },
                  ` ${subnet.name || ''}${subnet.gateway_ip ? `, gateway ${subnet.gateway_ip}` : ', no gateway'}${
                    subnet.enable_dhcp ? '' : ', no DHCP'
                  }`,
                ),
              ),
            ),
            hidden > 0
              ? h('div', { class: 'quiet' }, `${count(hidden, 'subnet')} of another project`)
              : null,
          ];
        },
        sort: (network) => subnetsOf(network)[0]?.cidr ?? '',
      },
      {
        title: 'Ports',
        cell: (network) => ports.get(network.id)?.length ?? 0,
        sort: (network) => ports.get(network.id)?.length ?? 0,
        numeric: true,
      },
      {
        title: 'MTU',
        cell: (network) => network.mtu ?? '',
        sort: (network) => network.mtu ?? 0,
        numeric: true,
      },
    ],
  });
}
