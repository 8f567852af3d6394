import type { Readable } from 'node:stream';

/** A part of the data: first and last byte, both included. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** Data that is being written; nobody sees it before `commit`. */
export interface Draft {
  /** The memory is the caller's again when it is done. */
  write(block: Buffer): Promise<void>;
  /** Makes the data durable and gives it its name, in place of what had it. */
  commit(): Promise<void>;
  /** Removes what was written; no error when it was committed. */
  discard(): Promise<void>;
}

/** Where the bytes of images are kept; images are known by their ids. */
export interface Store {
  /** Name that clients choose it by. */
  readonly id: string;
  readonly type: 'file' | 's3';
  readonly description: string;
  /** What administrators are told of it: nothing secret. */
  readonly properties: Readonly<Record<string, string | number>>;
  /** Begins to write the data of an image. */
  draft(id: string): Promise<Draft>;
  /** Fails when it cannot be had; breaks off with an error when that turns out later. */
  read(id: string, part?: Part): Promise<Readable>;
  has(id: string): Promise<boolean>;
  /** No error when there is nothing. */
  remove(id: string): Promise<void>;
  /** Names of all data. */
  list(): Promise<string[]>;
  /** Removes what writers that died left unfinished; gives how many. Into a store of files nobody may be writing. */
  sweep(): Promise<number>;
  /** Ends connections. */
  close?(): void;
}
