import type { Constraint } from '../language/index.ts';
import type { Attribute, Property, Support } from './property.ts';

/** Short ways of writing properties and attributes, so that a type's file reads like its table in a manual. */

export type More = Partial<Omit<Property, 'type' | 'description'>>;
type Maker = (description: string, more?: More) => Property;

const maker =
  (type: Property['type']): Maker =>
  (description, more = {}) => ({ type, description, ...more });

export const text = maker('string');
export const integer = maker('integer');
export const decimal = maker('number');
export const yesNo = maker('boolean');
export const map = maker('map');
export const list = maker('list');

/** What a thing is called by the service that keeps it: its name or its id, `kind` in the words of Heat's constraints. */
export const named = (kind: string, description: string, more: More = {}): Property =>
  text(description, { names: kind, ...more });

/** A change is made in place. */
export const UPDATABLE = { updateAllowed: true } as const;
export const REQUIRED = { required: true } as const;

export const oneOf = (...values: readonly (string | number)[]): { constraints: Constraint[] } => ({
  constraints: [{ kind: 'allowed_values', description: undefined, values }],
});
export const between = (min?: number, max?: number): { constraints: Constraint[] } => ({
  constraints: [
    {
      kind: 'range',
      description: undefined,
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
    },
  ],
});
export const sized = (min?: number, max?: number): { constraints: Constraint[] } => ({
  constraints: [
    {
      kind: 'length',
      description: undefined,
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
    },
  ],
});
export const pattern = (expression: string): { constraints: Constraint[] } => ({
  constraints: [{ kind: 'allowed_pattern', description: undefined, pattern: expression }],
});
/** A custom constraint that looks at nothing but the value: `net_cidr`, `ip_addr`. */
export const format = (name: string): { constraints: Constraint[] } => ({
  constraints: [{ kind: 'custom_constraint', description: undefined, name }],
});

export const since = (version: string): { support: Support } => ({ support: { version } });
export const hidden = (version: string, message?: string): { support: Support } => ({
  support: { status: 'HIDDEN', version, ...(message !== undefined && { message }) },
});
export const deprecated = (version: string, message?: string): { support: Support } => ({
  support: { status: 'DEPRECATED', version, ...(message !== undefined && { message }) },
});

type AttributeMaker = (description: string, more?: { support?: Support }) => Attribute;
const attribute =
  (type: Attribute['type']): AttributeMaker =>
  (description, more = {}) => ({ type, description, ...more });

/** Makers of attributes. */
export const gives = {
  text: attribute('string'),
  integer: attribute('integer'),
  yesNo: attribute('boolean'),
  map: attribute('map'),
  list: attribute('list'),
  any: attribute('any'),
} as const;

/** Tags are the same for everything of the network service. */
export const tags = (version: string): Property =>
  list('Tags, replaced as a whole.', {
    items: text('A tag.'),
    ...UPDATABLE,
    ...since(version),
  });

/** Attributes of the service's own that this type does not know. */
export const valueSpecs = (more: More = {}): Property =>
  map('Further attributes of the service, put into the request as they are.', {
    default: {},
    ...more,
  });
