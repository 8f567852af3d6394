import { badRequest } from '../../../core/errors.ts';
import { KNOWN_NAMESPACES, KNOWN_SPECS, type SpecValue } from './known.ts';

const byName = new Map(KNOWN_SPECS.map((spec) => [spec.name, spec] as const));
const families = KNOWN_SPECS.filter(
  (spec): spec is typeof spec & { name: RegExp } => spec.name instanceof RegExp,
);

/**
 * Refuses, from 2.86 on, extra specs that nobody knows within the namespaces of Nova, and values that a known one cannot
 * have: mostly slips, which would else be found out by servers that land on the wrong host.
 */
export function validateSpec(name: string, value: string): void {
  const known = byName.get(name) ?? families.find((family) => family.name.test(name));
  if (known) {
    const reason = refusal(known.value, value);
    if (reason !== undefined)
      throw badRequest(`Validation failed; '${value}' of extra spec '${name}' ${reason}.`);
    return;
  }
  const [namespace, ...rest] = name.split(':');
  if (rest.length > 0 && KNOWN_NAMESPACES.test(namespace!))
    throw badRequest(
      `Validation failed; extra spec '${name}' does not appear to be a valid extra spec.`,
    );
}

/** Why a value is none of the kind; undefined when it is one. */
function refusal(kind: SpecValue, value: string): string | undefined {
  switch (kind.kind) {
    case 'text':
      return undefined;
    case 'boolean':
      return /^(?:1|t|true|on|y|yes|0|f|false|off|n|no)$/i.test(value.trim())
        ? undefined
        : 'is not a valid boolean-like value';
    case 'integer': {
      if (!/^\s*[+-]?\d+\s*$/.test(value)) return 'is not a valid integer value';
      const { minimum = -Infinity, maximum = Infinity } = kind;
      if (Number(value) > maximum) return `is greater than the max value of '${maximum}'`;
      return Number(value) < minimum ? `is less than the min value of '${minimum}'` : undefined;
    }
    case 'choice':
      return kind.choices.includes(value) ? undefined : `is not one of: ${kind.choices.join(', ')}`;
    case 'pattern':
      return kind.pattern.test(value) ? undefined : `is not of the format '${kind.pattern.source}'`;
  }
}
