import { appendFileSync, renameSync, statSync } from 'node:fs';
import type { Repair } from '../ovn/desired.ts';

/** Bytes after which the file is set aside as `<file>.1`, of which there is one. */
const LIMIT = 4 * 1024 * 1024;
/** Characters of one value; a switch's ports may be thousands. */
const VALUE_LIMIT = 1000;

/**
 * What the cloud did by itself, kept for people: one JSON line each, in a file that grows to twice the limit at most.
 * It is written before anything else happens, and needs no database: neither a crash nor a broken database hides it.
 */
export class EventFile {
  readonly #file: string;
  readonly #limit: number;

  constructor(file: string, limit = LIMIT) {
    this.#file = file;
    this.#limit = limit;
  }

  /** Adds repairs; fails when the disk does. */
  add(repairs: readonly Repair[]): void {
    if (repairs.length === 0) return;
    const lines = repairs.map(({ at, columns, ...repair }) =>
      JSON.stringify({
        at: at.toISOString(),
        type: 'repair',
        ...repair,
        ...(columns === undefined ? {} : { columns: shortened(columns) }),
      }),
    );
    this.#setAside();
    appendFileSync(this.#file, `${lines.join('\n')}\n`, { mode: 0o600 });
  }

  #setAside(): void {
    const stat = statSync(this.#file, { throwIfNoEntry: false });
    if (stat !== undefined && stat.size >= this.#limit) renameSync(this.#file, `${this.#file}.1`);
  }
}

const shortened = (columns: NonNullable<Repair['columns']>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, values.map((value) => short(value))]),
  );

function short(value: unknown): unknown {
  const text = JSON.stringify(value);
  // Null stands for nothing: an array in JSON has no undefined.
  if (text === undefined) return null;
  return text.length <= VALUE_LIMIT ? value : `${text.slice(0, VALUE_LIMIT)}…`;
}
