/** What a stream of bytes turned out to be, seen as a tar archive (POSIX.1-2017 pax, "ustar Interchange Format"). */
export interface TarSummary {
  readonly entries: number;
  /** There is a description of an appliance among the files. */
  readonly hasDescription: boolean;
  /** Whether the closing blocks of zeros were there: a cut-off archive has none. */
  readonly complete: boolean;
}

const BLOCK = 512;
/** Largest manifest that is read, and most names that are remembered to compare it with. */
const MANIFEST_LIMIT = 1024 * 1024;
const NAMES_LIMIT = 10_000;

const octal = (block: Buffer, start: number, length: number): number => {
  // GNU's base-256 for sizes beyond 8 GiB.
  if ((block[start]! & 0x80) !== 0) {
    let value = block[start]! & 0x7f;
    for (let index = 1; index < length; index++) value = value * 256 + block[start + index]!;
    return value;
  }
  const text = block
    .toString('latin1', start, start + length)
    .replace(/[\0 ]+$/, '')
    .trim();
  return /^[0-7]*$/.test(text) ? parseInt(text || '0', 8) : Number.NaN;
};

/** The header's sum, counted with blanks in place of the field itself. */
function sumMatches(block: Buffer): boolean {
  let sum = 0;
  for (let index = 0; index < BLOCK; index++)
    sum += index >= 148 && index < 156 ? 0x20 : block[index]!;
  return sum === octal(block, 148, 8);
}

const text = (block: Buffer, start: number, length: number): string =>
  block.toString('utf8', start, start + length).replace(/\0.*$/s, '');

/** Name of an entry, with the part that ustar keeps apart. */
function nameOf(block: Buffer): string {
  const prefix = block.toString('latin1', 257, 262) === 'ustar' ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  return (prefix === '' ? name : `${prefix}/${name}`).replace(/^\.\//, '');
}

/** Follows a tar archive as it streams by: headers are read, contents are skipped, a manifest's apart. */
export class TarReader {
  private header = Buffer.alloc(BLOCK);
  private filled = 0;
  private skip = 0;
  private entries = 0;
  private zeros = 0;
  private hasDescription = false;
  private readonly names = new Set<string>();
  private manifest: Buffer | undefined;
  private manifestFilled = 0;
  /** Why this is no tar archive; undefined as long as it may be one. */
  fault: string | undefined;

  push(chunk: Buffer): void {
    for (let offset = 0; offset < chunk.length && this.fault === undefined && this.zeros < 2;) {
      if (this.skip > 0) {
        const step = Math.min(this.skip, chunk.length - offset);
        if (this.manifest !== undefined && this.manifestFilled < this.manifest.length)
          this.manifestFilled += chunk.copy(
            this.manifest,
            this.manifestFilled,
            offset,
            offset + step,
          );
        this.skip -= step;
        offset += step;
        continue;
      }
      const step = Math.min(BLOCK - this.filled, chunk.length - offset);
      chunk.copy(this.header, this.filled, offset, offset + step);
      this.filled += step;
      offset += step;
      if (this.filled === BLOCK) this.readHeader();
    }
  }

  private readHeader(): void {
    this.filled = 0;
    const block = this.header;
    if (block.every((byte) => byte === 0)) {
      this.zeros++;
      return;
    }
    this.zeros = 0;
    if (!sumMatches(block)) {
      this.fault =
        this.entries === 0
          ? 'it is no tar archive'
          : `the tar archive is damaged after ${this.entries} entries`;
      return;
    }
    const size = octal(block, 124, 12);
    if (!Number.isSafeInteger(size) || size < 0) {
      this.fault = `entry ${this.entries + 1} of the tar archive has no valid size`;
      return;
    }
    const name = nameOf(block);
    if (name === 'manifest.json' && this.manifest === undefined) {
      if (size > MANIFEST_LIMIT) this.fault = 'its manifest.json has more than 1 MiB';
      this.manifest = Buffer.alloc(Math.min(size, MANIFEST_LIMIT));
    }
    if (this.names.size < NAMES_LIMIT) this.names.add(name);
    if (/^[^/]+\.ovf$/i.test(name)) this.hasDescription = true;
    this.entries++;
    this.skip = Math.ceil(size / BLOCK) * BLOCK;
  }

  end(): TarSummary {
    return {
      entries: this.entries,
      hasDescription: this.hasDescription,
      complete: this.zeros > 0 && this.skip === 0,
    };
  }

  /**
   * For what `docker save` writes: why its manifest cannot be followed; undefined when it can, or when there is
   * none (a root file system, or an OCI archive of other tools).
   */
  missingLayer(): string | undefined {
    if (this.manifest === undefined || this.names.size >= NAMES_LIMIT) return undefined;
    let images: unknown;
    try {
      images = JSON.parse(this.manifest.toString('utf8'));
    } catch {
      return 'its manifest.json is no JSON';
    }
    // A root file system may have a file of that name that means something else.
    if (!Array.isArray(images) || images.length === 0) return undefined;
    for (const image of images as { Config?: unknown; Layers?: unknown }[]) {
      const { Config, Layers } = Object(image) as typeof image;
      if (typeof Config !== 'string' || !Array.isArray(Layers)) return undefined;
      const missing = [Config, ...(Layers as unknown[])].find(
        (name) => !this.names.has(String(name)),
      );
      if (missing !== undefined)
        return `its manifest.json names ${String(missing).slice(0, 100)}, which is not in it`;
    }
    return undefined;
  }
}
