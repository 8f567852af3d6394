import { Type } from 'typebox';

/** Building blocks of Keystone's request bodies. */
export const Id = Type.String({ minLength: 1, maxLength: 255 });
export const NullableId = Type.Union([Id, Type.Null()]);
export const Description = Type.Union([Type.String({ maxLength: 65_535 }), Type.Null()]);
export const Enabled = Type.Boolean();
export const Tag = Type.String({ minLength: 1, maxLength: 255, pattern: '^[^,/]*$' });
export const Tags = Type.Array(Tag, { maxItems: 80, uniqueItems: true });

/** A name that is not only white space. */
export const nameOf = (maxLength: number) =>
  Type.String({ minLength: 1, maxLength, pattern: '\\S' });

/** `{id}`, or `{name}` with its domain. */
export const Reference = Type.Object({
  id: Type.Optional(Id),
  name: Type.Optional(Id),
  domain: Type.Optional(Type.Object({ id: Type.Optional(Id), name: Type.Optional(Id) })),
});
