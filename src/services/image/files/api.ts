import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { badRequest, Fault, forbidden } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import { operation, type Operation, type Reply } from '../../operation.ts';
import { imageNotFound, wrongStatus } from '../errors.ts';
import { visibleImage, type ImageModels } from '../images/access.ts';
import type { StoredData } from '../images/model.ts';
import type { ImageRow } from '../tables.ts';
import { mustOwn } from '../images/rules.ts';
import { contentCheck } from './content.ts';
import type { Part, Store } from './store.ts';

interface FileDependencies extends ImageModels {
  readonly store: Store;
  readonly sizeLimit: number;
  readonly log: Logger;
}

/** Upload and download of the bytes: streams in both directions, memory independent of the size. */
export function fileOperations(dependencies: FileDependencies): Operation[] {
  const { images, store, sizeLimit, log } = dependencies;
  const path = '/v2/images/{image_id}/file';

  /** Writes the stream to a draft and, when all of it is good, makes the image active. Nothing stays otherwise. */
  async function upload(
    row: ImageRow,
    stream: Readable,
    announced: number | undefined,
  ): Promise<void> {
    const draft = await store.draft(row.id);
    try {
      const data = await receive(row, stream, announced, (chunk) => draft.write(chunk));
      await draft.commit();
      if (!(await images.moveStatus(row.id, 'saving', 'active', data))) {
        await store.remove(row.id);
        throw imageNotFound(row.id); // Deleted while its data was on the way.
      }
    } catch (error) {
      await draft.discard();
      await requeue(row.id);
      throw error;
    }
  }

  /** Takes the image for this upload; false when another one has it or its data is there. */
  async function begin(id: string): Promise<boolean> {
    try {
      return await images.moveStatus(id, 'queued', 'saving');
    } catch (error) {
      void requeue(id); // The database may have done it and gone before it said so.
      throw error;
    }
  }

  /** Lets the image wait for data again; when the database is away, as soon as it is back. */
  async function requeue(id: string, attempt = 1): Promise<void> {
    try {
      // Bytes that are already in their place stay there unseen: the next upload replaces them.
      await images.moveStatus(id, 'saving', 'queued');
    } catch (error) {
      log.warn({ error, image: id, attempt }, 'could not put an image back to queued; tried again');
      const wait = Math.min(250 * 2 ** attempt, 15_000);
      setTimeout(() => void requeue(id, attempt + 1), wait).unref();
    }
  }

  async function receive(
    row: ImageRow,
    stream: Readable,
    announced: number | undefined,
    write: (chunk: Buffer) => Promise<void>,
  ): Promise<StoredData> {
    const md5 = createHash('md5');
    const sha512 = createHash('sha512');
    const content = contentCheck(row.container_format!, row.disk_format!);
    let size = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > sizeLimit) throw tooLarge(sizeLimit);
        await content.push(chunk);
        md5.update(chunk);
        sha512.update(chunk);
        await write(chunk);
      }
      if (announced !== undefined && size !== announced) {
        throw badRequest(
          `The connection ended after ${size} of ${announced} bytes; the image has no data.`,
        );
      }
      const { virtualSize } = await content.end();
      return {
        size,
        checksum: md5.digest('hex'),
        osHashAlgo: 'sha512',
        osHashValue: sha512.digest('hex'),
        virtualSize,
      };
    } finally {
      content.stop();
    }
  }

  return [
    operation({
      name: 'upload_image',
      method: 'PUT',
      path,
      summary: 'Upload the data of an image',
      role: 'member',
      success: 204,
      bodyKind: 'stream',
      async handle({ params, caller, headers, stream }) {
        const row = await visibleImage(dependencies, caller, params['image_id']!);
        mustOwn(row, caller, 'upload data to this image');
        const type = headers['content-type']?.split(';')[0]?.trim();
        if (type !== undefined && type !== 'application/octet-stream') {
          throw new Fault(
            'unsupportedMediaType',
            `The data of an image is application/octet-stream, not ${type.slice(0, 100)}.`,
          );
        }
        if (row.container_format === null || row.disk_format === null) {
          throw badRequest(
            'Properties disk_format, container_format must be set prior to saving data.',
          );
        }
        const announced =
          headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
        if (announced !== undefined && announced > sizeLimit) throw tooLarge(sizeLimit);
        if (!(await begin(row.id))) throw wrongStatus(row.id, row.status, 'queued');
        await upload(row, stream, announced);
        return {};
      },
    }),
    operation({
      name: 'download_image',
      method: 'GET',
      path,
      summary: 'Download the data of an image',
      role: 'reader',
      success: 200,
      async handle({ params, caller, headers }) {
        const row = await visibleImage(dependencies, caller, params['image_id']!);
        if (row.status === 'deactivated' && !caller.isAdmin) {
          throw forbidden(`Image ${row.id} is deactivated: an administrator may reactivate it.`);
        }
        if (row.status === 'queued' || row.status === 'saving') return { status: 204 };
        return download(store, row, headers['range']);
      },
    }),
  ];
}

const tooLarge = (limit: number): Fault =>
  new Fault('tooLarge', `The data is larger than images may be here: at most ${limit} bytes.`, {
    headers: { Connection: 'close' },
  });

function download(store: Store, row: ImageRow, range: string | undefined): Reply {
  const size = row.size ?? 0;
  const part = range === undefined ? undefined : partOf(range, size);
  const headers: Record<string, string> = {
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(part ? part.end - part.start + 1 : size),
    'Accept-Ranges': 'bytes',
    ...(part ? { 'Content-Range': `bytes ${part.start}-${part.end}/${size}` } : {}),
    ...(row.checksum && !part ? { 'Content-MD5': row.checksum } : {}),
  };
  return { status: part ? 206 : 200, headers, stream: store.read(row.id, part) };
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
