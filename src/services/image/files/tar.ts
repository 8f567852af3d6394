/** What a stream of bytes turned out to be, seen as a tar archive (POSIX.1-2017 pax, "ustar Interchange Format"). */
export interface TarSummary {
  readonly entries: number;
  /** `docker save`: manifest.json; OCI: index.json. */
  readonly hasManifest: boolean;
  /** Whether the closing blocks of zeros were there: a cut-off archive has none. */
  readonly complete: boolean;
}

const BLOCK = 512;
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

/** Follows a tar archive as it streams by, without keeping any of it: headers are read, contents are skipped. */
export class TarReader {
  private header = Buffer.alloc(BLOCK);
  private filled = 0;
  private skip = 0;
  private entries = 0;
  private zeros = 0;
  private hasManifest = false;
  /** Why this is no tar archive; undefined as long as it may be one. */
  fault: string | undefined;

  push(chunk: Buffer): void {
    for (let offset = 0; offset < chunk.length && this.fault === undefined && this.zeros < 2;) {
      if (this.skip > 0) {
        const step = Math.min(this.skip, chunk.length - offset);
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
    const name = block.toString('latin1', 0, 100).replace(/\0.*$/s, '').replace(/^\.\//, '');
    if (name === 'manifest.json' || name === 'index.json') this.hasManifest = true;
    this.entries++;
    this.skip = Math.ceil(size / BLOCK) * BLOCK;
  }

  end(): TarSummary {
    return {
      entries: this.entries,
      hasManifest: this.hasManifest,
      complete: this.zeros > 0 && this.skip === 0,
    };
  }
}
