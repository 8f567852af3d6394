import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createOnce, ensureFolder, writeAtomically } from './files.ts';
import { MACHINE_FOLDER } from './layout.ts';
import { paths } from '../core/configuration.ts';

const FOLDER = path.join(MACHINE_FOLDER, 'clouds');

/** Home of the cloud that uses this name on this machine; undefined when none does, or when it is gone. */
export function ownerOfName(name: string): string | undefined {
  try {
    const home = readFileSync(path.join(FOLDER, name), 'utf8').trim();
    return existsSync(paths(home).configuration) ? home : undefined;
  } catch {
    return undefined;
  }
}

/** Takes a name for a home: namespace, interface and nft table are called by it. Lasts until the next boot. */
export function claimName(name: string, home: string): void {
  ensureFolder(MACHINE_FOLDER, 0o755);
  ensureFolder(FOLDER, 0o755);
  const file = path.join(FOLDER, name);
  if (createOnce(file, `${home}\n`, 0o644)) return;
  const owner = ownerOfName(name);
  if (owner === home) return;
  if (owner !== undefined)
    throw new Error(
      `the name "${name}" is used by the cloud in ${owner}: remove one of the two with "npx ovenbird remove"`,
    );
  writeAtomically(file, `${home}\n`, 0o644);
}

/** Gives the name back when this home has it. */
export function releaseName(name: string, home: string): void {
  const file = path.join(FOLDER, name);
  if (ownerOfName(name) === home || !existsSync(file)) rmSync(file, { force: true });
}

/** Clouds of this machine that were started since its boot: name → home. */
export function knownClouds(): Map<string, string> {
  const clouds = new Map<string, string>();
  if (!existsSync(FOLDER)) return clouds;
  for (const name of readdirSync(FOLDER)) {
    const home = ownerOfName(name);
    if (home !== undefined) clouds.set(name, home);
  }
  return clouds;
}
