import { existsSync, renameSync } from 'node:fs';
import { run } from './command.ts';
import { asideName } from './files.ts';

export type PreparedFile = 'made' | 'unchanged' | 'converted' | 'replaced';

/**
 * Makes sure that an OVSDB file exists and has the schema's version: made when missing, converted when older.
 * A file that cannot be read is set aside and made anew: what our databases hold is projected from PostgreSQL and
 * comes back with the next comparison. Fails when a process that is not ours holds the file.
 */
export async function prepareOvsdbFile(file: string, schema: string): Promise<PreparedFile> {
  if (!existsSync(schema)) throw new Error(`${schema} is missing: run "sh scripts/setup.sh"`);
  if (!existsSync(file)) {
    await run('ovsdb-tool', ['create', file, schema]);
    return 'made';
  }
  try {
    const { output } = await run('ovsdb-tool', ['needs-conversion', file, schema]);
    if (output.trim() !== 'yes') return 'unchanged';
    await run('ovsdb-tool', ['convert', file, schema]);
    return 'converted';
  } catch (error) {
    const message = (error as Error).message;
    if (/lock/i.test(message) && !/syntax|corrupt|parse/i.test(message))
      throw new Error(
        `${file} is held by another process: find it with "fuser ${file}" and end it (${message})`,
        { cause: error },
      );
    const aside = asideName(file);
    renameSync(file, aside);
    await run('ovsdb-tool', ['create', file, schema]);
    process.emitWarning(`${file} could not be read and was set aside as ${aside}: ${message}`);
    return 'replaced';
  }
}
