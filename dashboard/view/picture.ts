import type { NetworkLane, Picture, Row, RouterRow } from '../model/picture.ts';
import { pictureOf } from '../model/picture.ts';
import { linkTo } from '../model/route.ts';
import { countByStatus, toneOf } from '../model/status.ts';
import { count, listed, nameOf, shellWord } from '../model/words.ts';
import type { Context } from './context.ts';
import { h, type Child, type VirtualElement } from './element.ts';
import { globeIcon, routerIcon, toneIcon } from './icons.ts';
import { command, mono } from './parts.ts';
import { gutter } from './gutter.ts';
import { tilesView } from './tiles.ts';

/** From this many servers on, tiles are one line high. */
const DENSE = 40;
/** Floating IPs of an outer network that are drawn at most; the table has them all. */
const CHIP_LIMIT = 24;

/** Networks as lanes with their servers, routers between them, wires beside them. */
export function picture(context: Context): Child {
  const { cloud } = context;
  const drawn = pictureOf(cloud);
  const dense = cloud.servers.length >= DENSE;
  return h(
    'section',
    { class: 'picture-section', 'aria-labelledby': 'picture-title', key: 'picture' },
    h(
      'div',
      { class: 'section-head' },
      h('h2', { id: 'picture-title' }, 'Networks and servers'),
      legend(context),
    ),
    drawn.rows.length === 0
      ? null
      : h(
          'ul',
          { class: `picture${dense ? ' dense' : ''}` },
          drawn.rows.map((row, index) => rowView(context, drawn, row, index)),
        ),
  );
}

/** What the shapes mean, with how many there are of each. */
function legend({ cloud }: Context): Child {
  if (cloud.servers.length === 0) return null;
  return h(
    'ul',
    { class: 'legend', 'aria-label': 'Servers by status' },
    countByStatus(cloud.servers).map(([status, amount]) =>
      h(
        'li',
        { class: `tone-${toneOf(status)}`, key: status },
        toneIcon(toneOf(status)),
        h('span', null, `${amount} ${status}`),
      ),
    ),
  );
}

function rowView(context: Context, drawn: Picture, row: Row, index: number): VirtualElement {
  const wires = drawn.wires[index];
  return h(
    'li',
    { class: `row row-${row.kind}`, key: row.key },
    wires && drawn.columns > 0 ? gutter(wires, drawn.columns) : null,
    row.kind === 'router'
      ? routerView(row)
      : row.kind === 'network'
        ? laneView(context, row)
        : h(
            'div',
            { class: 'lane' },
            h('div', { class: 'lane-head' }, h('h3', null, 'Not in a network')),
            tilesView(context, row.key, 'Servers that are not in a network', row.tiles),
          ),
  );
}

function routerView({ router, gateway, gatewayAddresses, networks }: RouterRow): VirtualElement {
  const outside = gateway
    ? `${gatewayAddresses.join(', ')} in ${nameOf(gateway)}${
        router.external_gateway_info?.enable_snat === false ? ', without SNAT' : ''
      }`
    : router.external_gateway_info
      ? gatewayAddresses.join(', ')
      : 'no gateway to the outside';
  return h(
    'div',
    { class: 'router' },
    h('h3', null, routerIcon(), h('span', { class: 'unseen' }, 'Router '), nameOf(router)),
    router.status === 'ACTIVE'
      ? null
      : h(
          'span',
          { class: `status tone-${toneOf(router.status)}` },
          toneIcon(toneOf(router.status)),
          router.status,
        ),
    h('span', { class: 'quiet' }, outside),
    h(
      'span',
      { class: 'unseen' },
      networks.length > 0 ? `; joins ${listed(networks.map(nameOf))}` : '; joins no network',
    ),
  );
}

function laneView(context: Context, lane: NetworkLane): VirtualElement {
  const { network, external, subnets, legs, tiles } = lane;
  return h(
    'div',
    { class: `lane${external ? ' external' : ''}` },
    h(
      'div',
      { class: 'lane-head' },
      h('h3', null, external ? globeIcon() : null, nameOf(network)),
      external ? h('span', { class: 'badge' }, 'external') : null,
      network.shared ? h('span', { class: 'badge' }, 'shared') : null,
      context.allProjects
        ? h('span', { class: 'badge' }, `project ${context.cloud.projectName(network.project_id)}`)
        : null,
      network.admin_state_up ? null : h('span', { class: 'badge warning' }, 'switched off'),
      subnets.map((subnet) =>
        h('span', { class: 'subnet mono', title: subnet.name, key: subnet.id }, subnet.cidr),
      ),
      network.subnets.length === 0 ? h('span', { class: 'quiet' }, 'no subnet') : null,
      legs.map(({ router, addresses }) =>
        h(
          'span',
          { class: 'quiet leg', key: router.id },
          h('span', { class: 'mono' }, addresses.join(', ')),
          ` on ${nameOf(router)}`,
        ),
      ),
      h(
        'span',
        { class: 'lane-count' },
        external && tiles.length === 0 ? null : count(tiles.length, 'server'),
      ),
    ),
    external ? floatingChips(context, lane) : null,
    tiles.length > 0
      ? tilesView(context, lane.key, `Servers in ${nameOf(network)}`, tiles)
      : external
        ? null
        : emptyLane(lane),
  );
}

/** The command that would put something into this lane. */
function emptyLane({ network, subnets }: NetworkLane): VirtualElement {
  const name = shellWord(network.name || network.id);
  return h(
    'p',
    { class: 'lane-empty' },
    subnets.length === 0 && network.subnets.length === 0
      ? [
          'It needs a subnet before servers can live in it: ',
          command(
            `openstack subnet create --network ${name} --subnet-range 10.0.0.0/24 ${name}-subnet`,
          ),
        ]
      : 'No servers here.',
  );
}

/** Floating IPs in their outer network, each with where it leads. */
function floatingChips(context: Context, { floatingIps, network }: NetworkLane): Child {
  const { cloud, route } = context;
  if (floatingIps.length === 0) {
    return h('p', { class: 'lane-empty' }, 'No floating IPs.');
  }
  const free = floatingIps.filter((each) => each.port_id === null).length;
  const summary = `${count(floatingIps.length, 'floating IP')}, ${free} not in use`;
  if (floatingIps.length > CHIP_LIMIT) {
    return h(
      'p',
      { class: 'lane-empty' },
      h('a', { href: linkTo({ view: 'floating-ips', server: undefined }) }, summary),
    );
  }
  return h(
    'ul',
    { class: 'chips', 'aria-label': `Floating IPs in ${nameOf(network)}` },
    floatingIps.map((floating) => {
      const port = cloud.portById.get(floating.port_id ?? '');
      const server = port && cloud.serverById.get(port.device_id);
      return h(
        'li',
        { class: floating.port_id === null ? 'chip free' : 'chip', key: floating.id },
        mono(floating.floating_ip_address),
        server
          ? [
              h('span', { 'aria-hidden': 'true' }, ' → '),
              h('span', { class: 'unseen' }, ' leads to '),
              h('a', { href: linkTo({ view: route.view, server: server.id }) }, nameOf(server)),
            ]
          : floating.port_id === null
            ? h('span', { class: 'quiet' }, ' not in use')
            : h('span', { class: 'quiet' }, ` → ${floating.fixed_ip_address ?? 'a port'}`),
      );
    }),
  );
}
