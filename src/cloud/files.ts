import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** The one path of a folder, whichever links lead to it; it need not exist yet. */
export function realFolder(folder: string): string {
  if (existsSync(folder) || folder === path.dirname(folder)) return realpathSync(folder);
  return path.join(realFolder(path.dirname(folder)), path.basename(folder));
}

/** Makes a folder and its parents with just this mode, whatever the umask; keeps what is in it. */
export function ensureFolder(folder: string, mode: number): void {
  mkdirSync(folder, { recursive: true, mode });
  if ((statSync(folder).mode & 0o7777) !== mode) chmodSync(folder, mode);
}

/**
 * Replaces a file in one step: a reader sees the old or the new text, never half of one. Not durable: after a
 * power cut either may be there.
 */
export function writeAtomically(file: string, text: string, mode = 0o600): void {
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, text, { mode });
  renameSync(draft, file);
}

/** Makes a file unless it exists; true when this call made it. Durable: it survives a power cut. */
export function createOnce(file: string, text: string, mode = 0o600): boolean {
  const draft = `${file}.${process.pid}.new`;
  writeDraft(draft, text, mode);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function writeDraft(draft: string, text: string, mode: number): void {
  const descriptor = openSync(draft, 'w', mode);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The last lines of a file, without reading more than 256 KiB of it; empty when it does not exist. */
export function lastLines(file: string, count: number): string[] {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return [];
  }
  try {
    const size = statSync(file).size;
    const length = Math.min(size, 256 * 1024);
    const buffer = Buffer.alloc(length);
    readSync(descriptor, buffer, 0, length, size - length);
    const lines = buffer.toString('utf8').split('\n');
    if (lines.at(-1) === '') lines.pop();
    // The first one may have been cut.
    if (length < size) lines.shift();
    return count === 0 ? [] : lines.slice(-count);
  } finally {
    closeSync(descriptor);
  }
}

/** Path of a sibling that nothing else uses: `nb.db` → `nb.db.broken-20260801T120000`. */
export const asideName = (file: string): string =>
  path.join(
    path.dirname(file),
    `${path.basename(file)}.broken-${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}`,
  );
