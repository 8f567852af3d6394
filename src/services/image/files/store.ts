import { createReadStream, mkdirSync } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { newHexId } from '../../../core/ids.ts';

/** A part of a file: both ends included, as in HTTP's Range. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** A file being written: it becomes the image's data at `commit`, or nothing at all. */
export interface Draft {
  write(chunk: Buffer): Promise<void>;
  /** Everything is on the disk and in its place when this resolves. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** Where the bytes of images are: a folder with one file an image, named by its id. */
export interface Store {
  draft(id: string): Promise<Draft>;
  read(id: string, part?: Part): Readable;
  /** No error when there is nothing. */
  remove(id: string): Promise<void>;
  /** Removes drafts of processes that died and files that no image owns; gives how many. */
  sweep(owned: ReadonlySet<string>): Promise<number>;
}

const DRAFT = '.draft-';

export function openStore(folder: string): Store {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Ids come from our own rows; a name with a separator must never get this far.
  const fileOf = (id: string) => path.join(folder, path.basename(id));
  return {
    async draft(id) {
      const name = `${fileOf(`${DRAFT}${newHexId()}`)}`;
      const file = await open(name, 'wx', 0o600);
      let closed = false;
      const close = async () => {
        if (!closed) {
          closed = true;
          await file.close();
        }
      };
      return {
        async write(chunk) {
          for (let offset = 0; offset < chunk.length;) {
            offset += (await file.write(chunk, offset, chunk.length - offset)).bytesWritten;
          }
        },
        async commit() {
          await file.sync();
          await close();
          await rename(name, fileOf(id));
          // The name must survive a power cut as well as the bytes.
          const directory = await open(folder, 'r');
          await directory.sync().finally(() => directory.close());
        },
        async discard() {
          await close();
          await rm(name, { force: true });
        },
      };
    },
    read: (id, part) => createReadStream(fileOf(id), { highWaterMark: 256 * 1024, ...part }),
    remove: (id) => rm(fileOf(id), { force: true }),
    async sweep(owned) {
      let removed = 0;
      for (const name of await readdir(folder)) {
        if (owned.has(name)) continue;
        await rm(path.join(folder, name), { force: true });
        removed++;
      }
      return removed;
    },
  };
}
