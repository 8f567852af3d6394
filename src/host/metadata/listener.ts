import { spawn } from 'node:child_process';
import type { Server } from 'node:net';
import { namedNamespace } from '../ports/ip.ts';

/**
 * Runs inside the namespace: opens the socket, hands it over, ends. Plain JavaScript given on the command line,
 * because reading and stripping a file takes longer than all of this.
 */
const PROGRAM = `
const server = require('node:net').createServer();
const fail = (error) => process.send({ error: error.message }, () => process.exit(1));
server.once('error', () => {
  server.once('error', fail);
  server.listen({ port: 80, host: '0.0.0.0', backlog: 128 });
});
server.on('listening', () => process.send('listening', server, () => process.exit(0)));
server.listen({ port: 80, host: '::', backlog: 128 });
`;

const PATIENCE = 15_000;

/**
 * A listening socket on port 80 of a named network namespace. A socket stays in the namespace that it was made in,
 * and Node can pass one between processes: so one agent serves all networks, and no process stays behind for each.
 */
export function listenIn(namespace: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      'nsenter',
      [`--net=${namedNamespace(namespace)}`, process.execPath, '--eval', PROGRAM],
      { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { PATH: process.env['PATH'] ?? '' } },
    );
    let words = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    child.stderr?.on('data', (chunk: Buffer) => (words = `${words}${chunk}`.slice(-500)));
    child.once('error', reject);
    child.on('message', (message: unknown, handle: unknown) => {
      if (handle !== undefined) return resolve(handle as Server);
      words = (message as { error?: string }).error ?? words;
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      reject(new Error(`port 80 in ${namespace} could not be opened: ${words.trim() || code}`));
    });
  });
}
