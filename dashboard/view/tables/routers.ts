import type { Router } from '../../api/documents.ts';
import { matches } from '../../model/search.ts';
import { nameOf } from '../../model/words.ts';
import type { Context } from '../context.ts';
import { h, type Child } from '../element.ts';
import { emptyState, mono, statusBadge } from '../parts.ts';
import { table } from '../table.ts';
import { projectColumn } from './project.ts';

export function routersTable(context: Context): Child {
  const { cloud, words } = context;
  const networkName = (id: string) => {
    const network = cloud.networkById.get(id);
    return network ? nameOf(network) : id;
  };
  const interfaces = (router: Router) =>
    (cloud.interfacesOfRouter.get(router.id) ?? []).flatMap((port) =>
      port.fixed_ips.map((fixed) => ({
        network: networkName(port.network_id),
        address: fixed.ip_address,
      })),
    );
  const gateway = (router: Router) =>
    router.external_gateway_info
      ? [
          networkName(router.external_gateway_info.network_id),
          ...(router.external_gateway_info.external_fixed_ips ?? []).map((each) => each.ip_address),
        ]
      : [];
  return table<Router>(context, {
    name: 'routers',
    caption: 'Routers',
    items: cloud.routers.filter((router) =>
      matches(
        words,
        router.name,
        router.id,
        router.status,
        ...gateway(router),
        ...interfaces(router).flatMap((each) => [each.network, each.address]),
      ),
    ),
    keyOf: (router) => router.id,
    empty:
      words.length > 0
        ? emptyState('No router matches what you are looking for.')
        : emptyState(
            'There is no router yet. One joins networks to each other and to the outside.',
            'openstack router create edge',
            'openstack router set --external-gateway public edge',
          ),
    columns: [
      { title: 'Name', cell: nameOf, sort: nameOf },
      ...projectColumn<Router>(context, (item) => item.project_id),
      {
        title: 'Status',
        cell: (router) => statusBadge(router.status),
        sort: (router) => router.status,
      },
      {
        title: 'Outside',
        cell: (router) => {
          const [network, ...addresses] = gateway(router);
          if (network === undefined) return h('span', { class: 'quiet' }, 'no gateway');
          return [
            h('span', { class: 'quiet' }, `${network} `),
            mono(addresses.join(', ')),
            router.external_gateway_info?.enable_snat === false
              ? h('span', { class: 'quiet' }, ', without SNAT')
              : null,
          ];
        },
        sort: (router) => gateway(router).join(' '),
      },
      {
        title: 'Inside',
        cell: (router) => {
          const found = interfaces(router);
          if (found.length === 0) return h('span', { class: 'quiet' }, 'joins no network');
          return found.map(({ network, address }) =>
            h('div', { key: address }, h('span', { class: 'quiet' }, `${network} `), mono(address)),
          );
        },
        sort: (router) => interfaces(router).length,
      },
    ],
  });
}
