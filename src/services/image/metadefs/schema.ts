import { Type, type TSchema } from 'typebox';

/** Longest name of anything here. */
const NAME = Type.String({ minLength: 1, maxLength: 80 });
const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);
const anyOf = (values: readonly string[]) => Type.Union(values.map((value) => Type.Literal(value)));
const count = Type.Integer({ minimum: 0 });
const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
/** Most entries in one request. */
const MANY = 1000;

/** What a property may be, in words of JSON schema. */
const PROPERTY_FIELDS = {
  title: Type.String({ maxLength: 1000 }),
  type: anyOf(TYPES),
  description: optional(Type.String({ maxLength: 10_000 })),
  operators: optional(Type.Array(Type.String({ maxLength: 80 }), { maxItems: 100 })),
  default: optional(Type.Unknown()),
  readonly: optional(Type.Boolean()),
  confidential: optional(Type.Boolean()),
  required: optional(Type.Array(Type.String({ maxLength: 80 }), { maxItems: MANY })),
  minimum: optional(Type.Number()),
  maximum: optional(Type.Number()),
  enum: optional(Type.Array(Type.Unknown(), { maxItems: MANY })),
  pattern: optional(Type.String({ maxLength: 1000 })),
  minLength: optional(count),
  maxLength: optional(count),
  items: optional(
    Type.Object({
      type: anyOf(TYPES),
      enum: optional(Type.Array(Type.Unknown(), { maxItems: MANY })),
    }),
  ),
  uniqueItems: optional(Type.Boolean()),
  minItems: optional(count),
  maxItems: optional(count),
  additionalItems: optional(Type.Boolean()),
};

const PROPERTIES = Type.Record(NAME, Type.Object({ name: optional(NAME), ...PROPERTY_FIELDS }), {
  maxProperties: MANY,
});

const OBJECT_FIELDS = {
  description: optional(Type.String({ maxLength: 10_000 })),
  required: optional(Type.Array(Type.String({ maxLength: 80 }), { maxItems: MANY })),
  properties: optional(PROPERTIES),
};

const ASSOCIATION_FIELDS = {
  prefix: optional(Type.String({ maxLength: 80 })),
  properties_target: optional(Type.String({ maxLength: 80 })),
};

/** Bodies; each is also what `/v2/schemas/metadefs/…` shows. */
export const PROPERTY = Type.Object({ name: NAME, ...PROPERTY_FIELDS });
export const OBJECT = Type.Object({ name: NAME, ...OBJECT_FIELDS });
export const TAG = Type.Object({ name: NAME });
export const TAGS = Type.Object({ tags: Type.Array(TAG, { maxItems: MANY }) });
export const ASSOCIATION = Type.Object({ name: NAME, ...ASSOCIATION_FIELDS });

export const NAMESPACE = Type.Object({
  namespace: NAME,
  display_name: optional(Type.String({ maxLength: 80 })),
  description: optional(Type.String({ maxLength: 500 })),
  visibility: optional(anyOf(['public', 'private'])),
  protected: optional(Type.Boolean()),
  owner: optional(Type.String({ maxLength: 255 })),
  resource_type_associations: optional(Type.Array(ASSOCIATION, { maxItems: 100 })),
  properties: optional(PROPERTIES),
  objects: optional(Type.Array(OBJECT, { maxItems: MANY })),
  tags: optional(Type.Array(TAG, { maxItems: MANY })),
});

/** The members of an entry that are kept beside its name, by kind. */
export const KEPT = {
  property: Object.keys(PROPERTY_FIELDS),
  object: Object.keys(OBJECT_FIELDS),
  tag: [] as string[],
  resource_type: Object.keys(ASSOCIATION_FIELDS),
} as const;
