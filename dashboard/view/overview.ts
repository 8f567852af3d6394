import type { Server } from '../api/documents.ts';
import { nextStep } from '../model/next-step.ts';
import { linkTo } from '../model/route.ts';
import { count, mebibytes } from '../model/words.ts';
import type { Context } from './context.ts';
import { h, type Child, type VirtualElement } from './element.ts';
import { command, serverLink, statusBadge } from './parts.ts';
import { picture } from './picture.ts';

/** Servers in ERROR that are named on the overview; the table has them all. */
const ATTENTION_LIMIT = 5;

export function overview(context: Context): Child {
  return [figures(context), attention(context), next(context), picture(context)];
}

/** The sizes of things at one glance. */
function figures({ cloud }: Context): VirtualElement {
  const inUse = cloud.floatingIps.filter((floating) => floating.port_id !== null).length;
  const sizes = cloud.servers.map((server) => ({
    vcpus: server.flavor.vcpus ?? cloud.flavorById.get(server.flavor.id ?? '')?.vcpus ?? 0,
    memory: server.flavor.ram ?? cloud.flavorById.get(server.flavor.id ?? '')?.ram ?? 0,
  }));
  const vcpus = sizes.reduce((sum, each) => sum + each.vcpus, 0);
  const memory = sizes.reduce((sum, each) => sum + each.memory, 0);
  const active = cloud.servers.filter((server) => server.status === 'ACTIVE').length;
  const inner = cloud.networks.filter((network) => !network['router:external']).length;
  return h(
    'dl',
    { class: 'figures', key: 'figures' },
    figure(
      'Servers',
      cloud.servers.length,
      cloud.servers.length === 0 ? 'none yet' : `${active} ACTIVE`,
    ),
    figure(
      'Size of all servers',
      count(vcpus, 'vCPU'),
      memory === 0 ? 'nothing yet' : `${mebibytes(memory)} memory`,
    ),
    figure(
      'Networks',
      cloud.networks.length,
      `${inner} inner, ${count(cloud.routers.length, 'router')}`,
    ),
    figure(
      'Floating IPs',
      cloud.floatingIps.length,
      cloud.floatingIps.length === 0 ? 'none yet' : `${inUse} in use`,
    ),
  );
}

const figure = (label: string, value: string | number, note: string): VirtualElement =>
  h(
    'div',
    { class: 'figure', key: label },
    h('dt', null, label),
    h('dd', { class: 'figure-value' }, value),
    h('dd', { class: 'figure-note' }, note),
  );

/** Servers in ERROR, each with its reason. */
function attention(context: Context): Child {
  const failed = context.cloud.servers.filter((server) => server.status === 'ERROR');
  if (failed.length === 0) return null;
  const more = failed.length - ATTENTION_LIMIT;
  return h(
    'section',
    { class: 'attention', 'aria-labelledby': 'attention-title', key: 'attention' },
    h('h2', { id: 'attention-title' }, `${count(failed.length, 'server')} in ERROR`),
    h(
      'ul',
      null,
      failed.slice(0, ATTENTION_LIMIT).map((server) => failure(context, server)),
      more > 0
        ? h(
            'li',
            { key: 'more' },
            h(
              'a',
              { href: linkTo({ view: 'servers', server: undefined }) },
              `${more} more in the table of servers`,
            ),
          )
        : null,
    ),
  );
}

const failure = (context: Context, server: Server): VirtualElement =>
  h(
    'li',
    { key: server.id },
    statusBadge(server.status, ''),
    serverLink(context, server),
    h('span', { class: 'reason' }, server.fault?.message ?? 'No reason was given.'),
  );

/** What a person who has just begun may want to type. */
function next({ cloud, loaded }: Context): Child {
  const needed = ['servers', 'networks', 'subnets', 'ports', 'routers', 'floatingIps'] as const;
  if (!needed.every((name) => loaded.has(name))) return null;
  const step = nextStep(cloud);
  if (step === undefined) return null;
  return h(
    'section',
    { class: 'next-step', 'aria-labelledby': 'next-title', key: 'next' },
    h('h2', { id: 'next-title' }, 'Next'),
    h('p', null, step.sentence),
    command(step.command),
  );
}
