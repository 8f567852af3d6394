import type { Tone } from '../model/status.ts';
import { h, type VirtualElement } from './element.ts';

const icon = (name: string, ...children: VirtualElement[]): VirtualElement =>
  h(
    'svg',
    { class: `icon icon-${name}`, viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
    ...children,
  );

const shape = (d: string) => h('path', { d, fill: 'currentColor' });
const line = (d: string) =>
  h('path', {
    d,
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': '1.6',
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  });

/** Each tone has a shape, so that colour is never the only sign. */
const SHAPES: Readonly<Record<Tone, VirtualElement>> = {
  good: shape('M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Z'),
  busy: h('path', {
    d: 'M8 3a5 5 0 1 1-5 5',
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': '2.6',
    'stroke-linecap': 'round',
  }),
  paused: shape('M3.5 3h3.2v10H3.5zM9.3 3h3.2v10H9.3z'),
  off: h('rect', {
    x: '3.2',
    y: '3.2',
    width: '9.6',
    height: '9.6',
    rx: '1',
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': '2.2',
  }),
  bad: shape('M8 1.8 15 14H1L8 1.8Z'),
};

export const toneIcon = (tone: Tone): VirtualElement => icon(`tone tone-${tone}`, SHAPES[tone]);
export const closeIcon = (): VirtualElement => icon('close', line('M3.5 3.5l9 9M12.5 3.5l-9 9'));
export const refreshIcon = (): VirtualElement =>
  icon('refresh', line('M13 3v3.5H9.5M13 6.5A5.5 5.5 0 1 0 13.4 9'));
export const outsideIcon = (): VirtualElement =>
  icon('outside', line('M5 11 11.5 4.5M6.5 4h5.5v5.5'));
export const globeIcon = (): VirtualElement =>
  icon(
    'globe',
    line('M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2ZM2 8h12M8 2c4 4 4 8 0 12M8 2c-4 4-4 8 0 12'),
  );
export const searchIcon = (): VirtualElement =>
  icon('search', line('M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.5 10.5 14 14'));
export const routerIcon = (): VirtualElement =>
  icon('router', line('M5.5 5.5 2.5 8l3 2.5M10.5 5.5l3 2.5-3 2.5M2.5 8h11'));

/** The ovenbird's house: a dome of clay with its door. Same drawing as `icon.svg`. */
export const mark = (): VirtualElement =>
  h(
    'svg',
    { class: 'mark', viewBox: '0 0 32 32', 'aria-hidden': 'true', focusable: 'false' },
    h('path', { class: 'mark-branch', d: 'M1 26.5h30v3H1z' }),
    h('path', { class: 'mark-dome', d: 'M3 26C3 14 8.5 5 16.5 5S29 14 29 26Z' }),
    h('path', {
      class: 'mark-door',
      d: 'M12 26c0-7.5 2-12 6.2-12 3 0 5 2.6 5 6.2 0 2.6-1.3 4.3-3.1 4.3-1.5 0-2.4-1-2.4-2.3',
    }),
  );
