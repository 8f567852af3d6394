import { createInterface } from 'node:readline/promises';

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Rows in columns, the header first; the last column is left as wide as it is. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Asks a person; only a plain yes is one. Without a terminal nobody can be asked. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new Error('this cannot be undone and there is no terminal to ask on: add --yes');
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await lines.question(`${question} Type "yes": `);
    return answer.trim().toLowerCase() === 'yes';
  } finally {
    lines.close();
  }
}

/** Seconds as people read them: `3 d 4 h`, `12 min`, `40 s`. */
export function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** A text as one word of any POSIX shell. */
export const shellWord = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;
