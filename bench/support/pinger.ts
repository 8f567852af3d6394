import { spawn } from 'node:child_process';
import { run } from '../../src/cloud/command.ts';

/** A ping that is under way. */
export interface Ping {
  /** `performance.now()` at the first answer; fails after the time given without one. */
  readonly answered: Promise<number>;
  stop(): void;
}

/** Pings from inside a server's network namespace, every ten milliseconds. */
export class Pinger {
  readonly #inside: readonly string[];

  /** @param pid any process of the server */
  constructor(pid: number) {
    this.#inside = ['--target', String(pid), '--net', '--'];
  }

  /**
   * Starts before the target exists. The target's hardware address is given beforehand: asking for it by ARP is
   * repeated only once a second, which would be measured instead.
   *
   * @param patience milliseconds
   */
  async ping(address: string, mac: string, patience = 30_000): Promise<Ping> {
    await run('nsenter', [
      ...this.#inside,
      ...`ip neighbour replace ${address} lladdr ${mac} nud permanent dev eth0`.split(' '),
    ]);
    const child = spawn('nsenter', [...this.#inside, 'ping', '-n', '-i', '0.01', address], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const kill = () => void child.kill('SIGKILL');
    process.once('exit', kill);
    const answered = new Promise<number>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${address} does not answer`)), patience);
      child.stdout.on('data', (chunk: Buffer) => {
        if (!chunk.includes('bytes from')) return;
        clearTimeout(timer);
        resolve(performance.now());
      });
      child.once('exit', () => {
        clearTimeout(timer);
        reject(new Error('ping ended before an answer came'));
      });
    });
    // A measurement that fails elsewhere first stops the ping: nobody then waits for this.
    answered.catch(() => undefined);
    return {
      answered,
      stop() {
        process.off('exit', kill);
        kill();
      },
    };
  }
}
