import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../command.ts';
import type { DriveFile } from '../../wish.ts';

/** By this label guests find it. Source: Nova, "Config drives". */
export const DRIVE_LABEL = 'config-2';

/** Makes a config drive: a file system of CDs (ISO 9660 with Joliet and Rock Ridge) with these files. */
export async function makeDrive(file: string, files: readonly DriveFile[]): Promise<void> {
  const folder = await mkdtemp(`${file}-`);
  try {
    for (const { path: name, content } of files) {
      const target = path.join(folder, name);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, content);
    }
    await run(
      'genisoimage',
      [
        ['-quiet', '-o', `${file}.new`, '-V', DRIVE_LABEL, '-publisher', 'Ovenbird'],
        ['-r', '-J', '-l', '-ldots', '-allow-lowercase', '-allow-multidot', folder],
      ].flat(),
      { timeout: 30_000 },
    );
    await rename(`${file}.new`, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(`${file}.new`, { force: true });
  }
}
