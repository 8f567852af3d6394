import { readdir, readFile } from 'node:fs/promises';
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

/** All of the machine, or those of these numbers. */
async function processes(numbers?: readonly number[]): Promise<Process[]> {
  const names =
    numbers?.map(String) ?? (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const lines = await Promise.all(
    names.map((name) => readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')),
  );
  return lines.flatMap((line, index) => {
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    if (line === '' || fields[0] === 'Z') return [];
    return [
      { pid: Number(names[index]), session: Number(fields[3]), startedAt: Number(fields[19]) },
    ];
  });
}

const areThere = async (some: readonly Process[]): Promise<boolean> => {
  const now = await processes(some.map(({ pid }) => pid));
  return now.some(({ pid, startedAt }) =>
    some.some((one) => one.pid === pid && one.startedAt === startedAt),
  );
};

const isMarked = async (pid: number, id: string): Promise<boolean> =>
  `\0${await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')}`.includes(
    `\0${MARKER}=${id}\0`,
  );

/** Number of the session that the console began with: of its marked processes, the oldest one's. */
async function sessionOf(id: string): Promise<number | undefined> {
  const all = await processes();
  const marked = await Promise.all(all.map(({ pid }) => isMarked(pid, id)));
  return all
    .filter((_, index) => marked[index])
    .toSorted((left, right) => left.startedAt - right.startedAt || left.pid - right.pid)[0]
    ?.session;
}

/**
 * Ends the processes of a console's terminal: those of its session, in the foreground and not, are hung up on and, if
 * they stay, killed. A process that began a session of its own (setsid(1), a daemon) has left the terminal, and stays.
 *
 * @param id the value of `MARKER` in their environment
 * @param leader number of the first process; found when unknown
 */
export async function endSession(id: string, leader?: number): Promise<void> {
  const session = leader ?? (await sessionOf(id));
  if (session === undefined || session <= 1) return;
  const members = async () => {
    const all = await processes();
    // The number may be another process's by now.
    const isOurs = !all.some(({ pid }) => pid === session) || (await isMarked(session, id));
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
  const first = await members();
  // Stopped jobs hear nothing until they go on.
  signal(first, 'SIGHUP');
  signal(first, 'SIGCONT');
  const until = Date.now() + GRACE;
  while (Date.now() < until && (await areThere(first))) await sleep(PAUSE);
  for (let round = 0; round < ROUNDS; round++) {
    const found = await members();
    if (found.length === 0) return;
    signal(found, 'SIGKILL');
    await sleep(PAUSE);
  }
}
