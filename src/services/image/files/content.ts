import { noImageContent } from '../errors.ts';
import type { ContainerFormat, DiskFormat } from '../tables.ts';
import { dockerCheck, ovaCheck } from './docker.ts';
import { anything, iso, raw } from './formats/plain.ts';
import { qcow2 } from './formats/qcow2.ts';
import { Sampler, type DiskReader } from './formats/sample.ts';
import { vdi, vhd, vhdx } from './formats/virtual-disks.ts';
import { vmdk } from './formats/vmdk.ts';

/** Looks at the bytes of an upload as they pass and says in the end whether they are what the image claims. */
export interface ContentCheck {
  /** Fails as soon as the bytes cannot be what they should. The memory is the caller's again when it is done. */
  push(chunk: Buffer): Promise<void> | void;
  /** Fails when they were not; gives the size of the disk inside where the format tells (bytes). */
  end(): Promise<Verdict> | Verdict;
  /** Frees what the check holds, whether it came to an end or not. */
  stop(): void;
}

/** What the check found out about the bytes. */
export interface Verdict {
  readonly virtualSize: number | null;
}

/** What headers may declare. */
export interface ContentLimits {
  /** Largest disk in bytes. */
  readonly virtualSize: number;
  /** Kinds of vmdk. */
  readonly vmdkTypes: readonly string[];
}

function readerOf(format: DiskFormat, limits: ContentLimits): DiskReader {
  switch (format) {
    case 'qcow2':
      return qcow2;
    case 'vmdk':
      return vmdk(limits.vmdkTypes);
    case 'vdi':
      return vdi;
    case 'vhd':
      return vhd;
    case 'vhdx':
      return vhdx;
    case 'iso':
      return iso;
    case 'raw':
      return raw;
    case 'ami':
    case 'ari':
    case 'aki':
    case 'ploop':
      return anything;
  }
}

/** Disks: the header must be the format's own, reach for no other file, and declare no more than it may. */
function diskCheck(format: DiskFormat, limits: ContentLimits): ContentCheck {
  const sampler = new Sampler(readerOf(format, limits));
  return {
    push: (chunk) => sampler.push(chunk),
    end() {
      const virtualSize = sampler.end();
      if (virtualSize > limits.virtualSize)
        throw noImageContent(
          `the disk inside has ${virtualSize} bytes, and at most ${limits.virtualSize} are allowed`,
        );
      return { virtualSize: readerOf(format, limits) === anything ? null : virtualSize };
    },
    stop: () => undefined,
  };
}

/** Beginnings of what packs files together: gzip, zstd, xz, bzip2, zip, lzop. */
const PACKED = ['1f8b', '28b52ffd', 'fd377a585a00', '425a68', '504b0304', '894c5a4f'];

/** A disk of any format, packed: only that it is packed can be told. */
function compressedCheck(): ContentCheck {
  let head = Buffer.alloc(0);
  const judge = () => {
    if (!PACKED.some((beginning) => head.toString('hex').startsWith(beginning)))
      throw noImageContent('container_format is compressed, and the data is not');
  };
  return {
    push(chunk) {
      if (head.length >= 8) return;
      head = Buffer.concat([head, chunk.subarray(0, 8)]);
      if (head.length >= 8) judge();
    },
    end() {
      judge();
      return { virtualSize: null };
    },
    stop: () => undefined,
  };
}

/** What the data of an image with these formats must be. */
export function contentCheck(
  container: ContainerFormat,
  disk: DiskFormat,
  limits: ContentLimits,
): ContentCheck {
  if (container === 'docker') return dockerCheck();
  if (container === 'ova') return ovaCheck();
  if (container === 'compressed') return compressedCheck();
  return diskCheck(disk, limits);
}
