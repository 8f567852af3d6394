import type { Facts } from './facts.ts';

export type FindingState = 'ok' | 'info' | 'warning' | 'fatal';

/** What one check says. */
export interface Finding {
  /** Stable, for scripts: `kernel-version`. */
  readonly id: string;
  readonly title: string;
  /** `fatal`: a cloud cannot run until it is cured. `info`: worth knowing, nothing to do. */
  readonly state: FindingState;
  /** What is the case, as a sentence or a value. */
  readonly found: string;
  /** What to do; absent when all is well. */
  readonly cure?: string;
}

/** A question about the machine: pure, so that every answer can be tested with planted facts. */
export interface Check {
  readonly id: string;
  readonly title: string;
  judge(facts: Facts): Omit<Finding, 'id' | 'title'>;
}

export const ok = (found: string) => ({ state: 'ok', found }) as const;
export const info = (found: string, cure?: string) =>
  ({ state: 'info', found, ...(cure === undefined ? {} : { cure }) }) as const;
export const warning = (found: string, cure: string) =>
  ({ state: 'warning', found, cure }) as const;
export const fatal = (found: string, cure: string) => ({ state: 'fatal', found, cure }) as const;

/** Bytes for people: `12.4 GiB`. */
export const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
