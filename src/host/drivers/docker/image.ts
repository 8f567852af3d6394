import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { definite, passing } from '../../fault.ts';
import { imageTag } from '../../names.ts';
import type { ImageWish } from '../../wish.ts';
import { download, SharedWork } from '../download.ts';
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
  readonly #work = new SharedWork<ReadyImage>();

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
    return this.#work.do(tag, () => this.#bring(image, tag, source), signal);
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
