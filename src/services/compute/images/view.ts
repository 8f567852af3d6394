import type { OperationRequest } from '../../operation.ts';
import type { ForeignDocument } from '../proxy.ts';
import { serverLinks } from '../servers/view.ts';

/** What Glance prints of an image beside the properties of its users. */
const ATTRIBUTES: ReadonlySet<string> = new Set([
  'id', 'name', 'status', 'visibility', 'protected', 'os_hidden', 'owner', 'container_format', 'disk_format',
  'size', 'virtual_size', 'checksum', 'os_hash_algo', 'os_hash_value', 'min_disk', 'min_ram', 'tags', 'stores',
  'created_at', 'updated_at', 'self', 'file', 'schema',
]); // prettier-ignore

/** Nova's words for Glance's states; any other is UNKNOWN. */
const STATUS: Readonly<Record<string, readonly [status: string, progress: number]>> = {
  active: ['ACTIVE', 100],
  queued: ['SAVING', 25],
  saving: ['SAVING', 50],
  deleted: ['DELETED', 0],
  pending_delete: ['DELETED', 0],
  killed: ['ERROR', 0],
};

/** An image's properties: to Nova its metadata. */
export const metadataOf = (image: ForeignDocument): Record<string, string> =>
  Object.fromEntries(
    Object.entries(image).filter(([name]) => !ATTRIBUTES.has(name)) as [string, string][],
  );

/** An image as in the short list. */
export function imageSummary(image: ForeignDocument, request: OperationRequest) {
  const id = String(image['id']);
  return {
    id,
    name: image['name'],
    links: [
      { rel: 'self', href: `${request.serviceUrl}/v2.1/images/${id}` },
      { rel: 'bookmark', href: `${request.serviceUrl}/images/${id}` },
      {
        rel: 'alternate',
        type: 'application/vnd.openstack.image',
        href: `${request.urlOf('image')}/images/${id}`,
      },
    ],
  };
}

/** https://docs.openstack.org/api-ref/compute/#show-image-details */
export function imageView(image: ForeignDocument, request: OperationRequest) {
  const metadata = metadataOf(image);
  const [status, progress] = STATUS[String(image['status'])] ?? ['UNKNOWN', 0];
  const server = metadata['instance_uuid'];
  const autoDisk = metadata['auto_disk_config'];
  return {
    ...imageSummary(image, request),
    minRam: image['min_ram'] ?? 0,
    minDisk: image['min_disk'] ?? 0,
    metadata,
    created: image['created_at'],
    updated: image['updated_at'],
    status,
    progress,
    'OS-EXT-IMG-SIZE:size': image['size'],
    ...(server === undefined
      ? {}
      : { server: { id: server, links: serverLinks(request, server) } }),
    ...(autoDisk === undefined
      ? {}
      : { 'OS-DCF:diskConfig': /^(1|t|true|on|y|yes)$/i.test(autoDisk) ? 'AUTO' : 'MANUAL' }),
  };
}
