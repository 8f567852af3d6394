import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

/** What a hash worker is asked: one message a block, in order. */
export type HashOrder =
  | { readonly stream: number; readonly algorithm: string }
  | { readonly stream: number; readonly block: SharedArrayBuffer; readonly length: number }
  | { readonly stream: number; readonly end: 'digest' | 'forget' };

/** One answer a block, and the hash at the end. */
export interface HashAnswer {
  readonly stream: number;
  readonly digest?: string;
}

const hashes = new Map<number, Hash>();

// Loaded by set-up, which compiles it, it is no thread.
parentPort?.on('message', (order: HashOrder) => {
  const { stream } = order;
  if ('algorithm' in order) {
    hashes.set(stream, createHash(order.algorithm));
    return;
  }
  if ('block' in order) {
    hashes.get(stream)!.update(new Uint8Array(order.block, 0, order.length));
    parentPort!.postMessage({ stream } satisfies HashAnswer); // oxlint-disable-line unicorn/require-post-message-target-origin -- a thread, no window
    return;
  }
  const hash = hashes.get(stream);
  hashes.delete(stream);
  if (order.end === 'digest' && hash !== undefined)
    parentPort!.postMessage({ stream, digest: hash.digest('hex') } satisfies HashAnswer); // oxlint-disable-line unicorn/require-post-message-target-origin -- a thread, no window
});
