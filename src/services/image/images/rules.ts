import { badRequest, Fault } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { policy } from '../policy.ts';

/** Set by the service only; a client that tries gets 403, as in Glance. */
export const READ_ONLY = new Set([
  'status',
  'created_at',
  'updated_at',
  'size',
  'virtual_size',
  'checksum',
  'os_hash_algo',
  'os_hash_value',
  'self',
  'file',
  'schema',
  'direct_url',
  'stores',
]);
const RESERVED: ReadonlySet<string> = new Set([
  'locations',
  'location',
  'deleted',
  'deleted_at',
  'is_public',
]);
/** Beginning of the names of properties that the service itself sets. */
export const SERVICE_PREFIX = 'os_glance_';

/** Whether clients may not have a property of that name. */
export const isReserved = (name: string): boolean =>
  RESERVED.has(name) || name.startsWith(SERVICE_PREFIX);

/** Most properties and tags of one image, and the length of each: Glance's own defaults. */
export const PROPERTY_LIMIT = 128;
export const TAG_LIMIT = 128;
const TEXT_LIMIT = 255;
const VALUE_LIMIT = 65_535;

/** Fails with 403 when the caller may not give an image of that owner that visibility. */
export function mustBeAllowedToShow(
  visibility: string | undefined,
  caller: Caller,
  owner: string | null,
): void {
  if (visibility === 'public')
    policy.require(
      'publicize_image',
      caller,
      { owner },
      'You are not authorized to publicize images: only an administrator may set visibility to public; community or shared is yours to set.',
    );
  if (visibility === 'community') policy.require('communitize_image', caller, { owner });
}

/** A property of the user's own: any name, text as its value. */
export function checkProperty(name: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw badRequest(
      `Invalid input for field/attribute ${name}: the value of a property must be a string.`,
    );
  }
  if (name.length > TEXT_LIMIT || name === '') {
    throw badRequest(`The name of a property must have 1 to ${TEXT_LIMIT} characters.`);
  }
  if (value.length > VALUE_LIMIT) {
    throw badRequest(`Property ${name} is too long: at most ${VALUE_LIMIT} characters.`);
  }
  return value;
}

export function checkTag(tag: string): string {
  if (tag === '' || tag.length > TEXT_LIMIT) {
    throw badRequest(`A tag must have 1 to ${TEXT_LIMIT} characters.`);
  }
  return tag;
}

/** Limits of the whole image after a change: how many properties of its owner's, which tags. */
export function checkLimits(properties: number, tags: readonly string[]): void {
  if (properties > PROPERTY_LIMIT)
    throw new Fault('tooLarge', `An image has at most ${PROPERTY_LIMIT} properties.`);
  if (tags.length > TAG_LIMIT)
    throw new Fault('tooLarge', `An image has at most ${TAG_LIMIT} tags.`);
}
