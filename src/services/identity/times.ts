import { badRequest } from '../../core/errors.ts';

/** A time of the API: ISO 8601, in UTC unless it says otherwise. */
const TIME = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?(Z|[+-]\d\d:?\d\d)?$/;

/** A time of the API with its zone, all digits kept; what is none stays as it is. */
export function withZone(given: string): string {
  const [, time, , , zone] = TIME.exec(given) ?? [];
  return (
    given.replace(' ', 'T') + (zone === undefined ? (time === undefined ? 'T00:00Z' : 'Z') : '')
  );
}

/** Reads a time; one that is none is the caller's mistake, told with the field's name. */
export function readTime(given: string, field: string): Date {
  const read = TIME.test(given) ? new Date(withZone(given)) : new Date(Number.NaN);
  if (Number.isNaN(read.getTime())) {
    throw badRequest(
      `Invalid input for field '${field}': ${given.slice(0, 64)} is no time such as 2030-01-31T12:00:00Z.`,
    );
  }
  return read;
}
