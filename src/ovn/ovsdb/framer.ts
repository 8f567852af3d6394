import { OvsdbError } from './error.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * Cuts a stream of JSON objects, which OVSDB sends without any delimiter, into messages. Counts braces and skips
 * strings; the JSON itself is the parser's business.
 */
export class Framer {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #length = 0;
  #depth = 0;
  #inString = false;
  /** The last byte of the previous chunk was a backslash that escapes the first of the next. */
  #escaped = false;

  /** `limit`: longest message in bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Messages that end within this chunk, parsed. Throws `OvsdbError` "bad message"; the stream is then of no more use. */
  push(chunk: Buffer): unknown[] {
    const messages: unknown[] = [];
    let start = 0;
    let position = 0;
    while (position < chunk.length) {
      if (this.#inString) {
        position = this.#skipString(chunk, position);
        continue;
      }
      const byte = chunk[position]!;
      if (this.#depth === 0 && byte !== OPEN) {
        if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
          throw new OvsdbError(
            'bad message',
            `a message begins with ${JSON.stringify(String.fromCodePoint(byte))}, not with {`,
          );
        }
        start = ++position;
        continue;
      }
      position++;
      if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN) this.#depth++;
      else if (byte === CLOSE && --this.#depth === 0) {
        this.#keep(chunk.subarray(start, position));
        messages.push(this.#take());
        start = position;
      }
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return messages;
  }

  /** Position after the string's closing quote, or the chunk's end. */
  #skipString(chunk: Buffer, from: number): number {
    let position = from;
    if (this.#escaped) {
      this.#escaped = false;
      position++;
    }
    for (;;) {
      const quote = chunk.indexOf(QUOTE, position);
      const end = quote === -1 ? chunk.length : quote;
      let backslashes = 0;
      while (end - backslashes > position && chunk[end - backslashes - 1] === BACKSLASH)
        backslashes++;
      const escapes = backslashes % 2 === 1;
      if (quote === -1) {
        this.#escaped = escapes;
        return end;
      }
      position = quote + 1;
      if (!escapes) {
        this.#inString = false;
        return position;
      }
    }
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > this.#limit) {
      throw new OvsdbError('bad message', `a message is longer than ${this.#limit} bytes`);
    }
    this.#chunks.push(part);
  }

  #take(): unknown {
    const text = (
      this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    ).toString('utf8');
    this.#chunks = [];
    this.#length = 0;
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new OvsdbError('bad message', `not JSON: ${text.slice(0, 200)}`, { cause: error });
    }
  }
}
