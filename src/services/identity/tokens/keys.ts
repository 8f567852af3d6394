import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import path from 'node:path';
import { writeSecret } from '../secrets.ts';
import { newFernetKey, parseFernetKey, type FernetKey } from './fernet.ts';

/**
 * The folder of Fernet keys, as Keystone lays it out: files named by numbers, the highest is the primary key that
 * makes tokens, 0 is the staged one that becomes primary at the next rotation (so that every control plane can
 * read its tokens before the first is made), the others still read old tokens. A file's modification time is
 * when its key became primary.
 */
export interface KeyRing {
  /** The key that makes tokens. */
  primary(): FernetKey;
  /** All keys, the most likely first. */
  all(): readonly FernetKey[];
  /** Reads the folder again if it changed since; says whether it did. */
  refresh(): boolean;
  /** Makes the staged key primary, stages a new one, and removes those that no living token can need. */
  rotate(): void;
  /** When the primary key became primary. */
  primarySince(): Date;
}

const file = (folder: string, number: number): string => path.join(folder, String(number));

const numbers = (folder: string): number[] =>
  readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .toSorted((a, b) => b - a);

/**
 * Opens the folder and makes the first two keys when there are none.
 * @param tokenLifetime longest life of a token in milliseconds
 */
export function openKeyRing(folder: string, tokenLifetime: number): KeyRing {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!numbers(folder).some((number) => number > 0)) create(folder, 1);
  if (!numbers(folder).includes(0)) create(folder, 0);

  let keys: FernetKey[] = [];
  let changed = -1;
  const load = (): boolean => {
    const now = statSync(folder).mtimeMs;
    if (now === changed) return false;
    const found = numbers(folder).map((number) => {
      const key = parseFernetKey(readFileSync(file(folder, number), 'utf8'));
      if (key === undefined) {
        throw new Error(
          `${file(folder, number)} holds no Fernet key: remove it or restore it from a backup`,
        );
      }
      return key;
    });
    if (found.length === 0)
      throw new Error(`the Fernet keys in ${folder} are gone: restart to make new ones`);
    keys = found;
    changed = now;
    return true;
  };
  load();

  return {
    primary: () => keys[0]!,
    all: () => keys,
    refresh: load,
    rotate() {
      const [highest = 0] = numbers(folder);
      try {
        // A hard link fails when another control plane was faster: then its rotation is ours, too.
        linkSync(file(folder, 0), file(folder, highest + 1));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        load();
        return;
      }
      const now = new Date();
      replace(folder, 0);
      utimesSync(file(folder, highest + 1), now, now);
      const present = numbers(folder);
      const retired = present.map((_, index) => modified(file(folder, present[index - 1] ?? -1)));
      for (const [index, number] of present.entries()) {
        const since = retired[index];
        if (number === 0 || since === undefined) continue;
        if (since + tokenLifetime < now.getTime()) rmSync(file(folder, number));
      }
      changed = -1;
      load();
    },
    primarySince: () => new Date(modified(file(folder, numbers(folder)[0] ?? 0)) ?? 0),
  };
}

const modified = (name: string): number | undefined =>
  statSync(name, { throwIfNoEntry: false })?.mtimeMs;

const create = (folder: string, number: number): void => {
  writeSecret(file(folder, number), newFernetKey().toString('base64url') + '=');
};

const replace = (folder: string, number: number): void => {
  const next = file(folder, number) + '.next';
  rmSync(next, { force: true });
  writeSecret(next, newFernetKey().toString('base64url') + '=');
  renameSync(next, file(folder, number));
};
