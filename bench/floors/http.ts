import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

/**
 * The least that an HTTP server of this runtime can do: a process of its own that reads the request and answers
 * constant bytes, as many as the path says (`/512`).
 */
export interface ConstantServer {
  readonly origin: string;
  stop(): void;
}

/** Starts it; resolves when it listens. */
export function startConstantServer(): Promise<ConstantServer> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['serve'], { stdio: 'inherit' });
    const stop = () => void child.kill('SIGKILL');
    process.once('exit', stop);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the constant server ended with ${code}`)));
    child.once('message', (port) =>
      resolve({
        origin: `http://127.0.0.1:${String(port)}`,
        stop() {
          process.off('exit', stop);
          stop();
        },
      }),
    );
  });
}

function serve(): void {
  const bodies = new Map<string, Buffer>();
  const server = createServer((request, reply) => {
    const path = request.url ?? '/0';
    let body = bodies.get(path);
    if (body === undefined) {
      body = Buffer.from(JSON.stringify('x'.repeat(Math.max(0, Number(path.slice(1)) - 2))));
      bodies.set(path, body);
    }
    request.resume();
    request.once('end', () => {
      reply.writeHead(200, {
        'content-type': 'application/json',
        'content-length': body.length,
      });
      reply.end(body);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.once('disconnect', () => process.exit(0));
}

if (process.argv[2] === 'serve' && process.argv[1] === fileURLToPath(import.meta.url)) serve();
