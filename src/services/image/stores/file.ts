import { mkdirSync } from 'node:fs';
import { access, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { newHexId } from '../../../core/ids.ts';
import type { Draft, Store } from './store.ts';

const DRAFT = '.draft-';
/** Bytes of one read. */
const READ = 1024 * 1024;
/** Bytes after which the disk is told to begin: it works while more arrives, and has little left in the end. */
const FLUSH = 16 * 1024 * 1024;

/** Files of one folder, which nobody else writes to. */
export function fileStore(id: string, folder: string, description: string): Store {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Ids come from our own rows; a name with a separator must never get this far.
  const fileOf = (name: string) => path.join(folder, path.basename(name));
  const names = async () =>
    (await readdir(folder, { withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
  const isDraft = (name: string) => name.startsWith(DRAFT);

  async function draft(image: string): Promise<Draft> {
    const name = fileOf(`${DRAFT}${newHexId()}`);
    const file = await open(name, 'wx', 0o600);
    let closed = false;
    let unflushed = 0;
    let flushing: Promise<void> | undefined;
    let failure: unknown;
    const flush = () => {
      unflushed = 0;
      flushing = file
        .datasync()
        .catch((error: unknown) => void (failure ??= error))
        .finally(() => (flushing = undefined));
    };
    const close = async () => {
      await flushing;
      if (!closed) await file.close();
      closed = true;
    };
    return {
      async write(block) {
        for (let offset = 0; offset < block.length;) {
          const { bytesWritten } = await file.write(block, offset);
          offset += bytesWritten;
        }
        unflushed += block.length;
        if (unflushed >= FLUSH && flushing === undefined) flush();
      },
      async commit() {
        await flushing;
        // An error of the disk is told once: a later sync would say that all is well.
        if (failure !== undefined) throw failure;
        await file.sync();
        await close();
        await rename(name, fileOf(image));
        // The name must survive a power cut as well as the bytes.
        const directory = await open(folder, 'r');
        await directory.sync().finally(() => directory.close());
      },
      async discard() {
        await close();
        await rm(name, { force: true });
      },
    };
  }

  return {
    id,
    type: 'file',
    description,
    properties: { data_dir: folder },
    draft,
    async read(image, part) {
      // Opened here: what is not there is told before the answer has begun.
      const file = await open(fileOf(image), 'r');
      return file.createReadStream({ highWaterMark: READ, ...part });
    },
    has: (image) =>
      access(fileOf(image)).then(
        () => true,
        () => false,
      ),
    remove: (image) => rm(fileOf(image), { force: true }),
    list: async () => (await names()).filter((name) => !isDraft(name)),
    async sweep() {
      const drafts = (await names()).filter(isDraft);
      for (const name of drafts) await rm(path.join(folder, name), { force: true });
      return drafts.length;
    },
  };
}
