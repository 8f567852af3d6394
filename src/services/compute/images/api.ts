import { badRequest } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { until } from '../microversions.ts';
import { nextLink, pageOf } from '../paging.ts';
import { deleteImage, listImages, showImage } from './glance.ts';
import { imageSummary, imageView } from './view.ts';

/** Nova's names of filters → Glance's; `property-NAME` is the property itself. */
const FILTERS: Readonly<Record<string, string>> = {
  name: 'name',
  status: 'status',
  server: 'instance_uuid',
  type: 'image_type',
  minRam: 'min_ram',
  minDisk: 'min_disk',
};

/** A query for Nova's list as Glance's; what Nova does not know it leaves out. */
export function glanceQuery(query: OperationRequest['query']): Record<string, readonly string[]> {
  const asked: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(query)) {
    const value = values.at(-1) ?? '';
    if (name === 'changes-since') {
      if (Number.isNaN(Date.parse(value)))
        throw badRequest(`Invalid changes-since value: ${value.slice(0, 100)}.`);
      asked['updated_at'] = [`gte:${new Date(value).toISOString().slice(0, 19)}Z`];
    } else if (name === 'status') asked['status'] = [glanceStatus(value)];
    // The address of a server is as good as its id.
    else if (name === 'server') asked['instance_uuid'] = [value.split('/').at(-1) ?? ''];
    else if (Object.hasOwn(FILTERS, name)) asked[FILTERS[name]!] = [value];
    else if (name.startsWith('property-')) asked[name.slice('property-'.length)] = [value];
  }
  return asked;
}

/** Nova passes the word on in small letters; that of its own documents, SAVING, means more than Glance's. */
const glanceStatus = (status: string): string =>
  status.toLowerCase() === 'saving' ? 'in:queued,saving' : status.toLowerCase();

/**
 * Glance's images through Nova's door, gone with 2.36:
 * https://docs.openstack.org/api-ref/compute/#images-deprecated
 */
export function imageOperations({ image }: ComputeContext): Operation[] {
  const path = '/v2.1/images';
  const common = { role: 'reader', success: 200, until: until('networkProxies') } as const;
  const list =
    (view: typeof imageSummary) =>
    async (request: OperationRequest): Promise<{ body: unknown }> => {
      const page = pageOf(request.query);
      const images = await listImages(image, request, {
        ...glanceQuery(request.query),
        limit: [String(page.limit)],
        ...(page.marker === undefined ? {} : { marker: [page.marker] }),
      });
      const last = images.at(-1);
      const isFull = images.length === page.limit;
      return {
        body: {
          images: images.map((one) => view(one, request)),
          ...nextLink(request, 'images', page, last && String(last['id']), isFull),
        },
      };
    };
  return [
    operation({
      ...common,
      name: 'list_images',
      method: 'GET',
      path,
      summary: 'Images in short',
      handle: list(imageSummary),
    }),
    operation({
      ...common,
      name: 'list_images_detail',
      method: 'GET',
      path: `${path}/detail`,
      summary: 'Images',
      handle: list(imageView),
    }),
    operation({
      ...common,
      name: 'show_image',
      method: 'GET',
      path: `${path}/{image_id}`,
      summary: 'One image',
      handle: async (request) => ({
        body: { image: imageView(await showImage(image, request), request) },
      }),
    }),
    operation({
      ...common,
      name: 'delete_image',
      role: 'member',
      method: 'DELETE',
      path: `${path}/{image_id}`,
      summary: 'Delete an image',
      success: 204,
      async handle(request) {
        await deleteImage(image, request);
        return {};
      },
    }),
  ];
}
