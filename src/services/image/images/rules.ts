import { badRequest, forbidden } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { notPermitted } from '../errors.ts';
import type { ImageRow } from '../tables.ts';

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
export const RESERVED = new Set(['locations', 'deleted', 'deleted_at', 'is_public']);

/** Most properties and tags of one image, and the length of each: Glance's own defaults. */
export const PROPERTY_LIMIT = 128;
export const TAG_LIMIT = 128;
const TEXT_LIMIT = 255;
const VALUE_LIMIT = 65_535;

/** Whether the caller may know that the image exists. `shared`: its project is a member. */
export function isVisible(image: ImageRow, caller: Caller, shared: boolean): boolean {
  return (
    caller.isAdmin ||
    image.visibility === 'public' ||
    image.visibility === 'community' ||
    (image.owner !== null && image.owner === caller.projectId) ||
    (image.visibility === 'shared' && shared)
  );
}

export const isOwner = (image: ImageRow, caller: Caller): boolean =>
  caller.isAdmin || (image.owner !== null && image.owner === caller.projectId);

/** Fails with 403 unless the caller may change the image, which it is known to see. */
export function mustOwn(image: ImageRow, caller: Caller, what = 'modify this image'): void {
  if (!isOwner(image, caller)) throw notPermitted(what);
}

/** Making an image public is the administrator's business (Glance's policy publicize_image). */
export function mustBeAllowedToPublish(visibility: string | undefined, caller: Caller): void {
  if (visibility === 'public' && !caller.isAdmin) {
    throw forbidden(
      'You are not authorized to publicize images: only an administrator may set visibility to public; community or shared is yours to set.',
    );
  }
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

/** Limits of the whole image after a change. */
export function checkLimits(
  properties: Readonly<Record<string, string>>,
  tags: readonly string[],
): void {
  if (Object.keys(properties).length > PROPERTY_LIMIT) {
    throw badRequest(`An image has at most ${PROPERTY_LIMIT} properties.`);
  }
  if (tags.length > TAG_LIMIT) throw badRequest(`An image has at most ${TAG_LIMIT} tags.`);
}
