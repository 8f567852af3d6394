import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { sleep } from '../core/time.ts';

/**
 * A process that cannot be confused with a later one of the same number: start time in clock ticks since the
 * machine's boot (`/proc/<pid>/stat`, field 22) and the boot's own id.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: number;
  readonly boot: string;
}

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  /** One letter of proc(5): R, S, D, Z, T, X … */
  readonly state: string;
  readonly startTicks: number;
}

let boot: string | undefined;
/** Id of the running boot of this machine. */
export const bootId = (): string =>
  (boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());

/** Reads `/proc/<pid>/stat`; undefined when there is no such process. */
export function processFacts(pid: number): ProcessFacts | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** The fields of a `stat` line. The program's name may itself hold spaces and brackets: count from the last one. */
export function parseStat(line: string): ProcessFacts {
  const close = line.lastIndexOf(')');
  const fields = line.slice(close + 2).split(' ');
  return {
    pid: Number.parseInt(line, 10),
    state: fields[0] ?? 'X',
    parent: Number(fields[1]),
    startTicks: Number(fields[19]),
  };
}

/** Who runs under this number now; undefined when nobody does (a zombie does not run). */
export function identify(pid: number): ProcessIdentity | undefined {
  const facts = processFacts(pid);
  if (facts === undefined || facts.state === 'Z' || facts.state === 'X') return undefined;
  return { pid, startTicks: facts.startTicks, boot: bootId() };
}

/** Whether just this process, and not another one under its number, still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now !== undefined && now.startTicks === identity.startTicks && now.boot === identity.boot;
}

/** Sends a signal to just this process; false when it is gone. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Asks a process to end, and after the time given (milliseconds) kills it; resolves when it is gone. */
export async function terminate(
  identity: ProcessIdentity,
  name: NodeJS.Signals,
  timeout: number,
): Promise<void> {
  signal(identity, name);
  if (await ends(identity, timeout)) return;
  signal(identity, 'SIGKILL');
  if (!(await ends(identity, 10_000)))
    throw new Error(
      `process ${identity.pid} does not end, not even when killed: the kernel holds it`,
    );
}

async function ends(identity: ProcessIdentity, timeout: number): Promise<boolean> {
  const deadline = performance.now() + timeout;
  for (let pause = 2; isAlive(identity); pause = Math.min(pause * 1.5, 100)) {
    if (performance.now() >= deadline) return false;
    await sleep(pause);
  }
  return true;
}

/** Every process of the machine that can be seen. */
export const processNumbers = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** A process's environment as it was when it started; empty when it is gone or not ours to read. */
export function environmentOf(pid: number): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  try {
    for (const entry of readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')) {
      const equals = entry.indexOf('=');
      if (equals > 0) entries.set(entry.slice(0, equals), entry.slice(equals + 1));
    }
  } catch {
    // Gone since.
  }
  return entries;
}

/** The inode that names a process's network namespace; undefined when it is gone. */
export function networkNamespaceOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`).replace(/\D/g, '');
  } catch {
    return undefined;
  }
}

/** Milliseconds since 1970 at which the process started. */
export function startedAt(identity: ProcessIdentity): number {
  const uptime = Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000;
  // The kernel counts in USER_HZ, which is 100 on every architecture that Node runs on.
  return Date.now() - uptime + identity.startTicks * 10;
}

/** Resident and proportional set size in bytes. */
export interface Memory {
  readonly rss: number;
  readonly pss: number;
}

/** Memory of a process and all that descend from it. */
export function memoryOf(pid: number): Memory {
  const children = new Map<number, number[]>();
  for (const number of processNumbers()) {
    const facts = processFacts(number);
    if (facts === undefined) continue;
    const siblings = children.get(facts.parent);
    if (siblings === undefined) children.set(facts.parent, [number]);
    else siblings.push(number);
  }
  let total: Memory = { rss: 0, pss: 0 };
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    open.push(...(children.get(next) ?? []));
    const { rss, pss } = ownMemoryOf(next);
    total = { rss: total.rss + rss, pss: total.pss + pss };
  }
  return total;
}

/** Memory of one process alone; nothing when it is gone, or when the kernel lacks the file. */
export function ownMemoryOf(pid: number): Memory {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    return { rss: kibibytes(text, 'Rss') * 1024, pss: kibibytes(text, 'Pss') * 1024 };
  } catch {
    return { rss: 0, pss: 0 };
  }
}

const kibibytes = (text: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
