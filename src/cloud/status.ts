import { readFileSync } from 'node:fs';
import type { Layout } from './layout.ts';
import { writeAtomically } from './files.ts';
import type { ProcessIdentity } from './process.ts';

/** `starting` until it answers; `waiting` for its next start after a failure. */
export type UnitState = 'starting' | 'running' | 'waiting' | 'stopped';

/** What the supervisor knows of one component. */
export interface UnitStatus {
  readonly state: UnitState;
  readonly process?: ProcessIdentity;
  /** Starts after the first one since the supervisor began. */
  readonly restarts: number;
  /** How and when it last ended or failed to start, with its log's last lines. */
  readonly lastError?: { readonly at: string; readonly message: string; readonly log: string };
}

/** `run/status.json`. */
export interface CloudStatus {
  readonly supervisor: ProcessIdentity;
  readonly writtenAt: string;
  /** When everything had become ready for the first time under this supervisor. */
  readonly readyAt?: string;
  readonly components: Readonly<Record<string, UnitStatus>>;
}

export const writeStatus = (layout: Layout, status: CloudStatus): void =>
  writeAtomically(layout.status, `${JSON.stringify(status, null, 2)}\n`);

/** The last written status; undefined when there never was one or it cannot be read. */
export function readStatus(layout: Layout): CloudStatus | undefined {
  try {
    return JSON.parse(readFileSync(layout.status, 'utf8')) as CloudStatus;
  } catch {
    return undefined;
  }
}
