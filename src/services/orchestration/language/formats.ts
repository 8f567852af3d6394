import { isIP, isIPv4, isIPv6 } from 'node:net';
import { nearest, TemplateError } from './errors.ts';
import type { PendingConstraint } from './parameters.ts';
import type { Value } from './value.ts';

/** Why a value does not fulfil a custom constraint; undefined when it does. */
export type Check = (value: Value) => string | undefined;

/** Custom constraints that look something up: `nova.flavor`, `neutron.network` … Given by the engine. */
export interface ConstraintLookups {
  /** The names that are known. */
  names(): Iterable<string>;
  /** Why the value names nothing of the kind that the caller can see; undefined when it does. */
  check(name: string, value: Value): Promise<string | undefined>;
}

const text = (check: (value: string) => string | undefined): Check => {
  return (value) => (typeof value === 'string' ? check(value) : 'must be a string');
};
/** Constraints that let an empty value pass. */
const orEmpty =
  (check: Check): Check =>
  (value) =>
    value === '' || value === null || value === false || value === 0 ? undefined : check(value);

function cidrFault(value: string): string | undefined {
  const [, address = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(value) ?? [];
  const most = isIPv4(address) ? 32 : isIPv6(address) && !address.includes('%') ? 128 : -1;
  return Number(length) <= most && length !== ''
    ? undefined
    : `"${value}" is no CIDR such as 10.0.0.0/24`;
}

const ipFault = (value: string): string | undefined =>
  isIP(value) && !value.includes('%') ? undefined : 'Invalid IP address';

/** RFC 1035 and 1123. */
function nameFault(value: string): string | undefined {
  const trimmed = value.endsWith('.') ? value.slice(0, -1) : value;
  if (value.length > 255) return `"${value.slice(0, 40)}…" is longer than 255 characters`;
  const labels = trimmed.split('.');
  const wrong = labels.find((label) => !/^(?!-)[a-zA-Z0-9-]{1,63}(?<!-)$/.test(label));
  if (wrong !== undefined) {
    return `"${value}" not in valid format: "${wrong}" must be 1 to 63 letters, digits and inner hyphens`;
  }
  return undefined;
}

const CRON_RANGES = [
  [0, 59, ''],
  [0, 23, ''],
  [1, 31, ''],
  [1, 12, 'jan feb mar apr may jun jul aug sep oct nov dec'],
  [0, 7, 'sun mon tue wed thu fri sat'],
  [0, 59, ''],
] as const;

/** Five fields, and a sixth for seconds: `*`, numbers, names, ranges, steps, lists. */
function cronFault(value: string): string | undefined {
  const fields = value.trim().toLowerCase().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    return 'Invalid CRON expression: five or six fields are needed';
  }
  for (const [index, field] of fields.entries()) {
    const [least, most, names] = CRON_RANGES[index]!;
    const known = names.split(' ');
    const number = (word: string): number =>
      known.includes(word) && word !== ''
        ? known.indexOf(word) + (index === 3 ? 1 : 0)
        : /^\d+$/.test(word)
          ? Number(word)
          : NaN;
    for (const part of field.split(',')) {
      const [range = '', step = '1', ...more] = part.split('/');
      const [from = '', to = from, ...others] = range.split('-');
      const whole = range === '*' || (index === 2 && range === 'l');
      const inside = (at: number) => at >= least && at <= most;
      const right = whole || (inside(number(from)) && inside(number(to)) && others.length === 0);
      if (!right || !(Number(step) >= 1) || more.length > 0) {
        return `Invalid CRON expression: "${field}" is no value from ${least} to ${most}`;
      }
    }
  }
  return undefined;
}

function zoneFault(value: string): string | undefined {
  try {
    void new Intl.DateTimeFormat('en', { timeZone: value });
    return undefined;
  } catch {
    return `Invalid timezone: there is no "${value}"`;
  }
}

const ISO_8601 =
  /^\d{4}(-?\d{2}(-?\d{2}([T ]\d{2}(:?\d{2}(:?\d{2}([.,]\d+)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?)?)?$/;

/** The custom constraints that need nothing but the value. */
export const FORMATS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['ip_addr', text(ipFault)],
  ['net_cidr', text(cidrFault)],
  ['ip_or_cidr', text((value) => (value.includes('/') ? cidrFault(value) : ipFault(value)))],
  [
    'mac_addr',
    text((value) =>
      /^([0-9a-f]{1,2}([:-])[0-9a-f]{1,2}(\2[0-9a-f]{1,2}){4}|[0-9a-f]{12}|([0-9a-f]{4}\.){2}[0-9a-f]{4})$/i.test(
        value,
      )
        ? undefined
        : 'Invalid MAC address.',
    ),
  ],
  ['dns_name', text(nameFault)],
  [
    'rel_dns_name',
    orEmpty(
      text((value) =>
        value.endsWith('.')
          ? `"${value}" is a FQDN. It should be a relative domain name.`
          : value.length > 252
            ? `"${value.slice(0, 40)}…" leaves no room for a domain`
            : nameFault(value),
      ),
    ),
  ],
  [
    'dns_domain',
    orEmpty(
      text(
        (value) =>
          nameFault(value) ?? (value.endsWith('.') ? undefined : `"${value}" must end with ".".`),
      ),
    ),
  ],
  [
    'iso_8601',
    text((value) => (ISO_8601.test(value) ? undefined : `"${value}" is no time of ISO 8601`)),
  ],
  ['cron_expression', orEmpty(text(cronFault))],
  ['timezone', orEmpty(text(zoneFault))],
  [
    'expiration',
    orEmpty(
      text((value) => {
        const time = ISO_8601.test(value.trim()) ? Date.parse(value.trim()) : NaN;
        if (Number.isNaN(time)) return `Expiration ${value} is invalid: no time of ISO 8601`;
        return time > Date.now() ? undefined : `Expiration ${value} is invalid: it is in the past`;
      }),
    ),
  ],
  [
    'json_string',
    orEmpty(
      text((value) => {
        try {
          JSON.parse(value);
          return undefined;
        } catch (error) {
          return `JSON string is invalid: ${(error as Error).message}`;
        }
      }),
    ),
  ],
]);

/** Holds values against their custom constraints, looking up what a format cannot tell. */
export async function checkCustomConstraints(
  pending: readonly PendingConstraint[],
  lookups: ConstraintLookups,
): Promise<void> {
  const checks = pending.map(async ({ parameter, name, value, description }) => {
    const format = FORMATS.get(name);
    const known = new Set([...FORMATS.keys(), ...lookups.names()]);
    let fault: string | undefined;
    if (format) fault = format(value);
    else if (known.has(name)) fault = await lookups.check(name, value);
    else {
      const near = nearest(name, known);
      fault = `"${name}" is no constraint that is known here.${near ? ` Did you mean "${near}"?` : ''}`;
    }
    if (fault === undefined) return undefined;
    const told = parameter.hidden ? 'the value is not valid' : fault;
    return new TemplateError(`parameter "${parameter.name}" is invalid: ${description ?? told}`, {
      path: ['parameters', parameter.name],
    });
  });
  const [error] = (await Promise.all(checks)).filter((one) => one !== undefined);
  if (error) throw error;
}
