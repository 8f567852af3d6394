import { badRequest } from '../../../core/errors.ts';
import type { Microversion } from '../../operation.ts';
import { has } from '../microversions.ts';

/** What `required` asks for. */
export interface TraitFilter {
  /** Of each of these lists one trait must be there. */
  readonly required: readonly (readonly string[])[];
  /** None of these may be there. */
  readonly forbidden: readonly string[];
}

export const NO_TRAITS: TraitFilter = { required: [], forbidden: [] };

const wrong = (text: string): never => {
  throw badRequest(`Invalid query string parameters: ${text}`);
};

/** `A,!B` → a filter. `!` is understood from 1.22 on. */
function parseList(value: string, version: Microversion): TraitFilter {
  const names = value.split(',').map((part) => part.trim());
  const withForbidden = has(version, 'forbiddenTraits');
  const form = withForbidden ? 'HW_CPU_X86_VMX,!CUSTOM_MAGIC' : 'HW_CPU_X86_VMX,CUSTOM_MAGIC';
  const forbidden = names
    .filter((name) => name.startsWith('!'))
    .map((name) => name.replace(/^!+/, ''));
  if ([...names, ...forbidden].includes(''))
    wrong(
      `Expected 'required' parameter value of the form: ${form}. Got an empty trait in: ${value}`,
    );
  if (forbidden.length > 0 && !withForbidden)
    wrong(`Expected 'required' parameter value of the form: ${form}. Got: ${value}`);
  return {
    required: names.filter((name) => !name.startsWith('!')).map((name) => [name]),
    forbidden,
  };
}

/** `in:A,B` → one of them, from 1.39 on. */
function parseAny(value: string, version: Microversion): TraitFilter {
  const form = 'in:HW_CPU_X86_VMX,CUSTOM_MAGIC';
  if (!has(version, 'anyTraits'))
    wrong(`The format '${form}' only supported since microversion 1.39. Got: ${value}`);
  const names = value
    .slice(3)
    .split(',')
    .map((part) => part.trim());
  if (names.includes(''))
    wrong(
      `Expected 'required' parameter value of the form: ${form}. Got an empty trait in: ${value}`,
    );
  if (names.some((name) => name.startsWith('!')))
    wrong(`The format '${form}' does not support forbidden traits. Got: ${value}`);
  return { required: [names], forbidden: [] };
}

/**
 * All values of a `required` parameter together; before 1.39 the last one counts. With `conflicts` false a list
 * that asks for a trait and forbids it is let through.
 */
export function parseRequired(
  values: readonly string[],
  version: Microversion,
  parameter = 'required',
): TraitFilter {
  const heard = has(version, 'anyTraits') ? values : values.slice(-1);
  const parts = heard.map((value) =>
    value.startsWith('in:') ? parseAny(value, version) : parseList(value, version),
  );
  const required = parts.flatMap((part) => part.required);
  const forbidden = [...new Set(parts.flatMap((part) => part.forbidden))];
  const impossible = required.filter((choice) => choice.every((name) => forbidden.includes(name)));
  if (impossible.length > 0)
    throw badRequest(
      `Conflicting required and forbidden traits found in the following traits keys: ${impossible
        .map((choice) => `${parameter}: (${choice.toSorted().join(', ')})`)
        .join(', ')}`,
    );
  return { required, forbidden };
}

/** Every trait that the filter names. */
export const traitsIn = ({ required, forbidden }: TraitFilter): string[] => [
  ...required.flat(),
  ...forbidden,
];

/** Whether these traits meet the filter. */
export const traitsMeet = (
  { required, forbidden }: TraitFilter,
  traits: ReadonlySet<string>,
): boolean =>
  required.every((choice) => choice.some((name) => traits.has(name))) &&
  !forbidden.some((name) => traits.has(name));
