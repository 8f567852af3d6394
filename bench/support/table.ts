/** A cell: numbers keep their unit in the column's title. */
export type Cell = string | number;

/** What one part of the bench found out. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** What a reader must know to judge the numbers: sample sizes, what the floor is. */
  readonly notes: readonly string[];
}

/** `yes` or `NO` for a target, by whether the value is at most the limit. */
export const met = (value: number, limit: number): string => (value <= limit ? 'yes' : 'NO');

/** Markdown of a table, aligned so that it can be read in a terminal as well. */
export function markdown({ title, columns, rows, notes }: Table): string {
  const cells = [columns, ...rows].map((row) => row.map((cell) => format(cell)));
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const numeric = columns.map((_, column) =>
    rows.some((row) => typeof row[column] === 'number' && !Number.isNaN(row[column])),
  );
  const line = (row: readonly string[]) =>
    `| ${row
      .map((cell, column) =>
        numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join(' | ')} |`;
  const rule = `|${widths
    .map((width, column) => '-'.repeat(width + 1) + (numeric[column] ? ':' : '-'))
    .join('|')}|`;
  const [head, ...body] = cells;
  return [
    `## ${title}`,
    '',
    line(head!),
    rule,
    ...body.map(line),
    '',
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

/** Three digits that say something; an empty cell where there is nothing to say. */
function format(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  if (Number.isNaN(cell)) return '';
  if (Number.isInteger(cell) || Math.abs(cell) >= 100) return cell.toFixed(0);
  return Math.abs(cell) >= 10 ? cell.toFixed(1) : cell.toFixed(2);
}
