import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { writeConfiguration, type Target } from './configuration.ts';
import { serveImage } from './image-server.ts';

/** How one test ended. */
export interface Outcome {
  readonly id: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly reason: string;
}

interface Answer extends Partial<Outcome> {
  readonly done?: boolean;
  readonly ids?: string[];
}

export interface RunOptions {
  readonly target: Target;
  /** For tempest's configuration, locks and logs. */
  readonly folder: string;
  /** Ids, or a package to run all tests of. */
  readonly tests: readonly string[] | { readonly package: string };
  /** Which of them; default all. */
  readonly wanted?: (id: string) => boolean;
  /** Workers at a time; default 2. */
  readonly workers?: number;
  /** Seconds that a class may go without an answer before its worker is ended; default 300. */
  readonly patience?: number;
  /** Told of each outcome as it is known. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** A process of worker.py; orders go in, answers come out, one at a time. */
class Worker {
  private readonly child: ChildProcess;
  private readonly answers: AsyncIterator<string>;
  private readonly patience: number;

  constructor(folder: string, number: number, patience: number) {
    this.patience = patience;
    this.child = spawn('/usr/bin/python3', [path.join(import.meta.dirname, 'worker.py')], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        // Debian's Python and packages, whatever else this machine has.
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        TEMPEST_CONFIG_DIR: folder,
        TEMPEST_CONFIG: 'tempest.conf',
        OS_TEST_TIMEOUT: '180',
        PYTHONDONTWRITEBYTECODE: '1',
      },
    });
    this.child.stderr!.pipe(createWriteStream(path.join(folder, `worker-${number}.log`)));
    // A worker that died is noticed where its answers end.
    this.child.stdin!.on('error', () => undefined);
    this.answers = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  /** Sends an order; fails when the worker dies or keeps silent. */
  async *ask(order: unknown): AsyncGenerator<Answer> {
    this.child.stdin!.write(`${JSON.stringify(order)}\n`);
    for (;;) {
      const silent = setTimeout(() => this.child.kill('SIGKILL'), this.patience * 1000);
      const line = await this.answers.next();
      clearTimeout(silent);
      if (line.done) throw new Error('the worker ended or kept silent too long; its log says more');
      const answer = JSON.parse(line.value) as Answer;
      yield answer;
      if (answer.done || answer.ids !== undefined) return;
    }
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}

/** Classes that need the cloud for themselves: zones of hosts change only while no server is there. */
const ALONE = /\.AggregatesAdminTestJSON$/;

/** The ids by class, since a class sets up what its tests share; the largest first, so that the ends are even. */
function byClass(ids: readonly string[]): string[][] {
  const classes = Map.groupBy(ids, (id) => id.slice(0, id.lastIndexOf('.')));
  return [...classes.values()].toSorted((left, right) => right.length - left.length);
}

/**
 * Runs tests of Debian's tempest against a cloud; gives one outcome for each id, in their order. What a class leaves
 * behind when it cleans up badly is an outcome of its own with the id `tearDownClass (…)`.
 */
export async function runTempest(options: RunOptions): Promise<Outcome[]> {
  const { target, folder, tests, patience = 300 } = options;
  mkdirSync(folder, { recursive: true });
  await writeConfiguration(target, folder);
  const images = await serveImage();
  let number = 0;
  const open = new Set<Worker>();
  const start = (): Worker => {
    const worker = new Worker(folder, ++number, patience);
    open.add(worker);
    return worker;
  };
  const end = () => open.forEach((worker) => worker.stop());
  process.once('exit', end);
  const outcomes = new Map<string, Outcome>();
  const note = (outcome: Outcome) => {
    outcomes.set(outcome.id, outcome);
    options.onOutcome?.(outcome);
  };
  try {
    let ids: readonly string[] = [];
    if ('package' in tests) {
      for await (const answer of start().ask({ list: tests.package })) ids = answer.ids ?? [];
    } else ids = tests;
    const classes = byClass(ids.filter(options.wanted ?? (() => true)));
    const isAlone = ([id = '']: readonly string[]) => ALONE.test(id.slice(0, id.lastIndexOf('.')));
    const drain = async (queue: string[][]) => {
      let worker = start();
      for (let own = queue.shift(); own !== undefined; own = queue.shift()) {
        try {
          for await (const answer of worker.ask({ run: own })) {
            if (answer.id !== undefined) note(answer as Outcome);
          }
        } catch (error) {
          for (const id of own.filter((each) => !outcomes.has(each)))
            note({ id, outcome: 'failed', reason: (error as Error).message });
          worker.stop();
          worker = start();
        }
      }
    };
    const together = classes.filter((each) => !isAlone(each));
    const workers = Array.from({ length: options.workers ?? 2 }, () => drain(together));
    await Promise.all(workers);
    const alone = classes.filter(isAlone);
    if (alone.length > 0) await drain(alone);
  } finally {
    end();
    images?.close();
    process.removeListener('exit', end);
  }
  return [...outcomes.values()].toSorted((left, right) => (left.id < right.id ? -1 : 1));
}
