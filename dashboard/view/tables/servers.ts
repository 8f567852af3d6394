import type { Server } from '../../api/documents.ts';
import { addressesOf, flavorName, imageName } from '../../model/cloud.ts';
import { nextStep } from '../../model/next-step.ts';
import { serverMatches } from '../../model/search.ts';
import { statusText } from '../../model/status.ts';
import { age, nameOf, timeOf } from '../../model/words.ts';
import type { Context } from '../context.ts';
import { h, type Child } from '../element.ts';
import { emptyState, floatingMark, mono, serverLink, statusBadge } from '../parts.ts';
import { table } from '../table.ts';
import { projectColumn } from './project.ts';

export function serversTable(context: Context): Child {
  const { cloud, words, session } = context;
  const step = nextStep(cloud);
  const now = new Date();
  return table<Server>(context, {
    name: 'servers',
    caption: 'Servers',
    items: cloud.servers.filter((server) => serverMatches(cloud, server, words)),
    keyOf: (server) => server.id,
    isOpen: (server) => server.id === context.route.server,
    empty:
      words.length > 0 && cloud.servers.length > 0
        ? emptyState('No server matches what you are looking for.')
        : emptyState(
            step?.sentence ?? 'There is no server yet.',
            step?.command ??
              'openstack server create --image busybox --flavor m1.tiny --network private --wait first',
          ),
    columns: [
      {
        title: 'Name',
        cell: (server) => serverLink(context, server),
        sort: nameOf,
      },
      ...projectColumn<Server>(context, (server) => server.tenant_id),
      {
        title: 'Status',
        cell: (server) => statusBadge(server.status, statusText(server)),
        sort: (server) => server.status,
        short: true,
      },
      {
        title: 'Addresses',
        cell: (server) => addressesOf(cloud, server).map((each) => addressLine(each)),
        sort: (server) => addressesOf(cloud, server)[0]?.address ?? '',
        short: true,
      },
      {
        title: 'Flavor',
        cell: (server) => flavorName(cloud, server),
        sort: (server) => flavorName(cloud, server),
      },
      {
        title: 'Image',
        cell: (server) => imageName(cloud, server),
        sort: (server) => imageName(cloud, server),
      },
      ...(session.isAdmin
        ? [
            {
              title: 'Host',
              cell: (server: Server) => server['OS-EXT-SRV-ATTR:host'] ?? 'none yet',
              sort: (server: Server) => server['OS-EXT-SRV-ATTR:host'] ?? '',
              short: true,
            },
          ]
        : []),
      {
        title: 'Age',
        cell: (server) => age(timeOf(server.created), now),
        sort: (server) => -timeOf(server.created).getTime(),
        numeric: true,
      },
    ],
  });
}

const addressLine = (each: { network: string; address: string; floating: readonly string[] }) =>
  h(
    'div',
    { class: 'address', key: each.address },
    h('span', { class: 'quiet' }, each.network, ' '),
    mono(each.address),
    each.floating.map(floatingMark),
  );
