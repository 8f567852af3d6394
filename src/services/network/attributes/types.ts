import { isUuid } from '../../../core/ids.ts';
import { formatCidr, parseCidr } from '../addresses/cidr.ts';
import { canonicalIp, parseIp } from '../addresses/ip.ts';
import { canonicalMac } from '../addresses/mac.ts';
import { Invalid, type AttributeType } from './attribute.ts';

/** A value as it is shown in a message. */
export const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? 'nothing');
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
};

/** A string of at most so many characters. */
export const text = (limit = 255): AttributeType => ({
  description: `string of at most ${limit} characters`,
  comparedAs: 'text',
  convert(value) {
    if (typeof value !== 'string') throw new Invalid(`${shown(value)} is not a valid string`);
    if (value.length > limit) {
      throw new Invalid(`it has ${value.length} characters, the maximum length is ${limit}`);
    }
    return value;
  },
});

/** A boolean; the strings and numbers that clients write for one are understood. */
export const boolean: AttributeType = {
  description: 'boolean',
  comparedAs: 'boolean',
  convert(value) {
    const known = booleanOf(value);
    if (known === undefined) throw new Invalid(`${shown(value)} cannot be converted to boolean`);
    return known;
  },
};

/** What clients write for true and false. */
export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : value;
  if (word === 'true' || word === '1' || word === 1) return true;
  if (word === 'false' || word === '0' || word === 0) return false;
  return undefined;
}

export const integer = (minimum: number, maximum: number): AttributeType => ({
  description: `integer from ${minimum} to ${maximum}`,
  comparedAs: 'integer',
  convert(value) {
    const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number)) {
      throw new Invalid(`${shown(value)} is not an integer`);
    }
    if (number < minimum || number > maximum) {
      throw new Invalid(`${number} is not in the range from ${minimum} to ${maximum}`);
    }
    return number;
  },
});

export const uuid: AttributeType = {
  description: 'UUID',
  comparedAs: 'uuid',
  convert(value) {
    if (typeof value !== 'string' || !isUuid(value)) {
      throw new Invalid(`${shown(value)} is not a valid UUID`);
    }
    return dashed(value);
  },
};

/** A UUID as it is stored: lower case, with dashes. */
const dashed = (value: string): string =>
  value
    .replaceAll('-', '')
    .toLowerCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

export const oneOf = (...words: readonly string[]): AttributeType => ({
  description: `one of ${words.join(', ')}`,
  comparedAs: 'text',
  convert(value) {
    if (typeof value !== 'string' || !words.includes(value)) {
      throw new Invalid(`${shown(value)} is not one of ${words.join(', ')}`);
    }
    return value;
  },
});

export const ipAddress: AttributeType = {
  description: 'IPv4 or IPv6 address',
  comparedAs: 'inet',
  convert(value) {
    const ip = typeof value === 'string' ? canonicalIp(value) : undefined;
    if (ip === undefined) throw new Invalid(`${shown(value)} is not a valid IP address`);
    return ip;
  },
};

/** A prefix; bits behind it are cut off, as PostgreSQL's `cidr` would refuse them. */
export const cidr: AttributeType = {
  description: 'address range such as 10.0.0.0/24',
  comparedAs: 'cidr',
  convert(value) {
    const range = typeof value === 'string' ? parseCidr(value) : undefined;
    if (range === undefined) {
      throw new Invalid(`${shown(value)} is not a valid address range such as 10.0.0.0/24`);
    }
    return formatCidr(range);
  },
};

export const macAddress: AttributeType = {
  description: 'unicast hardware address',
  comparedAs: 'text',
  convert(value) {
    const mac = typeof value === 'string' ? canonicalMac(value) : undefined;
    if (mac === undefined) {
      throw new Invalid(`${shown(value)} is not a valid unicast hardware address`);
    }
    return mac;
  },
};

/** An object whose members nobody checks, of limited size. */
export const dictionary: AttributeType = {
  description: 'object',
  comparedAs: 'none',
  convert(value) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Invalid(`${shown(value)} is not a dictionary`);
    }
    if (JSON.stringify(value).length > 4095) throw new Invalid('it is longer than 4095 characters');
    return value;
  },
};

export const time: AttributeType = {
  description: 'time such as 2026-01-01T00:00:00Z',
  comparedAs: 'timestamptz',
  convert: (value) => value,
};

/** What is only ever read. */
export const computed = (description: string): AttributeType => ({
  description,
  comparedAs: 'none',
  convert: (value) => value,
});

/** The type, or null. The empty string counts as null where the type is no text. */
export const orNull = (type: AttributeType): AttributeType => ({
  ...type,
  description: `${type.description}, or null`,
  convert: (value) =>
    value === null || (value === '' && type.comparedAs !== 'text') ? null : type.convert(value),
});

/** A list whose elements are of the type; null counts as empty. */
export const severalOf = (type: AttributeType, limit: number): AttributeType => ({
  description: `list of at most ${limit}: ${type.description}`,
  comparedAs: 'none',
  convert(value) {
    if (value === null) return [];
    if (!Array.isArray(value)) throw new Invalid(`${shown(value)} is not a list`);
    if (value.length > limit) {
      throw new Invalid(`the list has ${value.length} elements, the maximum is ${limit}`);
    }
    return value.map((element: unknown) => type.convert(element));
  },
});

/** The same, where each element may be there once. */
export const listOf = (type: AttributeType, limit: number): AttributeType => ({
  ...severalOf(type, limit),
  convert(value) {
    const elements = severalOf(type, limit).convert(value) as unknown[];
    const seen = new Set<string>();
    for (const element of elements) {
      const key = JSON.stringify(element);
      if (seen.has(key)) throw new Invalid(`the list has a duplicate item ${shown(element)}`);
      seen.add(key);
    }
    return elements;
  },
});

/** One member of `record`. */
export interface Member {
  readonly type: AttributeType;
  readonly required?: boolean;
}

/** An object with these members and no others. */
export const record = (members: Readonly<Record<string, Member>>): AttributeType => ({
  description: `object with ${Object.keys(members).join(', ')}`,
  comparedAs: 'none',
  convert(value) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Invalid(
        `${shown(value)} is not a dictionary with ${Object.keys(members).join(', ')}`,
      );
    }
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(members, name))
        throw new Invalid(`unexpected key '${name}' in ${shown(value)}`);
    }
    const result: Record<string, unknown> = {};
    for (const [name, { type, required }] of Object.entries(members)) {
      const member = (value as Record<string, unknown>)[name];
      if (member === undefined) {
        if (required) throw new Invalid(`'${name}' is missing in ${shown(value)}`);
        continue;
      }
      try {
        result[name] = type.convert(member);
      } catch (error) {
        if (error instanceof Invalid) throw new Invalid(`${name}: ${error.message}`);
        throw error;
      }
    }
    return result;
  },
});

/** A range and where to send what is for it; both of one IP version. */
export const hostRoute: AttributeType = {
  ...record({
    destination: { type: cidr, required: true },
    nexthop: { type: ipAddress, required: true },
  }),
  convert(value) {
    const members = {
      destination: { type: cidr, required: true },
      nexthop: { type: ipAddress, required: true },
    };
    const route = record(members).convert(value) as { destination: string; nexthop: string };
    if (parseCidr(route.destination)!.version !== parseIp(route.nexthop)!.version) {
      throw new Invalid(`destination and nexthop of ${shown(route)} have different IP versions`);
    }
    return route;
  },
};
