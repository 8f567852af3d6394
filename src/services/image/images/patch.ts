import type { Updateable } from 'kysely';
import { Type, type Static } from 'typebox';
import { badRequest, conflict, forbidden } from '../../../core/errors.ts';
import { readOnly, reserved } from '../errors.ts';
import type { ImageRow, ImagesTable } from '../tables.ts';
import { checkLimits, checkProperty, checkTag, READ_ONLY, RESERVED } from './rules.ts';
import { BASE_ATTRIBUTES, type BaseAttribute } from './schema.ts';
import { check } from './values.ts';

/** Glance's subset of JSON patch (RFC 6902): add, replace and remove of one attribute, or of one tag. */
export const PATCH_SCHEMA = Type.Array(
  Type.Object({
    op: Type.Union([Type.Literal('add'), Type.Literal('replace'), Type.Literal('remove')]),
    path: Type.String({ minLength: 2, maxLength: 512, pattern: '^/' }),
    value: Type.Optional(Type.Unknown()),
  }),
  { maxItems: 1000 },
);
export type Patch = Static<typeof PATCH_SCHEMA>;

const unescape = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

/** The change that a patch means for this row; fails before anything is changed. */
export function applyPatch(row: ImageRow, patch: Patch): Updateable<ImagesTable> {
  const change: Record<string, unknown> = {};
  const properties = { ...row.properties };
  let tags = row.tags;
  for (const { op, path, value } of patch) {
    const [name = '', ...rest] = path.slice(1).split('/').map(unescape);
    if (READ_ONLY.has(name)) throw readOnly(name);
    if (RESERVED.has(name)) throw reserved(name);
    if (op !== 'remove' && value === undefined)
      throw badRequest(`Operation ${op} of ${path} has no value.`);
    if (name === 'id') throw forbidden("Attribute 'id' is read-only.");
    if (name === 'tags' && rest.length > 0) {
      tags = patchTag(tags, op, rest, value);
    } else if (rest.length > 0) {
      throw badRequest(`Invalid JSON pointer ${path}: attributes of an image have one level.`);
    } else if (name in BASE_ATTRIBUTES) {
      if (op === 'remove') throw forbidden(`Property ${name} may not be removed.`);
      check(BASE_ATTRIBUTES[name as BaseAttribute], value, name);
      if (name === 'tags') tags = [...new Set((value as string[]).map(checkTag))];
      else change[name] = value;
    } else {
      const exists = Object.hasOwn(properties, name);
      if (op !== 'add' && !exists) throw conflict(`Property ${name} does not exist.`);
      if (op === 'remove') delete properties[name];
      else properties[name] = checkProperty(name, value);
    }
  }
  checkLimits(properties, tags);
  checkFormats(row, change);
  return { ...change, tags, properties: JSON.stringify(properties) };
}

function patchTag(tags: string[], op: string, rest: string[], value: unknown): string[] {
  const [position = ''] = rest;
  if (op === 'add' && position === '-') return [...new Set([...tags, checkTag(String(value))])];
  const index = Number(position);
  if (!Number.isInteger(index) || index < 0 || index >= tags.length) {
    throw conflict(`There is no tag ${position}.`);
  }
  if (op === 'remove') return tags.toSpliced(index, 1);
  return [...new Set(tags.with(index, checkTag(String(value))))];
}

/** What the bytes are said to be cannot change once they are there. */
function checkFormats(row: ImageRow, change: Record<string, unknown>): void {
  if (row.status === 'queued') return;
  for (const name of ['container_format', 'disk_format'] as const) {
    if (name in change && change[name] !== row[name]) {
      throw forbidden(`Attribute ${name} can be replaced only for a queued image.`);
    }
  }
}
