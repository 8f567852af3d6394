import { readFileSync } from 'node:fs';
import { sleep } from '../../src/core/time.ts';
import { layout } from '../../src/cloud/layout.ts';
import { processNumbers } from '../../src/cloud/process.ts';
import { readStatus } from '../../src/cloud/status.ts';

/** The processes of one component: the one that was started and all that descend from it. */
export interface ProcessFamily {
  readonly name: string;
  readonly pids: readonly number[];
}

interface Entry {
  readonly pid: number;
  readonly parent: number;
  /** Own and waited-for children's processor time in clock ticks, user and system. */
  readonly ticks: number;
}

/** The kernel's USER_HZ, 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Processes of the cloud at a home, by component, the supervisor among them. */
export function familiesOf(home: string): ProcessFamily[] {
  const status = readStatus(layout(home));
  if (status === undefined) throw new Error(`nobody supervises ${home}`);
  const roots = Object.entries(status.components).flatMap(([name, { process }]) =>
    process === undefined ? [] : [{ name, pid: process.pid }],
  );
  const entries = allEntries();
  const taken = new Set([...roots.map(({ pid }) => pid), status.supervisor.pid]);
  return [
    ...familiesOfRoots(roots, entries),
    {
      name: 'supervisor',
      // It started the others, yet they are counted under their own names.
      pids: descendants(entries, status.supervisor.pid, taken),
    },
  ];
}

/** The families of these processes. */
export const familiesOfRoots = (
  roots: readonly { readonly name: string; readonly pid: number }[],
  entries: readonly Entry[] = allEntries(),
): ProcessFamily[] => {
  const all = new Set(roots.map(({ pid }) => pid));
  return roots.map(({ name, pid }) => ({ name, pids: descendants(entries, pid, all) }));
};

function descendants(
  entries: readonly Entry[],
  root: number,
  except: ReadonlySet<number> = new Set(),
): number[] {
  const found: number[] = [];
  const open = [root];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    found.push(next);
    for (const { pid, parent } of entries) if (parent === next && !except.has(pid)) open.push(pid);
  }
  return found;
}

const allEntries = (): Entry[] =>
  processNumbers().flatMap((pid) => {
    const entry = readEntry(pid);
    return entry === undefined ? [] : [entry];
  });

function readEntry(pid: number): Entry | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    // proc(5): utime, stime, cutime, cstime are the fields 14 to 17 counted from the pid.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid, parent: Number(fields[1]), ticks };
  } catch {
    return undefined;
  }
}

/** Processor time in milliseconds that each component has used so far. */
export function cpuTimes(families: readonly ProcessFamily[]): Map<string, number> {
  return new Map(
    families.map(({ name, pids }) => [
      name,
      (pids.reduce((sum, pid) => sum + (readEntry(pid)?.ticks ?? 0), 0) * 1000) / TICKS_PER_SECOND,
    ]),
  );
}

/** Difference of two readings, all components together or the named ones. */
export function cpuBetween(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  names: readonly string[] = [...after.keys()],
): number {
  return names.reduce(
    (sum, name) => sum + Math.max(0, (after.get(name) ?? 0) - (before.get(name) ?? 0)),
    0,
  );
}

/**
 * Waits until the cloud has digested what it was told: its processes use less than a tenth of a core. Gives the last
 * reading of `cpuTimes`. Goes on after 15 seconds in any case.
 */
export const quiet = (home: string): Promise<Map<string, number>> =>
  quietFamilies(() => familiesOf(home));

/** The same for any processes. */
export async function quietFamilies(
  families: () => readonly ProcessFamily[],
): Promise<Map<string, number>> {
  const window = 150;
  const end = Date.now() + 15_000;
  let before = cpuTimes(families());
  for (;;) {
    await sleep(window);
    const after = cpuTimes(families());
    if (cpuBetween(before, after) <= window / 10 || Date.now() > end) return after;
    before = after;
  }
}

/** Proportional set size of a process in bytes, by `smaps_rollup`; 0 when it is gone. */
export function proportionalMemory(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
