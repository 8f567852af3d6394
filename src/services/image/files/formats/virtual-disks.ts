import { must, sizeOf, type DiskReader } from './sample.ts';

const SECTOR = 512;

/** VirtualBox's format (VBox/Storage/VDICore.h): dynamic (1) and fixed (2) images stand alone, others have a parent. */
export const vdi: DiskReader = {
  head: SECTOR,
  begin(head) {
    must(
      head.length === SECTOR && head.readUInt32LE(0x40) === 0xbeda107f,
      'disk_format is vdi, and the data does not begin like one',
    );
    const type = head.readUInt32LE(0x4c);
    must(type === 1 || type === 2, 'the vdi is a difference to another one');
    // Identity of the parent.
    must(
      head.subarray(0x1a8, 0x1b8).every((byte) => byte === 0),
      'the vdi names a parent',
    );
    return undefined;
  },
  finish: ({ head }) => sizeOf(head.readBigUInt64LE(0x170), 'a disk'),
};

/** Microsoft's older format ("Virtual Hard Disk Image Format Specification"): a footer, repeated at the start unless fixed. */
export const vhd: DiskReader = {
  head: SECTOR,
  tail: SECTOR,
  begin: () => undefined,
  finish({ head, tail, size }) {
    const isFooter = (block: Buffer) =>
      block.length === SECTOR && block.toString('latin1', 0, 8) === 'conectix';
    const footer = isFooter(head) ? head : isFooter(tail) ? tail : undefined;
    must(footer !== undefined, 'disk_format is vhd, and the data has no footer of one');
    const type = footer.readUInt32BE(60);
    must(type !== 4, 'the vhd is a difference to another one');
    must(type === 2 || type === 3, `the vhd is of the unknown type ${type}`);
    must(isFooter(tail), 'the vhd is cut off: it has no footer at its end');
    if (type === 2) return size - SECTOR;
    must(isFooter(head), 'the vhd has no copy of its footer at the start');
    must(tail.equals(head), 'the two footers of the vhd differ');
    return sizeOf(footer.readBigUInt64BE(48), 'a disk');
  },
};

const REGIONS = 192 * 1024;
const METADATA_REGION = '06a27c8b9047 9a4bb8fe575f050f886e'.replace(' ', '');
const FILE_PARAMETERS = '3767a1ca36fa434db3b633f0aa44e76b';
const DISK_SIZE = '2442a52f1bcd7648b2115dbed83bf4b8';
const HAS_PARENT = 2;

/** Entries of 32 bytes that begin with the identity of what they are about. */
function entry(table: Buffer, start: number, count: number, identity: string): Buffer | undefined {
  for (let index = 0; index < count; index++) {
    const bytes = table.subarray(start + index * 32, start + (index + 1) * 32);
    if (bytes.length === 32 && bytes.toString('hex', 0, 16) === identity) return bytes;
  }
  return undefined;
}

/** Microsoft's newer format ([MS-VHDX]): the metadata region tells the size and whether there is a parent. */
export const vhdx: DiskReader = {
  head: REGIONS + 64 * 1024,
  begin(head) {
    must(
      head.length === this.head &&
        head.toString('latin1', 0, 8) === 'vhdxfile' &&
        head.toString('latin1', REGIONS, REGIONS + 4) === 'regi',
      'disk_format is vhdx, and the data does not begin like one',
    );
    const count = Math.min(head.readUInt32LE(REGIONS + 8), 2047);
    const metadata = entry(head, REGIONS + 16, count, METADATA_REGION);
    must(metadata !== undefined, 'the vhdx has no metadata');
    const offset = sizeOf(metadata.readBigUInt64LE(16), 'an offset');
    // Only this much is of use: the table, and the few items right behind it.
    return { offset, length: Math.min(metadata.readUInt32LE(24), 128 * 1024) };
  },
  finish({ second }) {
    must(
      second.length >= 32 && second.toString('latin1', 0, 8) === 'metadata',
      'the metadata of the vhdx is not where its header says',
    );
    const value = (identity: string, length: number): Buffer => {
      const item = entry(second, 32, Math.min(second.readUInt16LE(10), 2047), identity);
      must(item !== undefined, 'the vhdx does not tell its size and kind');
      const at = item.readUInt32LE(16);
      must(at + length <= second.length, 'the metadata of the vhdx is cut off');
      return second.subarray(at, at + length);
    };
    const flags = value(FILE_PARAMETERS, 8).readUInt32LE(4);
    must((flags & HAS_PARENT) === 0, 'the vhdx is a difference to another one');
    return sizeOf(value(DISK_SIZE, 8).readBigUInt64LE(0), 'a disk');
  },
};
