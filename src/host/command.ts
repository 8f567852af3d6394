import { spawn } from 'node:child_process';

/** What a program left behind. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Text for its standard input. */
  readonly input?: string;
  /** Milliseconds before it is killed; default 10,000. */
  readonly timeout?: number;
  /** Exit codes that are no failure; default only 0. */
  readonly accept?: readonly number[];
}

const OUTPUT_LIMIT = 16 * 2 ** 20;

/**
 * Runs a program with its arguments, never through a shell. Rejects with its own words when it fails, cannot be
 * started or takes too long.
 */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let size = 0;
    let reason: string | undefined;
    const stop = (why: string) => {
      reason ??= why;
      child.kill('SIGKILL');
    };
    const timeout = options.timeout ?? 10_000;
    const timer = setTimeout(() => stop(`took longer than ${timeout} ms`), timeout);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > OUTPUT_LIMIT) stop('printed too much');
        else chunks[name].push(chunk);
      });
    }
    // A program that ends without reading all of its input is told about by its exit code, not by EPIPE.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`${program} could not be run: ${error.message}`, { cause: error }));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const text = (name: 'stdout' | 'stderr') => Buffer.concat(chunks[name]).toString('utf8');
      const output = { code: code ?? -1, stdout: text('stdout'), stderr: text('stderr') };
      if (reason === undefined && code !== null && (options.accept ?? [0]).includes(code)) {
        return resolve(output);
      }
      const why = reason ?? (output.stderr.trim() || `ended with ${signal ?? code}`);
      reject(new Error(`${program} ${args.slice(0, 6).join(' ')}: ${why}`));
    });
  });
}
