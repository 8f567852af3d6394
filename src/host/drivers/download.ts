import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../core/errors.ts';
import { definite, HostFault, passing } from '../fault.ts';
import type { ImageWish } from '../wish.ts';
import type { ImageSource } from './driver.ts';

/** Writes the bytes to a file while counting and digesting them; rejects when they are not what Glance promised. */
export async function download(image: ImageWish, file: string, source: ImageSource): Promise<void> {
  const hash = createHash(image.digest.algorithm);
  let size = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (image.size !== undefined && size > image.size) {
        return done(
          definite(`image ${image.id} is longer than the ${image.size} bytes it should have`),
        );
      }
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const controller = new AbortController();
  try {
    const body = await source(image.id, controller.signal);
    await pipeline(body, check, createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    controller.abort();
    if (error instanceof HostFault) throw error;
    throw passing(`image ${image.id} could not be fetched: ${messageOf(error)}`, error);
  }
  if (image.size !== undefined && size < image.size) {
    throw passing(`the download of image ${image.id} ended after ${size} of ${image.size} bytes`);
  }
  const value = hash.digest('hex');
  if (value !== image.digest.value) {
    throw definite(
      `image ${image.id} has the ${image.digest.algorithm} ${value} instead of ${image.digest.value}`,
    );
  }
}

/**
 * Work that several wait for: each may give up, but the work itself goes on, since the next one to ask is likely.
 */
export class SharedWork<T> {
  readonly #underWay = new Map<string, Promise<T>>();

  /** Joins the work under this key, or begins it. Rejects early when the signal is aborted. */
  do(key: string, begin: () => Promise<T>, signal: AbortSignal): Promise<T> {
    let work = this.#underWay.get(key);
    if (work === undefined) {
      work = begin().finally(() => this.#underWay.delete(key));
      work.catch(() => undefined);
      this.#underWay.set(key, work);
    }
    return unlessAborted(work, signal);
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
