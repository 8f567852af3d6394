/** The last `limit` bytes of what comes in pieces. */
class Tail {
  readonly #limit: number;
  readonly #kept: Buffer[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#kept.push(part);
    this.#size += part.length;
    for (
      let [first] = this.#kept;
      first !== undefined && this.#size - first.length >= this.#limit;
      [first] = this.#kept
    ) {
      this.#size -= first.length;
      this.#kept.shift();
    }
  }

  bytes(): Buffer {
    const all = Buffer.concat(this.#kept);
    return all.subarray(Math.max(0, all.length - this.#limit));
  }
}

/** The end of what a container with a terminal wrote, which comes without frames. */
export async function terminalOutput(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const tail = new Tail(limit);
  for await (const chunk of body) tail.keep(chunk);
  return tail.bytes();
}

/**
 * Takes the frames of a container's output apart: 8 bytes of header (stream, three zeroes, length as 32 bits big
 * endian), then the payload. Source: Engine API, "Stream format" of `/containers/{id}/attach`.
 * Standard output and error stay in the order in which they came. A frame cut off at the end is given as far as it
 * goes. Of more than `limit` bytes only the last are kept.
 */
export async function outputOf(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const tail = new Tail(limit);
  let header = Buffer.alloc(0);
  let left = 0;
  for await (const chunk of body) {
    let rest = chunk;
    while (rest.length > 0) {
      if (left > 0) {
        tail.keep(rest.subarray(0, left));
        const taken = Math.min(left, rest.length);
        left -= taken;
        rest = rest.subarray(taken);
        continue;
      }
      const wanted = 8 - header.length;
      header = Buffer.concat([header, rest.subarray(0, wanted)]);
      rest = rest.subarray(wanted);
      if (header.length === 8) {
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
      }
    }
  }
  return tail.bytes();
}
