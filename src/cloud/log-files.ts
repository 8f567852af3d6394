import { copyFileSync, readdirSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';

/** Bytes after which a log is set aside; each component so keeps at most twice as much. */
const LOG_LIMIT = 8 * 1024 * 1024;

/**
 * Sets logs that grew too long aside as `<component>.log.1`. The processes hold the file open for appending, so
 * it is copied and cut rather than renamed; a line written between the two is lost.
 */
export function rotateLogs(folder: string, limit = LOG_LIMIT): void {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.log')) continue;
    const file = path.join(folder, name);
    if (statSync(file).size < limit) continue;
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  }
}
