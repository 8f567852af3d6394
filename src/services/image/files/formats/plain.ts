import { must, type DiskReader } from './sample.ts';

/** Beginnings of formats that a program that guesses would take raw data for, and follow the names of files in it. */
const BEGINNINGS: readonly (readonly [name: string, offset: number, hexadecimal: string])[] = [
  ['qcow2', 0, '514649fb'],
  ['qed', 0, '51454400'],
  ['vmdk', 0, '4b444d56'],
  ['vmdk', 0, '434f5744'],
  ['vmdk', 0, Buffer.from('# Disk DescriptorFile').toString('hex')],
  ['vhd', 0, Buffer.from('conectix').toString('hex')],
  ['vhdx', 0, Buffer.from('vhdxfile').toString('hex')],
  ['vdi', 0x40, '7f10dabe'],
];

/** The bytes of the disk themselves: anything but another format. */
export const raw: DiskReader = {
  head: 512,
  begin(head) {
    for (const [name, offset, hexadecimal] of BEGINNINGS) {
      must(
        !head.subarray(offset).toString('hex').startsWith(hexadecimal),
        `disk_format is raw, and the data is a ${name}`,
      );
    }
    return undefined;
  },
  finish: ({ size }) => size,
};

const DESCRIPTORS = 16 * 2048;

/** Optical disks: ISO 9660 (ECMA-119) or UDF (ECMA-167), told by the descriptors from sector 16 on. */
export const iso: DiskReader = {
  head: DESCRIPTORS + 2048,
  begin(head) {
    const identity = head.toString('latin1', DESCRIPTORS + 1, DESCRIPTORS + 6);
    must(
      identity === 'CD001' || identity === 'BEA01',
      'disk_format is iso, and the data has no descriptor of an optical disk',
    );
    return undefined;
  },
  finish({ head, size }) {
    if (
      head[DESCRIPTORS] === 1 &&
      head.toString('latin1', DESCRIPTORS + 1, DESCRIPTORS + 6) === 'CD001'
    ) {
      const blocks = head.readUInt32LE(DESCRIPTORS + 80) * head.readUInt16LE(DESCRIPTORS + 128);
      // Some writers leave off the padding at the end: 150 sectors.
      must(size + 150 * 2048 >= blocks, `the iso is cut off: it has ${size} of ${blocks} bytes`);
    }
    return size;
  },
};

/** Kernels, RAM disks and the like: nothing that can be told. */
export const anything: DiskReader = { head: 0, begin: () => undefined, finish: ({ size }) => size };
