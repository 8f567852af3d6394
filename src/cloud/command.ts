import { spawn } from 'node:child_process';

/** What a finished command left behind. */
export interface CommandResult {
  readonly code: number;
  readonly output: string;
  readonly error: string;
}

export interface CommandOptions {
  /** Written to standard input. */
  readonly input?: string;
  /** Milliseconds until it is ended; default 30,000. */
  readonly timeout?: number;
  /** Exit codes that are no failure; default only 0. */
  readonly accept?: readonly number[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
}

const OUTPUT_LIMIT = 4 * 1024 * 1024;

/** The `PATH` for system programs: a newcomer's shell may lack the sbin folders. */
export const PROGRAM_PATH = [
  ...new Set([
    ...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''),
    '/usr/local/sbin',
    '/usr/local/bin',
    '/usr/sbin',
    '/usr/bin',
    '/sbin',
    '/bin',
  ]),
].join(':');

/**
 * Runs a program with its arguments as they are (no shell) and waits for its end.
 * Fails with a sentence holding the program's own last words.
 */
export function run(
  file: string,
  parameters: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, parameters, {
      env: { LANG: 'C', HOME: '/', ...options.environment, PATH: PROGRAM_PATH },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeout ?? 30_000,
      killSignal: 'SIGKILL',
      cwd: options.cwd ?? '/',
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
    let output = '';
    let error = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < OUTPUT_LIMIT) output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (error.length < OUTPUT_LIMIT) error += text;
    });
    // A program that ends without reading its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new Error(
          cause.code === 'ENOENT'
            ? `${file} is not installed: run "sh scripts/setup.sh"`
            : `${file} could not be started: ${cause.message}`,
          { cause },
        ),
      ),
    );
    child.once('close', (code, signal) => {
      if (code !== null && (options.accept ?? [0]).includes(code)) {
        resolve({ code, output, error });
        return;
      }
      const words = (error.trim() || output.trim()).slice(-2000);
      const how = code === null ? `was ended by ${signal}` : `failed with code ${code}`;
      reject(new Error(`${[file, ...parameters].join(' ').slice(0, 300)} ${how}: ${words}`));
    });
  });
}
