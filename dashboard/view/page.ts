import type { CollectionName } from '../api/documents.ts';
import { linkTo, VIEWS, type View } from '../model/route.ts';
import { serverMatches } from '../model/search.ts';
import { count } from '../model/words.ts';
import type { Context } from './context.ts';
import { h, type Child, type VirtualElement } from './element.ts';
import { mark, searchIcon } from './icons.ts';
import { overview } from './overview.ts';
import { errorText } from './parts.ts';
import { serverPanel } from './server-panel.ts';
import { floatingIpsTable } from './tables/floating-ips.ts';
import { hypervisorsTable } from './tables/hypervisors.ts';
import { imagesTable } from './tables/images.ts';
import { networksTable } from './tables/networks.ts';
import { routersTable } from './tables/routers.ts';
import { securityGroupsTable } from './tables/security-groups.ts';
import { serversTable } from './tables/servers.ts';

interface ViewDescription {
  readonly title: string;
  /** What it shows first of all: its number stands in the menu. */
  readonly collection?: CollectionName;
  readonly admin?: boolean;
  show(context: Context): Child;
}

const DESCRIPTIONS: Readonly<Record<View, ViewDescription>> = {
  overview: { title: 'Overview', show: overview },
  servers: { title: 'Servers', collection: 'servers', show: serversTable },
  networks: { title: 'Networks', collection: 'networks', show: networksTable },
  routers: { title: 'Routers', collection: 'routers', show: routersTable },
  'floating-ips': { title: 'Floating IPs', collection: 'floatingIps', show: floatingIpsTable },
  'security-groups': {
    title: 'Security groups',
    collection: 'securityGroups',
    show: securityGroupsTable,
  },
  images: { title: 'Images', collection: 'images', show: imagesTable },
  hypervisors: {
    title: 'Hypervisors',
    collection: 'hypervisors',
    admin: true,
    show: hypervisorsTable,
  },
};

/** What collections are called in sentences. */
const NAMES: Readonly<Record<CollectionName, string>> = {
  servers: 'Servers',
  flavors: 'Flavors',
  networks: 'Networks',
  subnets: 'Subnets',
  ports: 'Ports',
  routers: 'Routers',
  floatingIps: 'Floating IPs',
  securityGroups: 'Security groups',
  images: 'Images',
  hypervisors: 'Hypervisors',
  projects: 'Projects',
};

export const titleOf = (view: View): string => DESCRIPTIONS[view].title;

/** The whole page of a person who is signed in. */
export function page(context: Context): readonly VirtualElement[] {
  const { route } = context;
  const description = DESCRIPTIONS[route.view];
  return [
    h(
      'a',
      { class: 'skip', href: '#main', on: { click: skipToMain }, key: 'skip' },
      'Skip to content',
    ),
    header(context),
    menu(context),
    h(
      'div',
      { class: `body${route.server === undefined ? '' : ' with-panel'}`, key: 'body' },
      h(
        'main',
        { id: 'main', tabindex: -1 },
        notices(context),
        h(
          'div',
          { key: route.view, class: 'view' },
          h(
            'h1',
            { class: route.view === 'overview' ? 'unseen' : undefined, key: 'title' },
            description.title,
          ),
          content(context, description),
        ),
      ),
      serverPanel(context),
    ),
  ];
}

/** `#main` is a place in the page, while the page's own links use the fragment for views. */
function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function content(context: Context, description: ViewDescription): Child {
  if (description.admin && !context.session.isAdmin) {
    return h('p', { class: 'empty' }, 'Only administrators of the cloud may see this.');
  }
  const needed = description.collection ?? 'networks';
  if (context.loaded.has(needed)) return description.show(context);
  return context.problems.has(needed) || context.silentSince
    ? null
    : h('p', { class: 'quiet', key: 'reading' }, 'Reading the cloud …');
}

function header(context: Context): VirtualElement {
  const { session, seen, actions } = context;
  return h(
    'header',
    { class: 'top', key: 'header' },
    h(
      'a',
      { class: 'brand', href: linkTo({ view: 'overview', server: undefined }) },
      mark(),
      'Ovenbird',
    ),
    h(
      'dl',
      { class: 'who' },
      h('div', null, h('dt', null, 'Cloud'), h('dd', { class: 'mono' }, location.host)),
      h('div', null, h('dt', null, 'Project'), h('dd', null, session.project.name)),
      h('div', null, h('dt', null, 'User'), h('dd', null, session.user.name)),
    ),
    session.isAdmin
      ? h(
          'label',
          { class: 'check' },
          h('input', {
            type: 'checkbox',
            on: {
              change: (event) =>
                actions.showAllProjects((event.currentTarget as HTMLInputElement).checked),
            },
          }),
          'All projects',
        )
      : null,
    h(
      'span',
      { class: 'seen', title: 'When the newest answer came; asked again every 3 seconds' },
      seen ? `as of ${seen.toLocaleTimeString()}` : '',
    ),
    h(
      'button',
      { type: 'button', class: 'button', on: { click: () => actions.signOut() } },
      'Sign out',
    ),
  );
}

function menu(context: Context): VirtualElement {
  const { session, cloud, route, loaded, words, actions } = context;
  return h(
    'div',
    { class: 'menu', key: 'menu' },
    h(
      'nav',
      { 'aria-label': 'Views' },
      h(
        'ul',
        null,
        VIEWS.filter((view) => session.isAdmin || !DESCRIPTIONS[view].admin).map((view) => {
          const { title, collection } = DESCRIPTIONS[view];
          return h(
            'li',
            { key: view },
            h(
              'a',
              {
                href: linkTo({ view, server: undefined }),
                'aria-current': view === route.view ? 'page' : undefined,
              },
              title,
              collection && loaded.has(collection)
                ? h('span', { class: 'number' }, ' ', cloud[collection].length.toLocaleString('en'))
                : null,
            ),
          );
        }),
      ),
    ),
    h(
      'label',
      { class: 'find' },
      searchIcon(),
      h('span', { class: 'unseen' }, 'Find'),
      h('input', {
        type: 'search',
        id: 'find',
        placeholder: 'Find name, address, status',
        autocomplete: 'off',
        spellcheck: 'false',
        maxlength: 200,
        on: { input: (event) => actions.search((event.currentTarget as HTMLInputElement).value) },
      }),
    ),
    h(
      'span',
      { class: 'found', role: 'status' },
      words.length > 0
        ? `${cloud.servers.filter((server) => serverMatches(cloud, server, words)).length} of ${count(cloud.servers.length, 'server')}`
        : null,
    ),
  );
}

/** What went wrong with the reading, in the services' own words. */
function notices({ problems, silentSince, seen }: Context): VirtualElement {
  const byWords = Map.groupBy(problems, ([, error]) => error.message);
  return h(
    'div',
    { class: 'notices', role: 'status', key: 'notices' },
    silentSince
      ? h(
          'div',
          { class: 'notice', key: 'silent' },
          h('strong', null, `${location.host} does not answer. `),
          seen
            ? `Below is what was there at ${seen.toLocaleTimeString()}. It is asked again every 3 seconds; the cloud restarts its control plane by itself. If it stays away:`
            : 'It is asked again every 3 seconds. If it stays away:',
          ' ',
          h('code', { class: 'command' }, 'npx ovenbird status'),
        )
      : null,
    [...byWords].map(([words, entries]) =>
      h(
        'div',
        { class: 'notice', key: words },
        h('strong', null, `${entries.map(([name]) => NAMES[name]).join(', ')}: `),
        errorText((entries[0] as (typeof entries)[0])[1]),
      ),
    ),
  );
}
