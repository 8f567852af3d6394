import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { noImageContent } from '../errors.ts';
import type { ContainerFormat, DiskFormat } from '../tables.ts';
import { TarReader } from './tar.ts';

/** Looks at the bytes of an upload as they pass and says in the end whether they are what the image claims. */
export interface ContentCheck {
  /** Fails as soon as the bytes cannot be what they should. */
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

const HEAD = 64;
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const QCOW2 = Buffer.from('QFI\xfb', 'latin1');

/** How much of a compressed archive is looked at, in bytes when unpacked: a small upload must not cost hours. */
const UNPACKED_LIMIT = 256 * 1024 * 1024;

/** A docker image: what `docker save` writes, an OCI archive, or a root file system; a tar archive, plain or compressed. */
function dockerCheck(): ContentCheck {
  const tar = new TarReader();
  let input: TarInput | undefined;
  let head = Buffer.alloc(0);
  const check = (error: string | undefined) => {
    if (error === undefined) return;
    throw noImageContent(
      `${error}, and container_format docker needs what "docker save" writes, an OCI archive or a root file system, as tar`,
    );
  };
  return {
    async push(chunk) {
      let bytes = chunk;
      if (input === undefined) {
        bytes = head = Buffer.concat([head, chunk]);
        if (head.length < 4) return; // too few to tell
        input = inputFor(head, tar);
      }
      await input.push(bytes);
      check(input.fault() ?? tar.fault);
    },
    async end() {
      if (input === undefined) {
        throw noImageContent(head.length === 0 ? 'it is empty' : 'it is no tar archive');
      }
      const whole = await input.end();
      check(input.fault() ?? tar.fault);
      const { entries, complete } = tar.end();
      if (entries === 0) throw noImageContent('it is a tar archive with nothing in it');
      if (whole && !complete) {
        throw noImageContent(`the tar archive ends in the middle, after ${entries} entries`);
      }
      return { virtualSize: null };
    },
    stop: () => input?.stop(),
  };
}

/** How the bytes of an upload reach the reader of the archive. */
interface TarInput {
  push(chunk: Buffer): Promise<void> | void;
  /** Says whether all of the archive was seen. */
  end(): Promise<boolean> | boolean;
  fault(): string | undefined;
  stop(): void;
}

function inputFor(head: Buffer, tar: TarReader): TarInput {
  if (head.subarray(0, 2).equals(GZIP)) return unpacked(tar, 'gzip', createGunzip());
  if (head.subarray(0, 4).equals(ZSTD)) return unpacked(tar, 'zstd', createZstdDecompress());
  return plain(tar);
}

const plain = (tar: TarReader): TarInput => ({
  push: (chunk) => tar.push(chunk),
  end: () => true,
  fault: () => undefined,
  stop: () => undefined,
});

function unpacked(tar: TarReader, kind: string, unpack: Transform): TarInput {
  let error: Error | undefined;
  let seen = 0;
  let enough = false;
  unpack.on('data', (chunk: Buffer) => {
    seen += chunk.length;
    tar.push(chunk);
    if (seen > UNPACKED_LIMIT || tar.fault !== undefined) {
      enough = true;
      unpack.destroy();
    }
  });
  unpack.on('error', (thrown) => (error ??= thrown));
  const closed = new Promise<void>((resolve) => unpack.once('close', () => resolve()));
  return {
    async push(chunk) {
      if (unpack.destroyed || unpack.write(chunk)) return;
      const drained = new Promise<void>((resolve) => unpack.once('drain', () => resolve()));
      await Promise.race([drained, closed]);
    },
    async end() {
      if (!unpack.destroyed) unpack.end();
      await closed;
      return !enough;
    },
    fault: () => error && `it begins like ${kind} and cannot be unpacked (${error.message})`,
    stop: () => unpack.destroy(),
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
    stop: () => undefined,
  };
}

export const contentCheck = (container: ContainerFormat, disk: DiskFormat): ContentCheck =>
  container === 'docker' ? dockerCheck() : diskCheck(disk);
