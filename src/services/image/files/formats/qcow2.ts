import { must, sizeOf, type DiskReader } from './sample.ts';

const MAGIC = 0x514649fb; // 'QFI\xfb'
/** Of the features that a reader must know: dirty, corrupt, compression type, extended L2 entries. */
const KNOWN_FEATURES = 0b11011n;
const EXTERNAL_DATA = 0b100n;
const EXTENSION_END = 0;
const EXTENSION_DATA_FILE = 0x44415441;

/**
 * QEMU's format (docs/interop/qcow2.txt). A backing file and an external data file are names of files of whoever
 * opens the image: refused, as are features that are not known here.
 */
export const qcow2: DiskReader = {
  head: 64 * 1024,
  begin(head) {
    must(
      head.length >= 72 && head.readUInt32BE(0) === MAGIC,
      'disk_format is qcow2, and the data does not begin like one',
    );
    const version = head.readUInt32BE(4);
    must(version === 2 || version === 3, `it is version ${version} of qcow; convert it to qcow2`);
    must(
      head.readBigUInt64BE(8) === 0n && head.readUInt32BE(16) === 0,
      'the qcow2 names a backing file; convert it to one without',
    );
    const clusterBits = head.readUInt32BE(20);
    must(clusterBits >= 9 && clusterBits <= 21, 'its clusters have an impossible size');
    must(head.readUInt32BE(32) <= 2, 'it is encrypted in an unknown way');
    if (version === 2) return undefined;
    must(head.length >= 104, 'the qcow2 ends in its header');
    const features = head.readBigUInt64BE(72);
    must((features & EXTERNAL_DATA) === 0n, 'the qcow2 keeps its data in another file');
    must((features & ~KNOWN_FEATURES) === 0n, 'the qcow2 has features that are not known here');
    checkExtensions(head, head.readUInt32BE(100));
    return undefined;
  },
  finish({ head, size }) {
    const tableEnd = head.readBigUInt64BE(40) + BigInt(head.readUInt32BE(36)) * 8n;
    must(tableEnd <= BigInt(size), 'the qcow2 is cut off: its table lies beyond its end');
    return sizeOf(head.readBigUInt64BE(24), 'a disk');
  },
};

/** The list of extensions behind the header: none of them may name a file. */
function checkExtensions(head: Buffer, start: number): void {
  for (let at = start; at + 8 <= head.length;) {
    const type = head.readUInt32BE(at);
    if (type === EXTENSION_END) return;
    must(type !== EXTENSION_DATA_FILE, 'the qcow2 names a data file');
    at += 8 + Math.ceil(head.readUInt32BE(at + 4) / 8) * 8;
  }
}
