import { Type } from 'typebox';
import { newUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation } from '../../operation.ts';
import type { ImageContext } from '../context.ts';
import { imageNotFound, isProtected, readOnly, reserved } from '../errors.ts';
import { overQuota } from '../files/quota.ts';
import { methodsOf } from '../info/api.ts';
import { policy } from '../policy.ts';
import type { PropertyProtections } from '../properties/protections.ts';
import type { ContainerFormat, DiskFormat, ImageRow, Visibility } from '../tables.ts';
import { imageFor } from './access.ts';
import { parseListing } from './listing.ts';
import { applyPatch, PATCH_MEDIA_TYPES, PATCH_SCHEMA, readPatch } from './patch.ts';
import {
  checkLimits,
  checkProperty,
  checkTag,
  isReserved,
  mustBeAllowedToShow,
  READ_ONLY,
} from './rules.ts';
import { BASE_ATTRIBUTES, CREATE_SCHEMA } from './schema.ts';
import { viewImage } from './view.ts';

export function imageOperations(context: ImageContext): Operation[] {
  const { images, stores, staging, protections } = context;
  const view = (row: ImageRow, caller: Caller) => viewImage(row, caller, protections);
  return [
    operation({
      name: 'add_image',
      method: 'POST',
      path: '/v2/images',
      summary: 'Create an image, without data yet',
      role: policy.role('add_image'),
      success: 201,
      body: CREATE_SCHEMA,
      async handle({ body, caller, serviceUrl }) {
        const row = await createImage(context, caller, body as Record<string, unknown>);
        return {
          body: view(row, caller),
          headers: {
            Location: `${serviceUrl}/v2/images/${row.id}`,
            'OpenStack-image-import-methods': methodsOf(context).join(','),
            'OpenStack-image-store-ids': stores.ids.join(','),
          },
        };
      },
    }),
    operation({
      name: 'get_images',
      method: 'GET',
      path: '/v2/images',
      summary: 'List images',
      role: policy.role('get_images'),
      success: 200,
      query: Type.Object({
        name: Type.String({ maxLength: 4096 }),
        marker: Type.String({ maxLength: 64 }),
      }),
      async handle({ query, caller, target }) {
        const listing = parseListing(query, caller, protections);
        const rows = await images.list(listing);
        return {
          body: {
            images: rows.map((row) => view(row, caller)),
            schema: '/v2/schemas/images',
            ...links(target, rows, listing.limit),
          },
        };
      },
    }),
    operation({
      name: 'get_image',
      method: 'GET',
      path: '/v2/images/{image_id}',
      summary: 'Show an image',
      role: policy.role('get_image'),
      success: 200,
      async handle({ params, caller }) {
        const row = await imageFor('get_image', context, caller, params['image_id']!);
        return { body: view(row, caller) };
      },
    }),
    operation({
      name: 'modify_image',
      method: 'PATCH',
      path: '/v2/images/{image_id}',
      summary: 'Change attributes and properties by JSON patch',
      role: policy.role('modify_image'),
      success: 200,
      body: PATCH_SCHEMA,
      mediaTypes: PATCH_MEDIA_TYPES,
      async handle({ params, body, caller, headers }) {
        const patch = readPatch(body, headers['content-type']);
        const seen = await imageFor('modify_image', context, caller, params['image_id']!);
        const row = await images.modify(seen.id, (present) => {
          const change = applyPatch(present, patch, caller, protections);
          if (change.visibility !== present.visibility)
            mustBeAllowedToShow(change.visibility, caller, present.owner);
          if (change.owner !== undefined && change.owner !== present.owner)
            policy.require('set_image_owner', caller, {});
          return change;
        });
        if (row === undefined) throw imageNotFound(seen.id);
        return { body: view(row, caller) };
      },
    }),
    operation({
      name: 'delete_image',
      method: 'DELETE',
      path: '/v2/images/{image_id}',
      summary: 'Delete an image and its data',
      role: policy.role('delete_image'),
      success: 204,
      async handle({ params, caller }) {
        const row = await imageFor('delete_image', context, caller, params['image_id']!);
        if (row.protected || !(await images.delete(row.id))) {
          if (!row.protected && (await images.find(row.id)) === undefined)
            throw imageNotFound(row.id);
          throw isProtected(row.id);
        }
        // After the row: a crash in between leaves bytes that are collected, never a row without bytes.
        await stores.remove(row.id);
        await staging.remove(row.id);
        return {};
      },
    }),
  ];
}

/** Makes an image of what a request gives; fails as the API does. */
export async function createImage(
  { images, quota, protections }: ImageContext,
  caller: Caller,
  given: Readonly<Record<string, unknown>>,
): Promise<ImageRow> {
  const wanted = rowOf(given, caller, protections);
  const limit = await quota.limit(wanted.owner, 'image_count_total');
  const row = await images.create(wanted, limit);
  if (row === undefined) throw overQuota('image_count_total', limit!, limit!);
  return row;
}

function rowOf(body: Record<string, unknown>, caller: Caller, protections: PropertyProtections) {
  const properties: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    if (READ_ONLY.has(name)) throw readOnly(name);
    if (isReserved(name)) throw reserved(name);
    if (name === 'id' || Object.hasOwn(BASE_ATTRIBUTES, name)) continue;
    properties[name] = checkProperty(name, value);
    protections.require(caller, 'create', name);
  }
  const tags = [...new Set(((body['tags'] as string[] | undefined) ?? []).map(checkTag))];
  checkLimits(Object.keys(properties).length, tags);
  const visibility = (body['visibility'] as Visibility | undefined) ?? 'shared';
  const owner = (body['owner'] as string | null | undefined) ?? caller.projectId ?? null;
  policy.require(
    'add_image',
    caller,
    { owner },
    `You are not permitted to create images owned by '${owner}'.`,
  );
  mustBeAllowedToShow(visibility, caller, owner);
  return {
    id: ((body['id'] as string | undefined) ?? newUuid()).toLowerCase(),
    name: (body['name'] as string | null | undefined) ?? null,
    status: 'queued' as const,
    visibility,
    protected: (body['protected'] as boolean | undefined) ?? false,
    os_hidden: (body['os_hidden'] as boolean | undefined) ?? false,
    owner,
    container_format: (body['container_format'] as ContainerFormat | null | undefined) ?? null,
    disk_format: (body['disk_format'] as DiskFormat | null | undefined) ?? null,
    min_disk: (body['min_disk'] as number | undefined) ?? 0,
    min_ram: (body['min_ram'] as number | undefined) ?? 0,
    tags,
    properties: JSON.stringify(properties),
  };
}

/** Glance's links have no host: `/v2/images?…`. A page that is not full is the last. */
function links(target: string, rows: readonly ImageRow[], limit: number): Record<string, string> {
  const query = new URLSearchParams(target.split('?')[1] ?? '');
  query.delete('marker');
  const first = query.size > 0 ? `/v2/images?${query.toString()}` : '/v2/images';
  const last = rows.at(-1);
  if (last === undefined || rows.length < limit || limit === 0) return { first };
  query.set('marker', last.id);
  return { first, next: `/v2/images?${query.toString()}` };
}
