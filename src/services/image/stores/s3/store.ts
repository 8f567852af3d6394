import type { Draft, Store } from '../store.ts';
import { S3Client, S3Error, type S3Address } from './client.ts';

/** A store in a bucket that nobody else writes to below the prefix. */
export interface S3Options extends S3Address {
  readonly description: string;
  /** Bytes of a part; S3 wants 5 MiB at least and takes 10,000 of an object. */
  readonly chunkSize: number;
  /** Makes the bucket when it is not there. */
  readonly createBucket: boolean;
  /** Beginning of the keys. */
  readonly prefix: string;
}

const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof S3Error && (codes.includes(error.code) || codes.includes(String(error.status)));

const values = (document: string, name: string): string[] =>
  [...document.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, value]) => value!);

/** Images as objects of S3, larger ones in parts: what is not finished nobody sees. */
export function s3Store(options: S3Options): Store {
  const { store: id, endpoint, bucket, description, chunkSize, prefix } = options;
  const client = new S3Client(options);
  const keyOf = (image: string) => `${prefix}${image}`;

  async function makeBucket(): Promise<void> {
    try {
      await client.headers('PUT', {});
    } catch (error) {
      if (!isCode(error, 'BucketAlreadyOwnedByYou', 'BucketAlreadyExists')) throw error;
    }
  }

  /** Makes the bucket when that is why it did not work. */
  async function withBucket<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!options.createBucket || !isCode(error, 'NoSuchBucket')) throw error;
      await makeBucket();
      return work();
    }
  }

  /** Uploads of this process, for `sweep` to leave alone: those that begin, and those that have begun. */
  const beginning = new Set<Promise<unknown>>();
  const living = new Set<string>();

  async function begin(key: string): Promise<string> {
    const work = withBucket(async () => {
      const document = await client.document('POST', { key, query: { uploads: '' } });
      const [upload] = values(document, 'UploadId');
      if (upload === undefined) throw new Error(`${id} began no upload`);
      living.add(upload);
      return upload;
    });
    beginning.add(work);
    return work.finally(() => beginning.delete(work));
  }

  async function draft(image: string): Promise<Draft> {
    const key = keyOf(image);
    const part = Buffer.allocUnsafe(chunkSize);
    let filled = 0;
    let upload: string | undefined;
    let finished = false;
    const tags: string[] = [];

    const send = async (): Promise<void> => {
      upload ??= await begin(key);
      const query = { partNumber: String(tags.length + 1), uploadId: upload };
      const body = part.subarray(0, filled);
      const headers = await client.headers('PUT', { key, query, body });
      tags.push(headers.etag ?? '');
      filled = 0;
    };

    return {
      async write(block) {
        for (let offset = 0; offset < block.length;) {
          const copied = block.copy(part, filled, offset);
          offset += copied;
          filled += copied;
          if (filled === part.length) await send();
        }
      },
      async commit() {
        if (upload === undefined) {
          const body = part.subarray(0, filled);
          await withBucket(() => client.headers('PUT', { key, body }));
        } else {
          if (filled > 0) await send();
          const list = tags.map(
            (tag, index) =>
              `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag.replaceAll('"', '&quot;')}</ETag></Part>`,
          );
          const body = Buffer.from(
            `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`,
          );
          const query = { uploadId: upload };
          const document = await client.document('POST', { key, query, body });
          // The answer begins before the work is done: an error may come in a success.
          const [code] = values(document, 'Code');
          if (code !== undefined) throw new Error(`${id} did not finish an upload: ${code}`);
        }
        finished = true;
        living.delete(upload ?? '');
      },
      async discard() {
        if (upload === undefined || finished) return;
        living.delete(upload);
        await abort(key, upload);
      },
    };
  }

  async function abort(key: string, upload: string): Promise<void> {
    try {
      await client.headers('DELETE', { key, query: { uploadId: upload } });
    } catch (error) {
      if (!isCode(error, 'NoSuchUpload', '404')) throw error;
    }
  }

  /** All pages of a listing; none when there is no bucket. */
  async function* pages(
    query: Record<string, string>,
    next: (document: string) => Record<string, string>,
  ): AsyncGenerator<string> {
    let more: Record<string, string> = {};
    for (;;) {
      let document: string;
      try {
        document = await client.document('GET', { query: { ...query, prefix, ...more } });
      } catch (error) {
        if (isCode(error, 'NoSuchBucket')) return;
        throw error;
      }
      yield document;
      if (values(document, 'IsTruncated')[0] !== 'true') return;
      more = next(document);
    }
  }

  return {
    id,
    type: 's3',
    description,
    properties: {
      s3_store_host: endpoint,
      s3_store_bucket: bucket,
      s3_store_large_object_chunk_size: chunkSize,
    },
    draft,
    async read(image, part) {
      const headers: Record<string, string> = part
        ? { range: `bytes=${part.start}-${part.end}` }
        : {};
      return client.ask('GET', { key: keyOf(image), headers });
    },
    async has(image) {
      try {
        await client.headers('HEAD', { key: keyOf(image) });
        return true;
      } catch (error) {
        if (isCode(error, '404')) return false;
        throw error;
      }
    },
    async remove(image) {
      try {
        await client.headers('DELETE', { key: keyOf(image) });
      } catch (error) {
        if (!isCode(error, '404')) throw error;
      }
    },
    async list() {
      const names: string[] = [];
      const next = (document: string) => ({
        'continuation-token': values(document, 'NextContinuationToken')[0] ?? '',
      });
      for await (const document of pages({ 'list-type': '2' }, next))
        names.push(...values(document, 'Key').map((key) => key.slice(prefix.length)));
      return names;
    },
    async sweep() {
      const found: [key: string, upload: string][] = [];
      const next = (document: string) => ({
        'key-marker': values(document, 'NextKeyMarker')[0] ?? '',
        'upload-id-marker': values(document, 'NextUploadIdMarker')[0] ?? '',
      });
      for await (const document of pages({ uploads: '' }, next)) {
        const uploads = values(document, 'UploadId');
        found.push(
          ...values(document, 'Key').map(
            (key, index) => [key, uploads[index]!] as [string, string],
          ),
        );
      }
      await Promise.allSettled(beginning);
      const dead = found.filter(([, upload]) => !living.has(upload));
      for (const [key, upload] of dead) await abort(key, upload);
      return dead.length;
    },
    close: () => client.close(),
  };
}
