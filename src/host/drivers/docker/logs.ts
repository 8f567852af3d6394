/**
 * Takes the frames of a container's output apart: 8 bytes of header (stream, three zeroes, length as 32 bits big
 * endian), then the payload. Source: Engine API, "Stream format" of `/containers/{id}/attach`.
 * Standard output and error stay in the order in which they came. A frame cut off at the end is given as far as it
 * goes. Of more than `limit` bytes only the last are kept.
 */
export async function outputOf(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const kept: Buffer[] = [];
  let size = 0;
  const keep = (part: Buffer) => {
    if (part.length === 0) return;
    kept.push(part);
    size += part.length;
    for (
      let first = kept[0];
      first !== undefined && size - first.length >= limit;
      first = kept[0]
    ) {
      size -= first.length;
      kept.shift();
    }
  };
  let header = Buffer.alloc(0);
  let left = 0;
  for await (const chunk of body) {
    let rest = chunk;
    while (rest.length > 0) {
      if (left > 0) {
        keep(rest.subarray(0, left));
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
  const all = Buffer.concat(kept);
  return all.subarray(Math.max(0, all.length - limit));
}
