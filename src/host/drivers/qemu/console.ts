import { open, rename, stat, truncate, writeFile } from 'node:fs/promises';
import type { ConsoleLimits } from '../driver.ts';

/** A console's file is shortened when it is longer than this, in bytes: a guest may write without end. */
const LONGEST = 4 * 2 ** 20;

/** The file that holds what went before. */
const olderOf = (file: string): string => `${file}.old`;

/** The end of a console, also of what stood there before the file was shortened. */
export async function endOfConsole(file: string, limits: ConsoleLimits): Promise<Buffer> {
  let bytes = await lastBytes(file, limits.bytes);
  if (bytes.length < limits.bytes) {
    const older = await lastBytes(olderOf(file), limits.bytes - bytes.length);
    bytes = Buffer.concat([older, bytes]);
  }
  return limits.lines === undefined ? bytes : lastLines(bytes, limits.lines);
}

/** Shortens a console's file that became too long. QEMU appends, so it goes on at the new end. */
export async function shortenConsole(file: string): Promise<void> {
  const size = (await stat(file).catch(() => undefined))?.size ?? 0;
  if (size <= LONGEST) return;
  const fresh = `${olderOf(file)}.new`;
  await writeFile(fresh, await lastBytes(file, LONGEST), { mode: 0o600 });
  await rename(fresh, olderOf(file));
  await truncate(file);
}

async function lastBytes(file: string, most: number): Promise<Buffer> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return Buffer.alloc(0);
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(size, most));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, size - bytes.length);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Of text that ends with a line feed, that one does not begin another line. */
function lastLines(bytes: Buffer, lines: number): Buffer {
  if (lines <= 0) return Buffer.alloc(0);
  let end = bytes.length;
  if (bytes[end - 1] === 10) end--;
  for (let count = 0; count < lines; count++) {
    const before = bytes.lastIndexOf(10, end - 1);
    if (before === -1 || end === 0) return bytes;
    end = before;
  }
  return bytes.subarray(end + 1);
}
