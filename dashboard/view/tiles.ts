import type { Tile } from '../model/picture.ts';
import { linkTo } from '../model/route.ts';
import { serverMatches } from '../model/search.ts';
import { statusText, toneOf } from '../model/status.ts';
import { listed, nameOf } from '../model/words.ts';
import type { Context } from './context.ts';
import { h, type VirtualElement } from './element.ts';
import { outsideIcon, toneIcon } from './icons.ts';

/** Tiles of a lane that are drawn at most; the table has them all. */
const TILE_LIMIT = 600;

/** Servers side by side. One of them is reached by the tabulator key, the arrow keys lead to the others. */
export function tilesView(
  context: Context,
  group: string,
  label: string,
  tiles: readonly Tile[],
): VirtualElement {
  const shown = tiles.slice(0, TILE_LIMIT);
  const remembered = context.reached.get(group);
  const reached = shown.some((each) => each.key === remembered) ? remembered : shown[0]?.key;
  return h(
    'div',
    null,
    h(
      'ul',
      { class: 'tiles', 'aria-label': label, on: { keydown: moveFocus } },
      shown.map((tile) => h('li', { key: tile.key }, tileView(context, group, tile, reached))),
    ),
    tiles.length > shown.length
      ? h(
          'p',
          { class: 'lane-empty' },
          h(
            'a',
            { href: linkTo({ view: 'servers', server: undefined }) },
            `${tiles.length - shown.length} more are in the table of servers`,
          ),
        )
      : null,
  );
}

function tileView(
  context: Context,
  group: string,
  { key, server, addresses, floating, elsewhere }: Tile,
  reached: string | undefined,
): VirtualElement {
  const tone = toneOf(server.status);
  const open = context.route.server === server.id;
  const task = server['OS-EXT-STS:task_state'];
  const found = serverMatches(context.cloud, server, context.words);
  const spoken = [
    nameOf(server),
    statusText(server),
    ...addresses,
    ...floating.map((address) => `floating IP ${address}`),
    ...(elsewhere.length > 0 ? [`also in ${listed(elsewhere.map(nameOf))}`] : []),
  ].join(', ');
  return h(
    'a',
    {
      class: `tile tone-${tone}${found ? '' : ' dimmed'}`,
      href: linkTo({ view: context.route.view, server: server.id }),
      'data-server': server.id,
      tabindex: key === reached ? 0 : -1,
      'aria-label': spoken,
      'aria-current': open ? 'true' : undefined,
      title: spoken,
      on: { focus: () => context.actions.reach(group, key) },
    },
    h('span', { class: 'tile-name' }, toneIcon(tone), h('span', null, nameOf(server))),
    h(
      'span',
      { class: 'tile-status' },
      server.status,
      task ? h('span', { class: 'tile-task' }, ` (${task.replaceAll('_', ' ')})`) : null,
    ),
    h(
      'span',
      { class: 'tile-address mono' },
      addresses[0] ?? (server.status === 'BUILD' ? 'no address yet' : 'no address'),
    ),
    floating.length > 0
      ? h('span', { class: 'tile-floating mono' }, outsideIcon(), floating[0])
      : null,
    elsewhere.length > 0
      ? h('span', { class: 'tile-elsewhere' }, `+ ${listed(elsewhere.map(nameOf))}`)
      : null,
  );
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
};

function moveFocus(event: KeyboardEvent): void {
  const list = event.currentTarget as HTMLElement;
  const links = [...list.querySelectorAll<HTMLElement>('a.tile')];
  const present = links.findIndex((link) => link === document.activeElement);
  if (present === -1) return;
  const step = STEPS[event.key];
  const next =
    event.key === 'Home'
      ? 0
      : event.key === 'End'
        ? links.length - 1
        : step === undefined
          ? -1
          : (below(links, present, event.key) ?? present + step);
  const target = links[next];
  if (target === undefined) return;
  event.preventDefault();
  target.focus();
}

/** For up and down: the tile nearest to the same place in the neighbouring line, if the list has lines. */
function below(links: readonly HTMLElement[], present: number, key: string): number | undefined {
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return undefined;
  const here = links[present]?.getBoundingClientRect();
  if (here === undefined) return undefined;
  const down = key === 'ArrowDown';
  let best: { index: number; distance: number } | undefined;
  links.forEach((link, index) => {
    const there = link.getBoundingClientRect();
    const lines = down ? there.top - here.top : here.top - there.top;
    if (lines < here.height / 2) return;
    const distance = lines * 100 + Math.abs(there.left - here.left);
    if (best === undefined || distance < best.distance) best = { index, distance };
  });
  return best?.index ?? present;
}
