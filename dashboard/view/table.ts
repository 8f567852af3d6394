import { compareNames, count } from '../model/words.ts';
import type { Context } from './context.ts';
import { h, type Child, type VirtualElement } from './element.ts';

/** Rows that are drawn at most; the search finds the others. */
const ROW_LIMIT = 500;

export interface Column<Item> {
  readonly title: string;
  cell(item: Item): Child;
  /** What the column sorts by; a column without it does not. */
  sort?(item: Item): string | number;
  readonly numeric?: boolean;
  /** Stays on one line where there is room for a table. */
  readonly short?: boolean;
}

export interface Table<Item> {
  /** Unique in the page; the sorting is remembered by it. */
  readonly name: string;
  /** For those who cannot see the heading above. */
  readonly caption: string;
  readonly columns: readonly Column<Item>[];
  readonly items: readonly Item[];
  keyOf(item: Item): string;
  /** Marks the row of the thing that is open. */
  isOpen?(item: Item): boolean;
  /** Shown instead of the table when there are no items. */
  readonly empty: Child;
}

/** A table that sorts by its headings; on narrow screens each row becomes a card (style/table.css). */
export function table<Item>(context: Context, options: Table<Item>): Child {
  const { name, caption, columns, items } = options;
  if (items.length === 0) return options.empty;
  const sorting = context.sorting.get(name);
  const by = columns.find((column) => column.title === sorting?.column)?.sort;
  const sorted = by ? items.toSorted((a, b) => compare(by(a), by(b))) : [...items];
  if (by && sorting?.descending) sorted.reverse();
  return [
    h(
      'div',
      { class: 'table-scroll', key: name },
      h(
        'table',
        null,
        h('caption', { class: 'unseen' }, caption),
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            columns.map((column) => heading(context, name, column, sorting)),
          ),
        ),
        h(
          'tbody',
          null,
          sorted.slice(0, ROW_LIMIT).map((item) =>
            h(
              'tr',
              { key: options.keyOf(item), class: options.isOpen?.(item) ? 'open' : undefined },
              columns.map((column, index) =>
                h(
                  index === 0 ? 'th' : 'td',
                  {
                    scope: index === 0 ? 'row' : undefined,
                    class: column.numeric ? 'numeric' : column.short ? 'short' : undefined,
                    'data-title': column.title,
                  },
                  h('div', { class: 'cell' }, column.cell(item)),
                ),
              ),
            ),
          ),
        ),
      ),
    ),
    items.length > ROW_LIMIT
      ? h(
          'p',
          { class: 'note' },
          `The first ${ROW_LIMIT} of ${count(items.length, 'row')} are shown. Type into Find to narrow them down.`,
        )
      : null,
  ];
}

const compare = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : compareNames(String(a), String(b));

function heading<Item>(
  context: Context,
  name: string,
  column: Column<Item>,
  sorting: { column: string; descending: boolean } | undefined,
): VirtualElement {
  const active = sorting?.column === column.title;
  const direction = sorting?.descending ? 'descending' : 'ascending';
  return h(
    'th',
    {
      scope: 'col',
      class: column.numeric ? 'numeric' : undefined,
      'aria-sort': active ? direction : undefined,
    },
    column.sort
      ? h(
          'button',
          {
            type: 'button',
            class: 'sort',
            on: { click: () => context.actions.sort(name, column.title) },
          },
          column.title,
          h(
            'span',
            { class: 'arrow', 'aria-hidden': 'true' },
            active ? (sorting?.descending ? '↓' : '↑') : '',
          ),
        )
      : column.title,
  );
}
