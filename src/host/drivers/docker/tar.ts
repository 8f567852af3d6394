import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';

/** A file or folder of an archive that is written. */
export interface TarEntry {
  /** Relative path; folders end with a slash. */
  readonly path: string;
  readonly mode: number;
  readonly content?: Buffer;
}

const BLOCK = 512;

/** A small ustar archive, everything owned by root. Paths of at most 100 bytes. Source: POSIX.1-2017 pax, "ustar". */
export function tarArchive(entries: readonly TarEntry[], modified = new Date()): Buffer {
  const blocks: Buffer[] = [];
  for (const { path, mode, content } of entries) {
    if (Buffer.byteLength(path) > 100) throw new RangeError(`${path} is too long for this archive`);
    const size = content?.length ?? 0;
    const header = Buffer.alloc(BLOCK);
    const octal = (value: number, offset: number, length: number) =>
      header.write(value.toString(8).padStart(length - 1, '0'), offset, 'latin1');
    header.write(path, 0, 'utf8');
    octal(mode, 100, 8);
    octal(0, 108, 8);
    octal(0, 116, 8);
    octal(size, 124, 12);
    octal(Math.floor(modified.getTime() / 1000), 136, 12);
    header.write(path.endsWith('/') ? '5' : '0', 156, 'latin1');
    header.write('ustar\x0000root', 257, 'latin1');
    header.write('root', 297, 'latin1');
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    blocks.push(header);
    if (content !== undefined) {
      blocks.push(content, Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK));
    }
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/** What is inside an archive: its kind, and for an engine's export the names and ids in its manifest. */
export type ArchiveKind =
  | { readonly kind: 'engine'; readonly names: readonly string[]; readonly config: string }
  | { readonly kind: 'oci' }
  | { readonly kind: 'files'; readonly entries: number }
  | { readonly kind: 'none'; readonly why: string };

/** Largest manifest that is read into memory. */
const MANIFEST_LIMIT = 2 ** 20;

/**
 * Looks through a tar archive (plain, gzip or zstd) on the disk and says what it is: what `docker save` writes, an
 * OCI image layout, or just files (a root file system).
 */
export async function archiveKind(file: string): Promise<ArchiveKind> {
  const scanner = new Scanner();
  const start = await firstBytes(file);
  const raw = createReadStream(file, { highWaterMark: 2 ** 18 });
  const consume = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) scanner.push(chunk);
  };
  try {
    if (start.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) {
      await pipeline(raw, createGunzip(), consume);
    } else if (start.subarray(0, 4).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))) {
      await pipeline(raw, createZstdDecompress(), consume);
    } else {
      await pipeline(raw, consume);
    }
  } catch (error) {
    return { kind: 'none', why: `it cannot be unpacked (${(error as Error).message})` };
  }
  return scanner.result();
}

async function firstBytes(file: string): Promise<Buffer> {
  for await (const chunk of createReadStream(file, { end: 7 })) return chunk as Buffer;
  return Buffer.alloc(0);
}

/** Walks over the headers of an archive, skipping contents but the manifest's. */
class Scanner {
  #rest = Buffer.alloc(0);
  #skip = 0;
  #manifest: Buffer[] | undefined;
  #manifestLeft = 0;
  #entries = 0;
  #oci = false;
  #why: string | undefined;
  #ended = false;

  push(chunk: Buffer): void {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = Buffer.alloc(0);
    while (data.length > 0 && !this.#ended) {
      if (this.#skip > 0) {
        const taken = Math.min(this.#skip, data.length);
        if (this.#manifestLeft > 0) {
          const part = data.subarray(0, Math.min(taken, this.#manifestLeft));
          this.#manifest?.push(Buffer.from(part));
          this.#manifestLeft -= part.length;
        }
        this.#skip -= taken;
        data = data.subarray(taken);
        continue;
      }
      if (data.length < BLOCK) {
        this.#rest = Buffer.from(data);
        break;
      }
      this.#header(data.subarray(0, BLOCK));
      data = data.subarray(BLOCK);
    }
  }

  result(): ArchiveKind {
    if (this.#why !== undefined) return { kind: 'none', why: this.#why };
    if (this.#entries === 0) return { kind: 'none', why: 'it is not a tar archive' };
    if (this.#skip > 0) return { kind: 'none', why: 'the archive ends in the middle of a file' };
    if (this.#manifest !== undefined) {
      const kind = engineKind(Buffer.concat(this.#manifest).toString('utf8'));
      if (kind !== undefined) return kind;
    }
    return this.#oci ? { kind: 'oci' } : { kind: 'files', entries: this.#entries };
  }

  #header(block: Buffer): void {
    if (block.every((byte) => byte === 0)) {
      this.#ended = true;
      return;
    }
    const text = (from: number, to: number) =>
      block.toString('utf8', from, to).replace(/\0.*$/s, '');
    const stored = Number.parseInt(text(148, 156).trim(), 8);
    const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
    if (stored !== sum) {
      this.#ended = true;
      if (this.#entries === 0) this.#why = 'it is not a tar archive';
      else this.#why = 'the archive is damaged';
      return;
    }
    const size = sizeOf(block);
    const type = block[156];
    const isFile = type === 0 || type === 0x30;
    // Entries that describe the next one (long names, extended headers) are no files of their own.
    if (type !== 0x78 && type !== 0x67 && type !== 0x4c && type !== 0x4b) this.#entries++;
    const path = text(0, 100).replace(/^\.\//, '');
    if (isFile && path === 'manifest.json' && size <= MANIFEST_LIMIT) {
      this.#manifest = [];
      this.#manifestLeft = size;
    }
    if (isFile && path === 'oci-layout') this.#oci = true;
    this.#skip = Math.ceil(size / BLOCK) * BLOCK;
  }
}

/** What a `manifest.json` says when it is an engine's, and not just a file of that name. */
function engineKind(text: string): ArchiveKind | undefined {
  try {
    const [first] = JSON.parse(text) as {
      Config?: string;
      Layers?: [];
      RepoTags?: string[] | null;
    }[];
    if (typeof first?.Config !== 'string' || !Array.isArray(first.Layers)) return undefined;
    const config = /([0-9a-f]{64})/.exec(first.Config)?.[1] ?? '';
    return { kind: 'engine', names: first.RepoTags ?? [], config };
  } catch {
    return undefined;
  }
}

/** Octal, or for sizes of 8 GiB and more base 256 (GNU). */
function sizeOf(block: Buffer): number {
  if ((block[124] ?? 0) & 0x80) return Number(block.readBigUInt64BE(128));
  return Number.parseInt(block.toString('latin1', 124, 136).replace(/\0.*$/s, '').trim() || '0', 8);
}
