import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../../core/errors.ts';
import { run } from '../../command.ts';
import { definite } from '../../fault.ts';
import type { ImageWish } from '../../wish.ts';
import { download, SharedWork } from '../download.ts';
import type { ImageSource } from '../driver.ts';

/** An image on this host that disks of servers stand on. */
export interface BaseImage {
  readonly file: string;
  readonly format: 'raw' | 'qcow2';
  /** Bytes that a guest sees. */
  readonly virtualSize: number;
}

/** What `qemu-img info --output=json` says, as far as we look. */
interface ImageInfo {
  readonly 'virtual-size': number;
  readonly encrypted?: boolean;
  readonly 'backing-filename'?: string;
  readonly 'format-specific'?: { readonly data?: Readonly<Record<string, unknown>> };
}

/** How long a base image stays that no server stands on, in milliseconds. */
const KEPT_FOR = 24 * 60 * 60 * 1000;

/**
 * Glance images on this host: downloaded once, checked, never changed. Servers' disks are copy-on-write layers above
 * them. The name holds the checksum: an id whose bytes differ is another image.
 */
export class BaseImages {
  readonly #folder: string;
  readonly #work = new SharedWork<BaseImage>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async prepare(image: ImageWish, source: ImageSource, signal: AbortSignal): Promise<BaseImage> {
    const format = formatOf(image);
    const file = path.join(
      this.#folder,
      `${image.id}-${image.digest.value.slice(0, 16)}.${format}`,
    );
    return this.#work.do(file, () => this.#bring(image, file, format, source), signal);
  }

  /** Removes what an agent that was killed left of its downloads, and images that nobody used for a day. */
  async clean(inUse: ReadonlySet<string>): Promise<void> {
    const before = Date.now() - KEPT_FOR;
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const file = path.join(this.#folder, name);
      if (inUse.has(file)) continue;
      const modified = (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
      if (name.endsWith('.part') || modified < before) await rm(file, { force: true });
    }
  }

  async #bring(
    image: ImageWish,
    file: string,
    format: BaseImage['format'],
    source: ImageSource,
  ): Promise<BaseImage> {
    if ((await stat(file).catch(() => undefined)) !== undefined) {
      await utimes(file, new Date(), new Date());
      return { file, format, virtualSize: await checkedSize(image, file, format) };
    }
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const part = `${file}.part`;
    try {
      await download(image, part, source);
      const virtualSize = await checkedSize(image, part, format);
      await rename(part, file);
      return { file, format, virtualSize };
    } finally {
      await rm(part, { force: true });
    }
  }
}

/** The format is what Glance says, never what the bytes look like: a raw image may hold anything. */
function formatOf(image: ImageWish): BaseImage['format'] {
  const { diskFormat } = image;
  if (image.containerFormat !== 'bare' || (diskFormat !== 'raw' && diskFormat !== 'qcow2')) {
    throw definite(
      `image ${image.id} has the container format ${image.containerFormat} and the disk format ${diskFormat}: ` +
        'virtual machines here start from bare images in the formats raw and qcow2',
    );
  }
  return diskFormat;
}

/**
 * Size of the disk in an image that is safe to use: one that names other files (a backing file, a data file) would have
 * QEMU open files of this host for whoever made the image.
 */
export async function checkedSize(
  image: Pick<ImageWish, 'id'>,
  file: string,
  format: BaseImage['format'],
): Promise<number> {
  const info = await imageInfo(file, format).catch((error: unknown) => {
    throw definite(`image ${image.id} is no ${format} image: ${messageOf(error)}`, error);
  });
  const data = info['format-specific']?.data ?? {};
  if (info['backing-filename'] !== undefined || data['data-file'] !== undefined) {
    throw definite(`image ${image.id} refers to other files, which no image may`);
  }
  if (info.encrypted === true) throw definite(`image ${image.id} is encrypted`);
  return info['virtual-size'];
}

/** Asks `qemu-img` within narrow limits of memory and time: what it reads was made by somebody else. */
export async function imageInfo(file: string, format: BaseImage['format']): Promise<ImageInfo> {
  const { stdout } = await run(
    'prlimit',
    [
      [`--as=${2 ** 30}`, '--cpu=30', '--', 'qemu-img', 'info', '--force-share'],
      ['--output=json', '-f', format, file],
    ].flat(),
    { timeout: 60_000 },
  );
  return JSON.parse(stdout) as ImageInfo;
}
