import { Fault } from '../../../core/errors.ts';
import { booleanOf } from '../language/parameters.ts';
import type { Value } from '../language/index.ts';
import { wordOf } from '../language/value.ts';

const bad = (message: string): Fault => new Fault('badRequest', message);

/** A yes or no of a body or a query. */
export function truth(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined || value === null) return fallback;
  const found = ['string', 'boolean'].includes(typeof value)
    ? booleanOf(value as Value)
    : undefined;
  if (found === undefined)
    throw bad(
      `Unrecognized value "${wordOf(value)}" for "${name}", acceptable values are: true, false.`,
    );
  return found;
}

/** A whole number that is not negative; null when there is none. */
export function wholeNumber(name: string, value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null;
  const number = Number(value);
  if (!Number.isInteger(number) || typeof value === 'boolean' || number < 0 || number > 2 ** 31) {
    throw bad(
      `Value '${wordOf(value)}' is invalid for '${name}' which only accepts non-negative integer.`,
    );
  }
  return number;
}

/** Minutes that an action may take; null for the cloud's own. */
export const minutesOf = (value: unknown): number | null =>
  wholeNumber('timeout_mins', value) || null;

/** Tags, as a text with commas or a list. */
export function tagsOf(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const list = Array.isArray(value)
    ? (value as unknown[])
    : wordOf(value)
        .split(',')
        .map((tag) => tag.trim());
  const tags = list.filter((tag) => tag !== '');
  for (const tag of tags) {
    if (typeof tag !== 'string') throw bad(`Invalid tag, "${wordOf(tag)}" is not a string.`);
    if (tag.length > 80)
      throw bad(`Invalid tag, "${tag.slice(0, 80)}…" is longer than 80 characters.`);
    if (tag.includes(',')) throw bad(`Invalid tag, "${tag}" contains a comma.`);
  }
  if (tags.length > 80) throw bad('A stack has 80 tags at most.');
  return [...new Set(tags as string[])];
}

const NAME = /^[a-zA-Z][a-zA-Z0-9_.-]{0,254}$/;

export function nameOf(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw bad('No stack name specified');
  if (NAME.test(value)) return value;
  throw new Fault(
    'badRequest',
    `Invalid stack name ${value.slice(0, 255)} must contain only alphanumeric or "_-." characters, must start with alpha and must be 255 characters or less.`,
    { type: 'StackValidationFailed' },
  );
}
