import { Worker } from 'node:worker_threads';
import type { HashAnswer, HashOrder } from './hash-worker.ts';

/** A hash that is worked out beside the event loop. */
export interface RunningHash {
  /** Resolves when the memory is the caller's again. */
  update(block: SharedArrayBuffer, length: number): Promise<void>;
  digest(): Promise<string>;
  /** Gives up; nothing happens after a digest. */
  stop(): void;
}

interface Waiting {
  resolve(digest: string): void;
  reject(error: Error): void;
}

/** A thread that hashes: the streams of all uploads, each in its order. It starts when it is first needed. */
export class HashThread {
  private worker: Worker | undefined;
  private number = 0;
  private readonly waiting = new Map<number, Waiting[]>();

  open(algorithm: string): RunningHash {
    const stream = ++this.number;
    this.waiting.set(stream, []);
    this.post({ stream, algorithm });
    const ask = (order: HashOrder): Promise<string> =>
      new Promise((resolve, reject) => {
        const queue = this.waiting.get(stream);
        if (queue === undefined) return reject(new Error('the hashing thread ended'));
        queue.push({ resolve, reject });
        this.post(order);
      });
    return {
      update: async (block, length) => {
        await ask({ stream, block, length });
      },
      digest: () => ask({ stream, end: 'digest' }).finally(() => this.waiting.delete(stream)),
      stop: () => {
        if (this.waiting.delete(stream)) this.post({ stream, end: 'forget' });
      },
    };
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private post(order: HashOrder): void {
    this.worker ??= this.start();
    this.worker.postMessage(order); // oxlint-disable-line unicorn/require-post-message-target-origin -- a thread, no window
  }

  private start(): Worker {
    const worker = new Worker(new URL('./hash-worker.ts', import.meta.url));
    worker.unref();
    worker.on('message', ({ stream, digest }: HashAnswer) =>
      this.waiting
        .get(stream)
        ?.shift()
        ?.resolve(digest ?? ''),
    );
    const end = (error: Error) => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      // Every stream began in that thread: none can be finished.
      for (const queue of this.waiting.values()) for (const each of queue) each.reject(error);
      this.waiting.clear();
    };
    worker.on('error', end);
    worker.on('exit', () => end(new Error('the hashing thread ended')));
    return worker;
  }
}

/** The two hashes of an image: MD5, which clients still compare, and the stronger one of the options. */
export class Hashing {
  /** Such as sha512. */
  readonly algorithm: string;
  private readonly threads = [new HashThread(), new HashThread()] as const;

  constructor(algorithm: string) {
    this.algorithm = algorithm;
  }

  open(): readonly [RunningHash, RunningHash] {
    const [first, second] = this.threads;
    return [first.open('md5'), second.open(this.algorithm)];
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }
}
