const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Names in the order people expect: `web-2` before `web-10`. */
export const compareNames = (a: string, b: string): number => collator.compare(a, b);

/** `1 server`, `2 servers` */
export const count = (amount: number, one: string, many = `${one}s`): string =>
  `${amount.toLocaleString('en')} ${amount === 1 ? one : many}`;

/** A list as a sentence has it: `a, b and c`. */
export const listed = (items: readonly string[]): string =>
  items.length < 2
    ? (items[0] ?? '')
    : `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** An amount of bytes with three digits: `1.02 MiB`. */
export function bytes(amount: number): string {
  let value = amount;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${UNITS[unit]}`;
}

/** An amount of MiB in the unit that suits it. */
export const mebibytes = (amount: number): string => bytes(amount * 1024 * 1024);

/** A name, or the beginning of the id of what has none. */
export const nameOf = (thing: { readonly id: string; readonly name?: string | null }): string =>
  thing.name || `(${thing.id.slice(0, 8)})`;

/** Time as services print it (`2026-01-31T12:00:00Z`, or without zone, which means UTC) as a Date. */
export const timeOf = (text: string): Date =>
  new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);

/** How long ago that was, coarsely: `5 min`, `3 h`, `12 d`. */
export function age(since: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - since.getTime()) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} d`;
}

/** ESC sequences (ECMA-48: CSI, OSC and two-character ones). */
const ESCAPES =
  // oxlint-disable-next-line no-control-regex
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;

/** What a terminal would show of a console's output, without colours and cursor movements. */
export function plainConsole(output: string): string {
  return (
    output
      .replace(ESCAPES, '')
      .replaceAll('\r\n', '\n')
      .split('\n')
      .map((line) => line.slice(line.replace(/\r+$/, '').lastIndexOf('\r') + 1).replace(/\r+$/, ''))
      .join('\n')
      // oxlint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
  );
}

/** A word as the shell takes it: quoted where it must be. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
