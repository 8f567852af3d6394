import { badRequest } from '../../../core/errors.ts';
import { operation, type Operation, type Reply } from '../../operation.ts';
import type { ImageContext } from '../context.ts';
import { wrongStatus } from '../errors.ts';
import { imageFor } from '../images/access.ts';
import { policy } from '../policy.ts';
import type { Part } from '../stores/store.ts';
import { WITH_DATA, type ImageRow } from '../tables.ts';
import { amountOf, mustBeOctets, mustHaveFormats, Uploads } from './upload.ts';

/** Upload, staging and download of the bytes: streams in both directions, memory independent of the size. */
export function fileOperations(context: ImageContext): Operation[] {
  const { stores, quota } = context;
  const uploads = new Uploads(context);
  const path = '/v2/images/{image_id}/file';
  return [
    operation({
      name: 'upload_image',
      method: 'PUT',
      path,
      summary: 'Upload the data of an image',
      role: policy.role('upload_image'),
      success: 204,
      bodyKind: 'stream',
      async handle({ params, caller, headers, stream }) {
        const row = await imageFor('upload_image', context, caller, params['image_id']!);
        mustBeOctets(headers['content-type']);
        mustHaveFormats(row);
        const wanted = headers['x-image-meta-store'];
        const store = wanted === undefined ? stores.initial : stores.named(wanted);
        const room = await quota.room(row.owner, 'image_size_total');
        const amount = amountOf(headers['content-length'], room);
        if (!(await uploads.begin(row.id, 'saving')))
          throw wrongStatus(row.id, row.status, 'queued');
        await uploads.save(row, stream, amount, store);
        return {};
      },
    }),
    operation({
      name: 'stage_image',
      method: 'PUT',
      path: '/v2/images/{image_id}/stage',
      summary: 'Upload data that an import makes the image of',
      role: policy.role('modify_image'),
      success: 204,
      bodyKind: 'stream',
      async handle({ params, caller, headers, stream }) {
        const row = await imageFor('modify_image', context, caller, params['image_id']!);
        mustBeOctets(headers['content-type']);
        const room = await quota.room(row.owner, 'image_stage_total');
        const amount = amountOf(headers['content-length'], room);
        if (!(await uploads.begin(row.id, 'uploading')))
          throw wrongStatus(row.id, row.status, 'queued');
        await uploads.stage(row, stream, amount);
        return {};
      },
    }),
    operation({
      name: 'download_image',
      method: 'GET',
      path,
      summary: 'Download the data of an image',
      role: policy.role('download_image'),
      success: 200,
      async handle({ params, caller, headers }) {
        const row = await imageFor('download_image', context, caller, params['image_id']!);
        if (row.status === 'deactivated')
          policy.require(
            'download_deactivated_image',
            caller,
            {},
            `Image ${row.id} is deactivated: its project may reactivate it.`,
          );
        if (!WITH_DATA.includes(row.status)) return { status: 204 };
        return download(context, row, headers['range']);
      },
    }),
  ];
}

async function download(
  { stores }: ImageContext,
  row: ImageRow,
  range: string | undefined,
): Promise<Reply> {
  const size = row.size ?? 0;
  const part = range === undefined ? undefined : partOf(range, size);
  const headers: Record<string, string> = {
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(part ? part.end - part.start + 1 : size),
    'Accept-Ranges': 'bytes',
    ...(part ? { 'Content-Range': `bytes ${part.start}-${part.end}/${size}` } : {}),
    ...(row.checksum && !part ? { 'Content-MD5': row.checksum } : {}),
  };
  const stream = await stores.read(row, part);
  return { status: part ? 206 : 200, headers, stream };
}

/** One range of bytes (RFC 9110 §14.1.2): `bytes=0-99`, `bytes=100-`, `bytes=-50`. */
function partOf(range: string, size: number): Part {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range.trim());
  const [, from = '', to = ''] = match ?? [];
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (match === null || (from === '' && to === '') || start > end) {
    throw badRequest(`Range ${range.slice(0, 60)} cannot be had: the image has ${size} bytes.`);
  }
  return { start, end };
}
