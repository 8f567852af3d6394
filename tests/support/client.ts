import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Output } from './command.ts';

/** Debian's own Python: the client is one of its packages. */
export const PYTHON = '/usr/bin/python3';

/** The unmodified `openstack` client in one process for many commands. */
export class Client {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  constructor(environment: NodeJS.ProcessEnv) {
    const program = path.resolve(import.meta.dirname, 'client.py');
    this.#child = spawn(PYTHON, [program], {
      env: environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Runs one command line; words with spaces stand in single quotes. */
  async run(line: string): Promise<Output> {
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word!);
    this.#child.stdin.write(`${JSON.stringify(words)}\n`);
    const { value, done } = await this.#answers.next();
    assert.ok(!done, `the client ended at: ${line}`);
    return JSON.parse(value) as Output;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    await ended;
  }
}
