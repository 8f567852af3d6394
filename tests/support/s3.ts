import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A real S3 server of one's own. */
export interface TestS3 {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Ends it as a power cut would; `start` brings it back with what it had. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const SERVER = path.join(import.meta.dirname, 's3.py');

/** OpenStack's object store with its S3 interface, from Debian's python3-swift, in a temporary folder. */
export async function startTestS3(): Promise<TestS3> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ovb-s3-'));
  const [accessKey, secretKey] = ['test:tester', 'a-secret-of-tests'] as const;
  let port = '0';
  let end = async (): Promise<void> => undefined;
  const start = async (): Promise<void> => {
    const child = spawn('/usr/bin/python3', [SERVER, folder, port, accessKey, secretKey], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', PYTHONDONTWRITEBYTECODE: '1' },
    });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    end = async () => {
      child.kill('SIGKILL');
      await ended;
    };
    for await (const line of createInterface({ input: child.stdout })) {
      port = line;
      return;
    }
    throw new Error('no S3 server started: is python3-swift installed?');
  };
  await start();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'test-region',
    accessKey,
    secretKey,
    kill: () => end(),
    start,
    async stop() {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
