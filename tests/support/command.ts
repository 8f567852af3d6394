import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { sleep } from '../../src/core/time.ts';

const run = promisify(execFile);

/** What a command printed. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs a program with arguments as an array; never throws for its exit code. */
export async function command(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; timeout?: number; input?: string } = {},
): Promise<Output> {
  try {
    const child = run(program, [...args], {
      env: options.env ?? process.env,
      timeout: options.timeout ?? 60_000,
      maxBuffer: 64 * 1024 * 1024,
      encoding: 'utf8',
    });
    if (options.input !== undefined) child.child.stdin?.end(options.input);
    const { stdout, stderr } = await child;
    return { stdout, stderr, code: 0 };
  } catch (error) {
    const failed = error as {
      stdout?: string;
      stderr?: string;
      code?: number | string;
      message: string;
    };
    return {
      stdout: failed.stdout ?? '',
      stderr: failed.stderr ?? failed.message,
      code: typeof failed.code === 'number' ? failed.code : -1,
    };
  }
}

/** Repeats the check until it gives something other than undefined or false; fails with what was awaited. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  milliseconds = 30_000,
): Promise<T> {
  const end = Date.now() + milliseconds;
  let last: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end)
      throw new Error(`waited ${milliseconds} ms in vain for ${what}`, { cause: last });
    await sleep(100);
  }
}
