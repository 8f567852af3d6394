import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation } from '../../operation.ts';
import {
  imageNotFound,
  isProtected,
  notPermitted,
  readOnly,
  reserved,
  wrongStatus,
} from '../errors.ts';
import type { Store } from '../files/store.ts';
import type { ContainerFormat, DiskFormat, ImageRow, Visibility } from '../tables.ts';
import { visibleImage, type ImageModels } from './access.ts';
import { parseListing } from './listing.ts';
import { applyPatch, PATCH_SCHEMA } from './patch.ts';
import {
  checkLimits,
  checkProperty,
  checkTag,
  mustBeAllowedToPublish,
  mustOwn,
  READ_ONLY,
  RESERVED,
} from './rules.ts';
import { BASE_ATTRIBUTES, CREATE_SCHEMA } from './schema.ts';
import { viewImage } from './view.ts';

const PATCH_MEDIA_TYPE = 'application/openstack-images-v2.1-json-patch';

export function imageOperations(models: ImageModels & { readonly store: Store }): Operation[] {
  const { images, store } = models;
  return [
    operation({
      name: 'add_image',
      method: 'POST',
      path: '/v2/images',
      summary: 'Create an image, without data yet',
      role: 'member',
      success: 201,
      body: CREATE_SCHEMA,
      async handle({ body, caller, serviceUrl }) {
        const row = await images.create(rowOf(body as Record<string, unknown>, caller));
        return { body: viewImage(row), headers: { Location: `${serviceUrl}/v2/images/${row.id}` } };
      },
    }),
    operation({
      name: 'get_images',
      method: 'GET',
      path: '/v2/images',
      summary: 'List images',
      role: 'reader',
      success: 200,
      query: Type.Object({
        name: Type.String({ maxLength: 4096 }),
        marker: Type.String({ maxLength: 64 }),
      }),
      async handle({ query, caller, target }) {
        const listing = parseListing(query, caller);
        const rows = await images.list(listing);
        return {
          body: {
            images: rows.map(viewImage),
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
      role: 'reader',
      success: 200,
      async handle({ params, caller }) {
        return { body: viewImage(await visibleImage(models, caller, params['image_id']!)) };
      },
    }),
    operation({
      name: 'modify_image',
      method: 'PATCH',
      path: '/v2/images/{image_id}',
      summary: 'Change attributes and properties by JSON patch',
      role: 'member',
      success: 200,
      body: PATCH_SCHEMA,
      mediaTypes: [PATCH_MEDIA_TYPE],
      async handle({ params, body, caller }) {
        const seen = await visibleImage(models, caller, params['image_id']!);
        mustOwn(seen, caller);
        const row = await images.modify(seen.id, (present) => {
          const change = applyPatch(present, body);
          if (change.visibility !== present.visibility)
            mustBeAllowedToPublish(change.visibility, caller);
          if (change.owner !== undefined && change.owner !== present.owner && !caller.isAdmin) {
            throw notPermitted('change the owner of an image');
          }
          return change;
        });
        if (row === undefined) throw imageNotFound(seen.id);
        return { body: viewImage(row) };
      },
    }),
    operation({
      name: 'delete_image',
      method: 'DELETE',
      path: '/v2/images/{image_id}',
      summary: 'Delete an image and its data',
      role: 'member',
      success: 204,
      async handle({ params, caller }) {
        const row = await visibleImage(models, caller, params['image_id']!);
        mustOwn(row, caller, 'delete this image');
        if (row.protected || !(await images.delete(row.id))) throw isProtected(row.id);
        // After the row: a crash in between leaves bytes that the next start removes, never a row without bytes.
        await store.remove(row.id);
        return {};
      },
    }),
    ...tagOperations(models),
    ...statusOperations(models),
  ];
}

function rowOf(body: Record<string, unknown>, caller: Caller) {
  const properties: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    if (READ_ONLY.has(name)) throw readOnly(name);
    if (RESERVED.has(name)) throw reserved(name);
    if (name !== 'id' && !(name in BASE_ATTRIBUTES)) properties[name] = checkProperty(name, value);
  }
  const tags = [...new Set(((body['tags'] as string[] | undefined) ?? []).map(checkTag))];
  checkLimits(properties, tags);
  const visibility = (body['visibility'] as Visibility | undefined) ?? 'shared';
  mustBeAllowedToPublish(visibility, caller);
  const owner = (body['owner'] as string | null | undefined) ?? caller.projectId ?? null;
  if (owner !== (caller.projectId ?? null) && !caller.isAdmin) {
    throw notPermitted(`create images owned by '${owner}'`);
  }
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

function tagOperations(models: ImageModels): Operation[] {
  const { images } = models;
  const path = '/v2/images/{image_id}/tags/{tag}';
  return [
    operation({
      name: 'add_tag',
      method: 'PUT',
      path,
      summary: 'Add a tag',
      role: 'member',
      success: 204,
      bodyKind: 'none',
      async handle({ params, caller }) {
        const row = await visibleImage(models, caller, params['image_id']!);
        mustOwn(row, caller);
        const tag = checkTag(params['tag']!);
        checkLimits({}, [...new Set([...row.tags, tag])]);
        await images.addTag(row.id, tag);
        return {};
      },
    }),
    operation({
      name: 'delete_tag',
      method: 'DELETE',
      path,
      summary: 'Remove a tag',
      role: 'member',
      success: 204,
      async handle({ params, caller }) {
        const row = await visibleImage(models, caller, params['image_id']!);
        mustOwn(row, caller);
        if (!(await images.removeTag(row.id, params['tag']!))) {
          throw imageNotFound(`${row.id} and tag ${params['tag']}`);
        }
        return {};
      },
    }),
  ];
}

function statusOperations(models: ImageModels): Operation[] {
  const { images } = models;
  const move = (
    name: 'deactivate' | 'reactivate',
    from: 'active' | 'deactivated',
    to: 'active' | 'deactivated',
  ) =>
    operation({
      name,
      method: 'POST',
      path: `/v2/images/{image_id}/actions/${name}`,
      summary: `Make an ${from} image ${to}`,
      role: 'member',
      success: 204,
      bodyKind: 'none',
      async handle({ params, caller }) {
        const row = await visibleImage(models, caller, params['image_id']!);
        mustOwn(row, caller);
        if (row.status !== to && !(await images.moveStatus(row.id, from, to))) {
          if (row.status === 'queued' || row.status === 'saving') {
            throw badRequest(
              `Image ${row.id} is ${row.status}; only an ${from} image can be ${name}d.`,
            );
          }
          throw wrongStatus(row.id, row.status, from);
        }
        return {};
      },
    });
  return [move('deactivate', 'active', 'deactivated'), move('reactivate', 'deactivated', 'active')];
}
