import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../../../core/errors.ts';
import { definite, HostFault, passing } from '../../fault.ts';
import { imageTag } from '../../names.ts';
import type { ImageWish } from '../../wish.ts';
import type { ImageSource } from '../driver.ts';
import type { Engine } from './engine.ts';
import { archiveKind, type ArchiveKind } from './tar.ts';

/** An image in the engine, and what it says of its processes. */
export interface ReadyImage {
  readonly tag: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** As the image says it: `nginx`, `101:101`; empty is root. */
  readonly user: string;
}

interface Inspected {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly Config: {
    readonly Entrypoint: readonly string[] | null;
    readonly Cmd: readonly string[] | null;
    readonly User: string;
  };
}

/**
 * Brings Glance images into the engine: downloaded to a file, checked, loaded, tagged by id and checksum. Nothing of
 * an image that fails the check reaches the engine. Several servers that wait for one image share one download.
 */
export class ImageStore {
  readonly #engine: Engine;
  readonly #folder: string;
  readonly #ready = new Map<string, ReadyImage>();
  readonly #underWay = new Map<string, Promise<ReadyImage>>();

  constructor(engine: Engine, folder: string) {
    this.#engine = engine;
    this.#folder = folder;
  }

  /** Removes what an agent that was killed left of its downloads. */
  async clean(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The engine said that it does not have the image after all. */
  forget(image: ImageWish): void {
    this.#ready.delete(imageTag(image.id, image.digest.value));
  }

  async prepare(image: ImageWish, source: ImageSource, signal: AbortSignal): Promise<ReadyImage> {
    const tag = imageTag(image.id, image.digest.value);
    const known = this.#ready.get(tag);
    if (known !== undefined) return known;
    let work = this.#underWay.get(tag);
    if (work === undefined) {
      // Who waits may give up; the download goes on, since the next one to ask is likely.
      work = this.#bring(image, tag, source).finally(() => this.#underWay.delete(tag));
      work.catch(() => undefined);
      this.#underWay.set(tag, work);
    }
    return unlessAborted(work, signal);
  }

  async #bring(image: ImageWish, tag: string, source: ImageSource): Promise<ReadyImage> {
    let inspected = await this.#inspect(tag);
    if (inspected === undefined) {
      await this.#load(image, tag, source);
      inspected = await this.#inspect(tag);
      if (inspected === undefined) throw passing(`image ${image.id} vanished from the engine`);
    }
    const ready: ReadyImage = {
      tag,
      entrypoint: inspected.Config.Entrypoint ?? [],
      command: inspected.Config.Cmd ?? [],
      user: inspected.Config.User ?? '',
    };
    this.#ready.set(tag, ready);
    return ready;
  }

  #inspect(reference: string): Promise<Inspected | undefined> {
    return this.#engine.json<Inspected>({
      path: `/images/${encodeURIComponent(reference)}/json`,
      accept: [404],
      what: 'looking for the image',
    });
  }

  async #load(image: ImageWish, tag: string, source: ImageSource): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const file = path.join(this.#folder, `${image.id}-${image.digest.value.slice(0, 16)}`);
    try {
      await download(image, file, source);
      const kind = await archiveKind(file);
      if (kind.kind === 'none')
        throw definite(`image ${image.id} is no container image: ${kind.why}`);
      if (kind.kind === 'files') await this.#import(image, tag, file);
      else await this.#loadArchive(image, tag, file, kind);
    } finally {
      await rm(file, { force: true });
    }
  }

  async #import(image: ImageWish, tag: string, file: string): Promise<void> {
    const [repo, name] = tag.split(':');
    const body = createReadStream(file);
    await this.#engine.lines(
      {
        method: 'POST',
        path: '/images/create',
        query: { fromSrc: '-', repo, tag: name, message: `Glance image ${image.id}` },
        body,
        what: `importing image ${image.id}`,
      },
      () => undefined,
    );
  }

  async #loadArchive(
    image: ImageWish,
    tag: string,
    file: string,
    kind: ArchiveKind,
  ): Promise<void> {
    // The names in an archive are its maker's. The engine would move such names, and they may be somebody's.
    const names = kind.kind === 'engine' ? kind.names : [];
    const before = new Map<string, string | undefined>();
    for (const name of names) before.set(name, (await this.#inspect(name))?.Id);
    const said: string[] = [];
    await this.#engine.lines(
      {
        method: 'POST',
        path: '/images/load',
        query: { quiet: true },
        body: createReadStream(file),
        what: `loading image ${image.id}`,
      },
      (line) => {
        if (typeof line['stream'] === 'string') said.push(line['stream']);
      },
    );
    const loaded =
      /Loaded image ID: (sha256:[0-9a-f]{64})/.exec(said.join(''))?.[1] ??
      /Loaded image: (\S+)/.exec(said.join(''))?.[1] ??
      (kind.kind === 'engine' ? `sha256:${kind.config}` : undefined);
    if (loaded === undefined)
      throw definite(`image ${image.id} holds no image that Docker can load`);
    await this.#tag(loaded, tag);
    for (const [name, id] of before) {
      if (id !== undefined) await this.#tag(id, name);
      else {
        await this.#engine.json({
          method: 'DELETE',
          path: `/images/${encodeURIComponent(name)}`,
          query: { noprune: true },
          accept: [404, 409],
          what: `taking the name ${name} off image ${image.id}`,
        });
      }
    }
  }

  async #tag(reference: string, tag: string): Promise<void> {
    const colon = tag.lastIndexOf(':');
    await this.#engine.json({
      method: 'POST',
      path: `/images/${encodeURIComponent(reference)}/tag`,
      query: { repo: tag.slice(0, colon), tag: tag.slice(colon + 1) },
      what: `naming the image ${tag}`,
    });
  }
}

/** Writes the bytes to a file while counting and digesting them; rejects when they are not what Glance promised. */
async function download(image: ImageWish, file: string, source: ImageSource): Promise<void> {
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

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
