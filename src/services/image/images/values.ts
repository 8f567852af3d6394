import type { TSchema } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { badRequest } from '../../../core/errors.ts';

/** Checks one value of a patch; the fault names the attribute and what it may be. */
export function check(schema: TSchema, value: unknown, name: string): void {
  if (Check(schema, value)) return;
  const errors = Errors(schema, value);
  const choices = errors
    .filter(({ keyword }) => keyword === 'const')
    .map((error) => String((error.params as { allowedValue?: unknown }).allowedValue));
  const what =
    choices.length > 0
      ? `must be one of ${choices.join(', ')}`
      : (errors[0]?.message ?? 'is not valid');
  throw badRequest(`Invalid input for field/attribute ${name}: it ${what}.`);
}
