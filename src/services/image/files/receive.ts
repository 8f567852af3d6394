import { createHash } from 'node:crypto';
import { badRequest, Fault } from '../../../core/errors.ts';
import type { StoredData } from '../images/model.ts';
import type { ImageRow } from '../tables.ts';
import { contentCheck, type ContentLimits } from './content.ts';
import type { Hashing, RunningHash } from './hashes.ts';

/** What bytes may be, and who hashes them. */
export interface ReceiveRules extends ContentLimits {
  readonly hashing: Hashing;
}

export const tooLarge = (limit: number): Fault =>
  new Fault('tooLarge', `The data is larger than images may be here: at most ${limit} bytes.`, {
    headers: { Connection: 'close' },
  });

/** The connection ended before all that was announced was there. */
export const cutOff = (size: number, announced: number): Fault =>
  badRequest(`The connection ended after ${size} of ${announced} bytes; the image has no data.`);

/** Bytes of a block, and blocks of one upload: all the memory that it takes. */
const BLOCK = 1024 * 1024;
const BLOCKS = 4;

interface Block {
  readonly memory: SharedArrayBuffer;
  readonly bytes: Buffer;
  /** Resolves when it was written and hashed. */
  done: Promise<unknown>;
}

/**
 * Takes all bytes of an image from a stream, gives them to `write` block by block, and looks at them as they pass:
 * size, hashes and whether they are what the image's formats say. Fails with a fault; memory does not depend on the
 * size. `size` is the most that it may have, `announced` how much there should be, both in bytes.
 */
export async function receive(
  row: Pick<ImageRow, 'container_format' | 'disk_format'>,
  stream: AsyncIterable<Buffer>,
  { size: limit, announced }: { readonly size: number; readonly announced: number | undefined },
  rules: ReceiveRules,
  write: (block: Buffer) => Promise<void>,
): Promise<StoredData> {
  const content = contentCheck(row.container_format!, row.disk_format!, rules);
  const { hashing } = rules;
  const blocks: Block[] = [];
  let hashes: readonly RunningHash[] = [];
  let block = newBlock();
  let filled = 0;
  let size = 0;
  let written: Promise<void> = Promise.resolve();

  /** Sends a full block on its way and takes the one that was sent longest ago. */
  const send = async (): Promise<void> => {
    if (hashes.length === 0) hashes = hashing.open();
    const bytes = block.bytes.subarray(0, filled);
    await content.push(bytes);
    const { memory } = block;
    const length = filled;
    written = written.then(() => write(bytes));
    block.done = Promise.all([written, ...hashes.map((hash) => hash.update(memory, length))]);
    block.done.catch(() => undefined); // Seen when the block is needed again, or at the end.
    blocks.push(block);
    block = blocks.length < BLOCKS ? newBlock() : blocks.shift()!;
    filled = 0;
    await block.done;
  };

  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > limit) throw tooLarge(limit);
      for (let offset = 0; offset < chunk.length;) {
        const copied = chunk.copy(block.bytes, filled, offset);
        offset += copied;
        filled += copied;
        if (filled === BLOCK) await send();
      }
    }
    if (announced !== undefined && size !== announced) throw cutOff(size, announced);
    let digests: string[];
    if (hashes.length === 0) {
      // A small image: not worth a thread.
      const bytes = block.bytes.subarray(0, filled);
      await content.push(bytes);
      if (filled > 0) await write(bytes);
      digests = ['md5', hashing.algorithm].map((name) =>
        createHash(name).update(bytes).digest('hex'),
      );
    } else {
      if (filled > 0) await send();
      await Promise.all(blocks.map(({ done }) => done));
      digests = await Promise.all(hashes.map((hash) => hash.digest()));
    }
    const { virtualSize } = await content.end();
    return {
      size,
      checksum: digests[0]!,
      osHashAlgo: hashing.algorithm,
      osHashValue: digests[1]!,
      virtualSize,
    };
  } finally {
    content.stop();
    for (const hash of hashes) hash.stop();
    // Whoever owns what is written to may close it now.
    await written.catch(() => undefined);
  }
}

function newBlock(): Block {
  const memory = new SharedArrayBuffer(BLOCK);
  return { memory, bytes: Buffer.from(memory), done: Promise.resolve() };
}
