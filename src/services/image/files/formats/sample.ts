import { noImageContent } from '../../errors.ts';

/** A part of the data: where it begins and how long it is, in bytes. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** The bytes of a disk that its format is told by, kept as the data streams by. */
export interface Sample {
  /** The beginning, as long as the format asked for, or all there is. */
  readonly head: Buffer;
  /** The part that the beginning pointed to; shorter or empty where the data ended before. */
  readonly second: Buffer;
  /** The end, as long as the format asked for, or all there is. */
  readonly tail: Buffer;
  /** Of all the data. */
  readonly size: number;
}

/** What is known of one format of disks. */
export interface DiskReader {
  /** Bytes of the beginning and of the end that it must see. */
  readonly head: number;
  readonly tail?: number;
  /** Looks at the beginning; fails when it is not the format's own, or gives a further part to keep. */
  begin(head: Buffer): Range | undefined;
  /** Judges the whole; gives the size of the disk inside in bytes. */
  finish(sample: Sample): number;
}

/** Fails with the reason unless it holds. */
export function must(holds: boolean, why: string): asserts holds {
  if (!holds) throw noImageContent(why);
}

/** A 64-bit number that must be one that JavaScript can hold. */
export function sizeOf(value: bigint, what: string): number {
  must(value <= BigInt(Number.MAX_SAFE_INTEGER), `its header claims ${what} of ${value} bytes`);
  return Number(value);
}

/** Longest further part that is kept. */
const SECOND_LIMIT = 1024 * 1024;

/** Keeps what a reader wants of a stream, no more. */
export class Sampler {
  private readonly reader: DiskReader;
  private readonly head: Buffer;
  private tail = Buffer.alloc(0);
  private second = Buffer.alloc(0);
  private range: Range | undefined;
  private begun = false;
  private size = 0;

  constructor(reader: DiskReader) {
    this.reader = reader;
    this.head = Buffer.alloc(reader.head);
  }

  push(chunk: Buffer): void {
    const position = this.size;
    this.size += chunk.length;
    if (position < this.head.length) chunk.copy(this.head, position);
    if (!this.begun && this.size >= this.head.length) this.begin(this.head);
    if (this.range !== undefined) this.keepSecond(chunk, position, this.range);
    const { tail = 0 } = this.reader;
    if (tail > 0) {
      const last = chunk.subarray(Math.max(0, chunk.length - tail));
      this.tail = Buffer.concat([this.tail, last]);
      if (this.tail.length > tail) this.tail = this.tail.subarray(this.tail.length - tail);
    }
  }

  /** Size of the disk inside. */
  end(): number {
    const head = this.head.subarray(0, Math.min(this.size, this.head.length));
    if (!this.begun) {
      this.begin(head);
      if (this.range !== undefined) this.keepSecond(head, 0, this.range);
    }
    return this.reader.finish({ head, second: this.second, tail: this.tail, size: this.size });
  }

  private begin(head: Buffer): void {
    this.begun = true;
    this.range = this.reader.begin(head);
    if (this.range === undefined) return;
    must(this.range.length <= SECOND_LIMIT, 'its header claims a description of more than 1 MiB');
    // What went by between the head and now is in the head: ranges overlap it or come later.
    if (this.range.offset < head.length) this.keepSecond(head, 0, this.range);
  }

  private keepSecond(chunk: Buffer, position: number, { offset, length }: Range): void {
    const next = offset + this.second.length;
    if (this.second.length >= length || position > next || position + chunk.length <= next) return;
    const from = next - position;
    const part = chunk.subarray(from, from + length - this.second.length);
    this.second = Buffer.concat([this.second, part]);
  }
}
