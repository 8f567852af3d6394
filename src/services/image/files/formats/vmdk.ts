import { must, sizeOf, type DiskReader } from './sample.ts';

const SECTOR = 512;
/** Offset that means: the header is repeated at the end, and that one counts. */
const AT_END = 0xffff_ffff_ffff_ffffn;

/**
 * VMware's sparse disks ("Virtual Disk Format 5.0"). A description may name files of the host as the disk's extents
 * or parent: only kinds that hold all of the disk in one file are taken, those that the operator lists.
 */
export const vmdk = (allowedTypes: readonly string[]): DiskReader => ({
  head: SECTOR,
  tail: 3 * SECTOR,
  begin(head) {
    const start = head.toString('latin1', 0, 21);
    must(
      start !== '# Disk DescriptorFile' && !start.startsWith('COWD'),
      'the vmdk is a description of other files; convert it to streamOptimized or monolithicSparse',
    );
    must(
      head.length === SECTOR && start.startsWith('KDMV'),
      'disk_format is vmdk, and the data does not begin like one',
    );
    must(head.readBigUInt64LE(12) > 0n, 'the vmdk holds no disk itself: its capacity is 0');
    const offset = head.readBigUInt64LE(28) * BigInt(SECTOR);
    const length = head.readBigUInt64LE(36) * BigInt(SECTOR);
    must(length > 0n, 'the vmdk has no description in it');
    return { offset: sizeOf(offset, 'an offset'), length: sizeOf(length, 'a description') };
  },
  finish({ head, second, tail }) {
    const description = second.toString('latin1').replace(/\0.*$/s, '');
    checkDescription(description, allowedTypes);
    if (head.readBigUInt64LE(56) === AT_END) {
      must(tail.length === 3 * SECTOR, 'the vmdk is cut off');
      // The repeated header says where the tables are; what the disk is it must say as the first.
      must(
        tail.subarray(SECTOR, SECTOR + 28).equals(head.subarray(0, 28)),
        'the vmdk is cut off, or the header at its end says other things than the first',
      );
    }
    return sizeOf(head.readBigUInt64LE(12) * BigInt(SECTOR), 'a disk');
  },
});

function checkDescription(description: string, allowedTypes: readonly string[]): void {
  const types = [...description.matchAll(/^\s*createType\s*=\s*"?([^"\n\r]*)"?/gim)];
  const type = types[0]?.[1]?.trim() ?? '';
  must(types.length === 1, 'the description in the vmdk has no createType, or more than one');
  must(
    allowedTypes.includes(type),
    `the vmdk is of type ${type.slice(0, 40)}, and only ${allowedTypes.join(', ')} are taken`,
  );
  must(
    !/^\s*parentFileNameHint/im.test(description) &&
      /^\s*parentCID\s*=\s*ffffffff\s*$/im.test(description),
    'the vmdk is a difference to another one',
  );
  const extents = [...description.matchAll(/^\s*(?:RW|RDONLY|NOACCESS)\s+\d+\s+(\w+)/gim)];
  must(
    extents.length === 1 && extents[0]![1]!.toUpperCase() === 'SPARSE',
    'the vmdk has extents in other files',
  );
}
