import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { sleep } from '../../../core/time.ts';

/** By this variable the processes of a console are known, whoever started them: an agent that died tells nothing. */
export const MARKER = 'OVENBIRD_CONSOLE';

/** Between hanging up and killing, in milliseconds. */
const GRACE = 500;
const PAUSE = 20;
/** Rounds of killing: a process that forks all the time is faster than one round. */
const ROUNDS = 50;

/** What proc(5) tells of a process. */
interface Process {
  readonly pid: number;
  readonly session: number;
  /** Ticks since the machine's start. */
  readonly startedAt: number;
}

/** One for all readings, which end where they began: thousands of files a second cost no memory. */
const BUFFER = Buffer.alloc(2 ** 17);

/** A file of /proc, which is never waited for; empty when there is none any more. */
function readNow(file: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const length = readSync(descriptor, BUFFER, 0, BUFFER.length, 0);
    return BUFFER.toString('latin1', 0, length);
  } catch {
    return '';
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** All of the machine, or those of these numbers. */
function processes(numbers?: readonly number[]): Process[] {
  const names =
    numbers?.map(String) ?? readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  return names.flatMap((name) => {
    const line = readNow(`/proc/${name}/stat`);
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return line === '' || fields[0] === 'Z'
      ? []
      : [{ pid: Number(name), session: Number(fields[3]), startedAt: Number(fields[19]) }];
  });
}

const areThere = (some: readonly Process[]): boolean =>
  processes(some.map(({ pid }) => pid)).some(({ pid, startedAt }) =>
    some.some((one) => one.pid === pid && one.startedAt === startedAt),
  );

const isMarked = (pid: number, id: string): boolean =>
  `\0${readNow(`/proc/${pid}/environ`)}`.includes(`\0${MARKER}=${id}\0`);

/** Number of the session that the console began with: of its marked processes, the oldest one's. */
const sessionOf = (id: string): number | undefined =>
  processes()
    .filter(({ pid }) => isMarked(pid, id))
    .toSorted((left, right) => left.startedAt - right.startedAt || left.pid - right.pid)[0]
    ?.session;

/**
 * Ends the processes of a console's terminal: those of its session, in the foreground and not, are hung up on and, if
 * they stay, killed. A process that began a session of its own (setsid(1), a daemon) has left the terminal, and stays.
 *
 * @param id the value of `MARKER` in their environment
 * @param leader number of the first process; found when unknown
 */
export async function endSession(id: string, leader?: number): Promise<void> {
  const session = leader ?? sessionOf(id);
  if (session === undefined || session <= 1) return;
  const members = (): Process[] => {
    const all = processes();
    // The number may be another process's by now.
    const isOurs = !all.some(({ pid }) => pid === session) || isMarked(session, id);
    return isOurs ? all.filter((each) => each.session === session) : [];
  };
  const signal = (found: readonly Process[], name: NodeJS.Signals) => {
    for (const { pid } of found) {
      try {
        process.kill(pid, name);
      } catch {
        // ended meanwhile
      }
    }
  };
  const first = members();
  // Stopped jobs hear nothing until they go on.
  signal(first, 'SIGHUP');
  signal(first, 'SIGCONT');
  const until = Date.now() + GRACE;
  while (Date.now() < until && areThere(first)) await sleep(PAUSE);
  for (let round = 0; round < ROUNDS; round++) {
    const found = members();
    if (found.length === 0) return;
    signal(found, 'SIGKILL');
    await sleep(PAUSE);
  }
}
