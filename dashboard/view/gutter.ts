import type { WireRow } from '../model/wires.ts';
import { h, type VirtualElement } from './element.ts';

/** Widths in pixels; `style/picture.css` sets the gutter's width from the same numbers. */
const COLUMN = 20;
const MARGIN = 12;
/** Where in a row its joints are: at the middle of a lane's heading. */
const JOINT = 28;

const x = (column: number): number => MARGIN + column * COLUMN;

/**
 * The wires that pass one row. Each row draws its own part from its upper to its lower edge, so that rows may
 * be of any height and nothing has to be measured. For the eye only: the lanes say the same in words.
 */
export function gutter({ wires, node }: WireRow, columns: number): VirtualElement {
  const right = x(columns - 1) + MARGIN;
  const line = (hue: number, x1: number, y1: number | string, x2: number, y2: number | string) =>
    h('line', { class: `wire hue-${hue}`, x1, y1, x2, y2 });
  const dot = (hue: number, column: number) =>
    h('circle', { class: `dot hue-${hue}`, cx: x(column), cy: JOINT, r: 4 });
  const drawing = h(
    'svg',
    { width: right, height: '100%', 'aria-hidden': 'true', focusable: 'false' },
    wires.map(({ hue, column, up, down }) => [
      // One pixel into the row above: rows may begin between two pixels.
      up ? line(hue, x(column), -1, x(column), JOINT) : null,
      down ? line(hue, x(column), JOINT, x(column), '100%') : null,
    ]),
    wires.map(({ hue, column, joint }) =>
      joint === undefined
        ? null
        : [
            line(hue, x(column), JOINT, joint === 'lane' ? right : x(joint), JOINT),
            dot(hue, column),
          ],
    ),
    node
      ? h('circle', { class: `node hue-${node.hue}`, cx: x(node.column), cy: JOINT, r: 7 })
      : null,
  );
  return h('div', { class: 'gutter', style: { '--width': `${right}px` } }, drawing);
}
