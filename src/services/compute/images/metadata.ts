import { Type } from 'typebox';
import { badRequest, Fault, notFound } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { until } from '../microversions.ts';
import { limitsOf } from '../quotas/model.ts';
import { Metadata } from '../servers/schemas.ts';
import { replaceProperties, showImage } from './glance.ts';
import { metadataOf } from './view.ts';

const AllBody = Type.Object({ metadata: Metadata }, { additionalProperties: false });
const ItemBody = Type.Object({ meta: Metadata }, { additionalProperties: false });

/**
 * An image's properties through Nova's door, gone with 2.39:
 * https://docs.openstack.org/api-ref/compute/#image-metadata-deprecated
 */
export function imageMetadataOperations({ image, database }: ComputeContext): Operation[] {
  const collection = '/v2.1/images/{image_id}/metadata';
  const item = `${collection}/{key}`;
  const common = { success: 200, until: until('imageMetadataLimit') } as const;
  const read = async (request: OperationRequest) => metadataOf(await showImage(image, request));

  /** Changes the metadata and gives what it is then. */
  const change = async (
    request: OperationRequest,
    next: (present: Record<string, string>) => Record<string, string>,
  ): Promise<Record<string, string>> => {
    const present = await read(request);
    const wanted = next(present);
    const limits = await limitsOf(database, request.caller.projectId ?? '');
    if (limits.metadata_items >= 0 && Object.keys(wanted).length > limits.metadata_items)
      throw new Fault('forbidden', 'Image metadata limit exceeded');
    return metadataOf(await replaceProperties(image, request, present, wanted));
  };

  return [
    operation({
      ...common,
      name: 'list_image_metadata',
      role: 'reader',
      method: 'GET',
      path: collection,
      summary: "An image's metadata",
      handle: async (request) => ({ body: { metadata: await read(request) } }),
    }),
    operation({
      ...common,
      name: 'merge_image_metadata',
      role: 'member',
      method: 'POST',
      path: collection,
      summary: 'Add or change metadata of an image',
      body: AllBody,
      async handle(request) {
        const { metadata } = request.body;
        return {
          body: { metadata: await change(request, (present) => ({ ...present, ...metadata })) },
        };
      },
    }),
    operation({
      ...common,
      name: 'replace_image_metadata',
      role: 'member',
      method: 'PUT',
      path: collection,
      summary: "Replace an image's metadata",
      body: AllBody,
      async handle(request) {
        const { metadata } = request.body;
        return { body: { metadata: await change(request, () => metadata) } };
      },
    }),
    operation({
      ...common,
      name: 'show_image_metadata_item',
      role: 'reader',
      method: 'GET',
      path: item,
      summary: "One item of an image's metadata",
      async handle(request) {
        const key = request.params['key']!;
        const metadata = await read(request);
        if (!Object.hasOwn(metadata, key)) throw notFound('The resource could not be found.');
        return { body: { meta: { [key]: metadata[key] } } };
      },
    }),
    operation({
      ...common,
      name: 'update_image_metadata_item',
      role: 'member',
      method: 'PUT',
      path: item,
      summary: "Set one item of an image's metadata",
      body: ItemBody,
      async handle(request) {
        const { meta } = request.body;
        const key = request.params['key']!;
        if (Object.keys(meta).length !== 1)
          throw badRequest('Request body contains too many items');
        if (!Object.hasOwn(meta, key)) throw badRequest('Request body and URI mismatch');
        await change(request, (present) => ({ ...present, ...meta }));
        return { body: { meta } };
      },
    }),
    operation({
      ...common,
      name: 'delete_image_metadata_item',
      role: 'member',
      method: 'DELETE',
      path: item,
      summary: "Remove one item of an image's metadata",
      success: 204,
      async handle(request) {
        const key = request.params['key']!;
        await change(request, (present) => {
          if (!Object.hasOwn(present, key)) throw notFound('Invalid metadata key');
          const { [key]: _, ...rest } = present;
          return rest;
        });
        return {};
      },
    }),
  ];
}
