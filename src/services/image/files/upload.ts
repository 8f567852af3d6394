import type { Readable } from 'node:stream';
import { badRequest, Fault } from '../../../core/errors.ts';
import { sleep } from '../../../core/time.ts';
import type { ImageContext } from '../context.ts';
import { imageNotFound } from '../errors.ts';
import type { ImageRow, ImageStatus } from '../tables.ts';
import type { Store } from '../stores/store.ts';
import { cutOff, receive, tooLarge } from './receive.ts';

/** How much there should be, and may be, in bytes. */
export interface Amount {
  readonly announced: number | undefined;
  readonly size: number;
}

/** Fails with 415 unless the media type is that of data. */
export function mustBeOctets(header: string | undefined): void {
  const type = header?.split(';')[0]?.trim();
  if (type !== undefined && type !== 'application/octet-stream') {
    throw new Fault(
      'unsupportedMediaType',
      `The data of an image is application/octet-stream, not ${type.slice(0, 100)}.`,
    );
  }
}

/** What went wrong, in words for the client where it is its business or the operator's. */
export function asFault(error: unknown): unknown {
  const { code } = Object(error) as { code?: string };
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new Fault('tooLarge', 'Image storage media is full: nothing of this was stored.', {
    cause: error,
  });
}

/** What the request announces; fails with 413 when that is more than there is room for. */
export function amountOf(header: string | undefined, size: number): Amount {
  const announced = header === undefined ? undefined : Number(header);
  if (announced !== undefined && announced > size) throw tooLarge(size);
  return { announced, size };
}

/** Fails with 400 unless the image says what its data will be. */
export function mustHaveFormats(row: ImageRow): void {
  if (row.container_format === null || row.disk_format === null) {
    throw badRequest('Properties disk_format, container_format must be set prior to saving data.');
  }
}

/** The ways of data into an image while the request lasts. Nothing stays of what does not come to a good end. */
export class Uploads {
  private readonly context: ImageContext;

  constructor(context: ImageContext) {
    this.context = context;
  }

  /** Takes the image for an upload; false when another one has it or its data is there. */
  async begin(id: string, to: 'saving' | 'uploading'): Promise<boolean> {
    try {
      return await this.context.images.moveStatus(id, 'queued', to);
    } catch (error) {
      void this.requeue(id, to); // The database may have done it and gone before it said so.
      throw error;
    }
  }

  /** Writes the stream to a store and, when all of it is good, makes the image active. */
  async save(row: ImageRow, stream: Readable, amount: Amount, store: Store): Promise<void> {
    const { images, receiving } = this.context;
    try {
      const draft = await store.draft(row.id);
      try {
        const data = await receive(row, stream, amount, receiving, (block) => draft.write(block));
        await draft.commit();
        const stores = [store.id];
        if (!(await images.moveStatus(row.id, 'saving', 'active', { data, stores }))) {
          await store.remove(row.id);
          throw imageNotFound(row.id); // Deleted while its data was on the way.
        }
      } catch (error) {
        await draft.discard();
        throw error;
      }
    } catch (error) {
      await this.requeue(row.id, 'saving');
      throw asFault(error);
    }
  }

  /** Keeps the stream for a later import. What it is, the import looks at. */
  async stage(row: ImageRow, stream: Readable, { announced, size }: Amount): Promise<void> {
    const { images, staging } = this.context;
    try {
      const draft = await staging.draft(row.id);
      try {
        let received = 0;
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          received += chunk.length;
          if (received > size) throw tooLarge(size);
          await draft.write(chunk);
        }
        if (announced !== undefined && received !== announced) throw cutOff(received, announced);
        await draft.commit();
        if (!(await images.staged(row.id, received))) {
          await staging.remove(row.id);
          throw imageNotFound(row.id);
        }
      } catch (error) {
        await draft.discard();
        throw error;
      }
    } catch (error) {
      await this.requeue(row.id, 'uploading');
      throw asFault(error);
    }
  }

  /** Lets the image wait for data again; when the database is away, as soon as it is back. */
  private async requeue(id: string, from: ImageStatus): Promise<void> {
    const { images, log } = this.context;
    const again = async (attempt: number): Promise<void> => {
      try {
        // Bytes that are already in their place stay there unseen: the next upload replaces them.
        await images.moveStatus(id, from, 'queued');
      } catch (error) {
        log.warn(
          { error, image: id, attempt },
          'could not put an image back to queued; tried again',
        );
        void sleep(Math.min(250 * 2 ** attempt, 15_000)).then(() => again(attempt + 1));
      }
    };
    await again(1);
  }
}
