import pg from 'pg';

const { builtins, getTypeParser, setTypeParser } = pg.types;
/** PostgreSQL's number of the type `text[]` (pg_type). */
const TEXT_ARRAY = 1009;

const DIGIT_ZERO = 48;
const two = (text: string, at: number): number =>
  (text.charCodeAt(at) - DIGIT_ZERO) * 10 + text.charCodeAt(at + 1) - DIGIT_ZERO;

const anyTime = getTypeParser(builtins.TIMESTAMPTZ) as (text: string) => Date;

/** A time as PostgreSQL writes it where the zone is UTC, `2026-01-31 23:59:59.123456+00`; other forms by pg's own parser. */
export function parseTime(text: string): Date {
  const { length } = text;
  // Year of four digits, no 'BC', hours of the zone alone.
  if (length < 22 || length > 29 || text.charCodeAt(4) !== 45 || !text.endsWith('+00')) {
    return anyTime(text);
  }
  let milliseconds = 0;
  let worth = 100;
  for (let at = 20; at < length - 3 && worth >= 1; at++, worth /= 10) {
    milliseconds += (text.charCodeAt(at) - DIGIT_ZERO) * worth;
  }
  const year = two(text, 0) * 100 + two(text, 2);
  // Years below 100 mean others to Date.UTC.
  if (year < 100) return anyTime(text);
  return new Date(
    Date.UTC(
      year,
      two(text, 5) - 1,
      two(text, 8),
      two(text, 11),
      two(text, 14),
      two(text, 17),
      milliseconds,
    ),
  );
}

const textArray = getTypeParser(TEXT_ARRAY as never) as (text: string) => unknown;

/**
 * Has pg read columns in less time than by its own parsers, which counts where lists have thousands of rows, and
 * bigint and numeric as numbers: nothing of ours comes near 2^53.
 */
export function useOwnParsers(): void {
  setTypeParser(builtins.INT8, Number);
  setTypeParser(builtins.NUMERIC, Number);
  setTypeParser(builtins.TIMESTAMPTZ, parseTime);
  setTypeParser(TEXT_ARRAY as never, (text: string) => (text === '{}' ? [] : textArray(text)));
}
