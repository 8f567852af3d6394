import { noImageContent } from '../errors.ts';
import type { ContainerFormat, DiskFormat } from '../tables.ts';
import { TarReader } from './tar.ts';

/** Looks at the bytes of an upload as they pass and says in the end whether they are what the image claims. */
export interface ContentCheck {
  /** Fails as soon as the bytes cannot be what they should. */
  push(chunk: Buffer): void;
  /** Fails when they were not; gives the size of the disk inside where the format tells (bytes). */
  end(): { virtualSize: number | null };
}

const HEAD = 64;
const GZIP = Buffer.from([0x1f, 0x8b]);
const QCOW2 = Buffer.from('QFI\xfb', 'latin1');

/** A docker image: what `docker save` writes, an OCI archive, or a root file system; a tar archive, plain or gzipped. */
function dockerCheck(): ContentCheck {
  const tar = new TarReader();
  let first = true;
  let gzip = false;
  return {
    push(chunk) {
      if (first) {
        first = false;
        gzip = chunk.subarray(0, 2).equals(GZIP);
      }
      if (gzip) return; // The engine that loads it unpacks and checks it.
      tar.push(chunk);
      if (tar.fault)
        throw noImageContent(
          `${tar.fault}, and container_format docker needs what "docker save" writes, an OCI archive or a root file system, as tar`,
        );
    },
    end() {
      if (first) throw noImageContent('it is empty');
      if (!gzip) {
        const { entries, complete } = tar.end();
        if (entries === 0) throw noImageContent('it is a tar archive with nothing in it');
        if (!complete)
          throw noImageContent(`the tar archive ends in the middle, after ${entries} entries`);
      }
      return { virtualSize: null };
    },
  };
}

/** Disks: the header must be the format's own, and a qcow2 must not reach for files of the host. */
function diskCheck(format: DiskFormat | null): ContentCheck {
  let head = Buffer.alloc(0);
  return {
    push(chunk) {
      if (head.length < HEAD) head = Buffer.concat([head, chunk.subarray(0, HEAD - head.length)]);
    },
    end() {
      const isQcow2 = head.subarray(0, 4).equals(QCOW2);
      if (format === 'qcow2') {
        if (!isQcow2 || head.length < 32)
          throw noImageContent('disk_format is qcow2, and the data does not begin like one');
        if (head.readBigUInt64BE(8) !== 0n)
          throw noImageContent('the qcow2 names a backing file; convert it to one without');
        return { virtualSize: Number(head.readBigUInt64BE(24)) };
      }
      if (format === 'raw' && isQcow2)
        throw noImageContent('disk_format is raw, and the data is a qcow2');
      if (
        format === 'vmdk' &&
        !/^(KDMV|COWD|# Disk DescriptorFile)/.test(head.toString('latin1'))
      ) {
        throw noImageContent('disk_format is vmdk, and the data does not begin like one');
      }
      return { virtualSize: null };
    },
  };
}

export const contentCheck = (container: ContainerFormat, disk: DiskFormat): ContentCheck =>
  container === 'docker' ? dockerCheck() : diskCheck(disk);
