import type { Constraint } from '../language/index.ts';
import type {
  Attribute,
  Attributes,
  Properties,
  Property,
  Support,
} from '../resources/property.ts';
import type { ResourceType } from '../resources/type.ts';

type Document = Record<string, unknown>;

const bounds = ({ min, max }: { min?: number; max?: number }): Document => ({
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
});

function constraintOf(constraint: Constraint): Document {
  const described =
    constraint.description === undefined ? {} : { description: constraint.description };
  switch (constraint.kind) {
    case 'length':
    case 'range':
      return { [constraint.kind]: bounds(constraint), ...described };
    case 'modulo':
      return { modulo: { step: constraint.step, offset: constraint.offset }, ...described };
    case 'allowed_values':
      return { allowed_values: constraint.values, ...described };
    case 'allowed_pattern':
      return { allowed_pattern: constraint.pattern, ...described };
    case 'custom_constraint':
      return { custom_constraint: constraint.name, ...described };
  }
}

/** One property as Heat describes it. */
export function propertyDocument(property: Property): Document {
  const constraints = [
    ...(property.constraints ?? []).map(constraintOf),
    ...(property.names === undefined ? [] : [{ custom_constraint: property.names }]),
  ];
  const schema = property.members
    ? Object.fromEntries(
        Object.entries(property.members).map(([name, one]) => [name, propertyDocument(one)]),
      )
    : property.items
      ? { '*': propertyDocument(property.items) }
      : undefined;
  return {
    type: property.type,
    description: property.description,
    required: property.required ?? false,
    update_allowed: property.updateAllowed ?? false,
    immutable: property.immutable ?? false,
    ...(property.default === undefined ? {} : { default: property.default }),
    ...(constraints.length === 0 ? {} : { constraints }),
    ...(schema === undefined ? {} : { schema }),
  };
}

const isShown = ({ support }: { readonly support?: Support }): boolean =>
  support?.status !== 'HIDDEN';

/** The properties that are shown: hidden ones go on working, and are not for new templates. */
export const shownProperties = (properties: Properties): [string, Property][] =>
  Object.entries(properties).filter(([, property]) => isShown(property));

/** What every resource has beside its own attributes. */
const SHOW: Attribute = {
  type: 'map',
  description: 'Detailed information about resource.',
};

export const shownAttributes = (attributes: Attributes = {}): [string, Attribute][] =>
  Object.entries({ ...attributes, show: attributes['show'] ?? SHOW }).filter(([, attribute]) =>
    isShown(attribute),
  );

const attributeDocument = ({ type, description }: Attribute): Document => ({
  ...(type === 'any' ? {} : { type }),
  description,
});

export const supportDocument = (support: Support = {}): Document => ({
  status: support.status ?? 'SUPPORTED',
  message: support.message ?? null,
  version: support.version ?? null,
  previous_status: null,
});

/** What `GET /resource_types/{name}` gives. */
export const typeDocument = (
  name: string,
  type: ResourceType,
  withDescription: boolean,
): Document => ({
  resource_type: name,
  properties: Object.fromEntries(
    shownProperties(type.properties).map(([key, one]) => [key, propertyDocument(one)]),
  ),
  attributes: Object.fromEntries(
    shownAttributes(type.attributes).map(([key, one]) => [key, attributeDocument(one)]),
  ),
  support_status: supportDocument(type.support),
  ...(withDescription ? { description: type.description } : {}),
});
