/** One member of an archive. Owner is always root; times are always 1970, so that equal content is equal bytes. */
export type TarEntry =
  | { readonly kind: 'file'; readonly name: string; readonly mode: number; readonly data: Buffer }
  | { readonly kind: 'folder'; readonly name: string; readonly mode: number }
  | { readonly kind: 'link'; readonly name: string; readonly target: string };

const BLOCK = 512;
const TYPE = { file: '0', link: '2', folder: '5' } as const;

/** Writes a tar archive in the ustar format of POSIX.1-1988; names up to 100 bytes. */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const entry of entries) {
    const data = entry.kind === 'file' ? entry.data : Buffer.alloc(0);
    blocks.push(header(entry, data.length), data);
    const rest = data.length % BLOCK;
    if (rest > 0) blocks.push(Buffer.alloc(BLOCK - rest));
  }
  blocks.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(blocks);
}

function header(entry: TarEntry, size: number): Buffer {
  const name = entry.kind === 'folder' ? `${entry.name}/` : entry.name;
  const block = Buffer.alloc(BLOCK);
  const text = (value: string, offset: number, length: number) => {
    if (Buffer.byteLength(value) > length) throw new RangeError(`"${value}" is too long for a tar`);
    block.write(value, offset);
  };
  const octal = (value: number, offset: number, length: number) =>
    text(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, length);
  text(name, 0, 100);
  octal(entry.kind === 'link' ? 0o777 : entry.mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  // The checksum counts its own field as eight spaces.
  text(' '.repeat(8), 148, 8);
  text(TYPE[entry.kind], 156, 1);
  if (entry.kind === 'link') text(entry.target, 157, 100);
  text('ustar\0', 257, 6);
  text('00', 263, 2);
  text('root', 265, 32);
  text('root', 297, 32);
  const sum = block.reduce((total, byte) => total + byte, 0);
  text(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8);
  return block;
}
