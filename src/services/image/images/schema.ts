import { Type, type TSchema } from 'typebox';
import { CONTAINER_FORMATS, DISK_FORMATS, VISIBILITIES } from '../tables.ts';

const oneOf = (values: readonly string[]) => Type.Union(values.map((value) => Type.Literal(value)));
const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()]);
const size = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 });

/** The attributes that a client may set, with what they may be: the same for create and patch. */
export const BASE_ATTRIBUTES = {
  name: orNull(Type.String({ maxLength: 255 })),
  visibility: oneOf(VISIBILITIES),
  protected: Type.Boolean(),
  os_hidden: Type.Boolean(),
  owner: orNull(Type.String({ maxLength: 255 })),
  container_format: orNull(oneOf(CONTAINER_FORMATS)),
  disk_format: orNull(oneOf(DISK_FORMATS)),
  min_disk: size,
  min_ram: size,
  tags: Type.Array(Type.String({ maxLength: 255 }), { maxItems: 128 }),
} as const;
export type BaseAttribute = keyof typeof BASE_ATTRIBUTES;

/** Body of a create: base attributes, an id, and properties of any other name. */
export const CREATE_SCHEMA = Type.Object(
  {
    id: Type.Optional(
      Type.String({ pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' }),
    ),
    ...Object.fromEntries(
      Object.entries(BASE_ATTRIBUTES).map(([name, schema]) => [name, Type.Optional(schema)]),
    ),
  },
  { maxProperties: 200 },
);
