import { ApiError } from '../api/request.ts';
import type { Server } from '../api/documents.ts';
import { linkTo, type View } from '../model/route.ts';
import { toneOf } from '../model/status.ts';
import { nameOf } from '../model/words.ts';
import type { Context } from './context.ts';
import { h, type Child, type VirtualElement } from './element.ts';
import { outsideIcon, toneIcon } from './icons.ts';

/** A status: shape, colour and word. */
export const statusBadge = (status: string, text = status): VirtualElement =>
  h(
    'span',
    { class: `status tone-${toneOf(status)}` },
    toneIcon(toneOf(status)),
    h('span', null, text),
  );

/** A command to be typed; one click selects it whole. */
export const command = (text: string): VirtualElement => h('code', { class: 'command' }, text);

/** What to do where there is nothing yet. */
export const emptyState = (sentence: string, ...commands: string[]): VirtualElement =>
  h('div', { class: 'empty' }, h('p', null, sentence), commands.map(command));

/** The link that opens a server's panel beside the present view. */
export const serverLink = (context: Context, server: Server, view?: View): VirtualElement =>
  h(
    'a',
    {
      href: linkTo({ view: view ?? context.route.view, server: server.id }),
      'data-server': server.id,
      'aria-current': context.route.server === server.id ? 'true' : undefined,
    },
    nameOf(server),
  );

/** An error in the service's own words, with the id by which the cloud's log knows it. */
export function errorText(error: Error): Child {
  if (!(error instanceof ApiError)) return error.message;
  return [
    error.message,
    ' ',
    h(
      'span',
      { class: 'error-reference' },
      `HTTP ${error.status}`,
      error.requestId ? ` · ${error.requestId}` : null,
    ),
  ];
}

/** A label with its value, as in a list of facts. */
export const fact = (label: string, ...value: Child[]): VirtualElement =>
  h('div', { class: 'fact', key: label }, h('dt', null, label), h('dd', null, ...value));

export const mono = (text: string): VirtualElement => h('span', { class: 'mono' }, text);

/** A moment in the reader's own time. */
export const moment = (date: Date): VirtualElement =>
  h(
    'time',
    { datetime: date.toISOString() },
    date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' }),
  );

/** A floating IP behind the address it leads to. The space stands before it, so that a line may break there. */
export const floatingMark = (address: string): Child => [
  ' ',
  h(
    'span',
    { class: 'floating', key: address },
    outsideIcon(),
    h('span', { class: 'unseen' }, 'floating IP '),
    mono(address),
  ),
];
