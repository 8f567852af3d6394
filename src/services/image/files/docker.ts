import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { noImageContent } from '../errors.ts';
import type { ContentCheck } from './content.ts';
import { TarReader } from './tar.ts';

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** How much of a compressed archive is looked at, in bytes when unpacked: a small upload must not cost hours. */
const UNPACKED_LIMIT = 256 * 1024 * 1024;

/** A tar archive, plain or compressed; `needs` says what the image must be, `judge` whether the archive is that. */
export function archiveCheck(
  needs: string,
  judge: (tar: TarReader) => string | undefined,
): ContentCheck {
  const tar = new TarReader();
  let input: TarInput | undefined;
  let head = Buffer.alloc(0);
  const check = (error: string | undefined) => {
    if (error !== undefined) throw noImageContent(`${error}, and ${needs}`);
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
      if (whole) check(judge(tar));
      return { virtualSize: null };
    },
    stop: () => input?.stop(),
  };
}

/** A container image: what `docker save` writes, an OCI archive, or a root file system. */
export const dockerCheck = (): ContentCheck =>
  archiveCheck(
    'container_format docker needs what "docker save" writes, an OCI archive or a root file system, as tar',
    (tar) => tar.missingLayer(),
  );

/** An appliance (DMTF DSP0243): a tar archive with a description. */
export const ovaCheck = (): ContentCheck =>
  archiveCheck('container_format ova needs a tar archive with a description (.ovf)', (tar) =>
    tar.end().hasDescription ? undefined : 'there is no .ovf in it',
  );

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
      // The caller's memory is used again: what waits to be unpacked is a copy.
      if (unpack.destroyed || unpack.write(Buffer.from(chunk))) return;
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
