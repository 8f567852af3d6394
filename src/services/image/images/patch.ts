import type { Updateable } from 'kysely';
import { Type, type Static } from 'typebox';
import { badRequest, conflict, Fault, forbidden } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { readOnly, reserved } from '../errors.ts';
import type { PropertyProtections } from '../properties/protections.ts';
import type { ImageRow, ImagesTable } from '../tables.ts';
import {
  checkLimits,
  checkProperty,
  checkTag,
  isReserved,
  READ_ONLY,
  SERVICE_PREFIX,
} from './rules.ts';
import { BASE_ATTRIBUTES, type BaseAttribute } from './schema.ts';
import { check } from './values.ts';

/** Two drafts of JSON patch: 2.1 has `op` and `path`, 2.0 has the path as the value of the operation's own name. */
export const PATCH_MEDIA_TYPES = [
  'application/openstack-images-v2.1-json-patch',
  'application/openstack-images-v2.0-json-patch',
] as const;

const OPERATIONS = ['add', 'replace', 'remove'] as const;
const pointer = Type.Optional(Type.String({ minLength: 2, maxLength: 512, pattern: '^/' }));

/** Glance's subset of JSON patch (RFC 6902): add, replace and remove of one attribute, or of one tag. */
export const PATCH_SCHEMA = Type.Array(
  Type.Object({
    op: Type.Optional(Type.Union(OPERATIONS.map((name) => Type.Literal(name)))),
    path: pointer,
    add: pointer,
    replace: pointer,
    remove: pointer,
    value: Type.Optional(Type.Unknown()),
  }),
  { maxItems: 1000 },
);

/** One change that a patch asks for. */
export interface Change {
  readonly op: (typeof OPERATIONS)[number];
  readonly path: string;
  readonly value: unknown;
}

/** Reads a patch in the draft that its media type names; fails with 415 or 400. */
export function readPatch(body: Static<typeof PATCH_SCHEMA>, header: string | undefined): Change[] {
  const type = header?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!(PATCH_MEDIA_TYPES as readonly string[]).includes(type)) {
    throw new Fault(
      'unsupportedMediaType',
      `A patch of an image is ${PATCH_MEDIA_TYPES.join(' or ')}, not ${type.slice(0, 100) || 'nothing'}.`,
      { headers: { 'Accept-Patch': PATCH_MEDIA_TYPES.join(', ') } },
    );
  }
  const old = type === PATCH_MEDIA_TYPES[1];
  return body.map((each) => {
    const names = OPERATIONS.filter((name) => each[name] !== undefined);
    const op = old ? names[0] : each.op;
    const path = old ? op && each[op] : each.path;
    if (op === undefined || path === undefined || (old && names.length > 1)) {
      throw badRequest(
        old
          ? 'Operation objects must contain exactly one member named "add", "remove", or "replace".'
          : 'An operation of a patch must have op and path.',
      );
    }
    if (op !== 'remove' && each.value === undefined)
      throw badRequest(`Operation "${op}" requires a member named "value".`);
    return { op, path, value: each.value };
  });
}

const unescape = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

/** The attribute that a path names, and what follows; one level, or two for a tag. */
function partsOf(path: string): [name: string, position: string | undefined] {
  if (/~(?![01])/.test(path))
    throw badRequest(`Pointer ${path} contains "~" not part of a recognized escape sequence.`);
  const [name = '', ...rest] = path.slice(1).split('/').map(unescape);
  if (rest.length > 1 || (rest.length === 1 && name !== 'tags'))
    throw badRequest(`Invalid JSON pointer for this resource: '${path}'`);
  return [name, rest[0]];
}

/** The change that a patch means for this row and caller; fails before anything is changed. */
export function applyPatch(
  row: ImageRow,
  patch: readonly Change[],
  caller: Caller,
  protections: PropertyProtections,
): Updateable<ImagesTable> {
  const change: Record<string, unknown> = {};
  const properties = { ...row.properties };
  let tags = row.tags;
  for (const { op, path, value } of patch) {
    const [name, position] = partsOf(path);
    if (READ_ONLY.has(name) || name === 'id') throw readOnly(name);
    if (isReserved(name)) throw reserved(name);
    if (position !== undefined) {
      tags = patchTag(tags, op, position, value);
    } else if (Object.hasOwn(BASE_ATTRIBUTES, name)) {
      if (op === 'remove') throw forbidden(`Property ${name} may not be removed.`);
      check(BASE_ATTRIBUTES[name as BaseAttribute], value, name);
      if (name === 'tags') tags = [...new Set((value as string[]).map(checkTag))];
      else change[name] = value;
    } else {
      const exists = Object.hasOwn(properties, name) && protections.allows(caller, 'read', name);
      if (op !== 'add' && !exists) throw conflict(`Property ${name} does not exist.`);
      const hidden = !exists && Object.hasOwn(properties, name);
      const action = op === 'remove' ? 'delete' : exists || hidden ? 'update' : 'create';
      protections.require(caller, action, name);
      if (op === 'remove') delete properties[name];
      else properties[name] = checkProperty(name, value);
    }
  }
  const own = Object.keys(properties).filter((name) => !name.startsWith(SERVICE_PREFIX));
  checkLimits(own.length, tags);
  checkFormats(row, change);
  return { ...change, tags, properties: JSON.stringify(properties) };
}

function patchTag(tags: string[], op: Change['op'], position: string, value: unknown): string[] {
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
