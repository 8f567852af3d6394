import { Fault, notFound } from '../../../core/errors.ts';
import type { OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { askService, type ForeignDocument } from '../proxy.ts';

type ImageApi = ComputeContext['image'];

const PATCH = { 'content-type': 'application/openstack-images-v2.1-json-patch' };

/** Nova's words for Glance's refusals. */
function asNovaFault(error: unknown): never {
  if (error instanceof Fault && error.kind === 'notFound') throw notFound('Image not found.');
  throw error;
}

const idOf = (request: OperationRequest) => ({ image_id: request.params['image_id']! });

/** The image that the path names. */
export const showImage = (image: ImageApi, request: OperationRequest): Promise<ForeignDocument> =>
  askService(image, request, 'get_image', { params: idOf(request) }).catch(asNovaFault);

export async function listImages(
  image: ImageApi,
  request: OperationRequest,
  query: OperationRequest['query'],
): Promise<ForeignDocument[]> {
  return (await askService(image, request, 'get_images', { query }))['images'] as ForeignDocument[];
}

export async function deleteImage(image: ImageApi, request: OperationRequest): Promise<void> {
  await askService(image, request, 'delete_image', { params: idOf(request) }).catch(
    (error: unknown) => {
      if (error instanceof Fault && error.kind === 'forbidden')
        throw new Fault('forbidden', 'You are not allowed to delete the image.');
      return asNovaFault(error);
    },
  );
}

/** Makes the image's properties these; gives the image as it is then. */
export async function replaceProperties(
  image: ImageApi,
  request: OperationRequest,
  present: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): Promise<ForeignDocument> {
  const pointer = (name: string) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const patch = [
    ...Object.keys(present)
      .filter((name) => !Object.hasOwn(wanted, name))
      .map((name) => ({ op: 'remove', path: pointer(name) })),
    ...Object.entries(wanted)
      .filter(([name, value]) => !Object.hasOwn(present, name) || present[name] !== value)
      .map(([name, value]) => ({ op: 'add', path: pointer(name), value })),
  ];
  return askService(image, request, 'modify_image', {
    params: idOf(request),
    headers: PATCH,
    body: patch,
  }).catch(asNovaFault);
}
