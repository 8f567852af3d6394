import { connect, createServer } from 'node:net';

/*
 * Sends or receives as fast as TCP goes, in a namespace of a test: `testing-traffic.ts receive PORT` prints megabits per
 * second, `testing-traffic.ts send ADDRESS PORT` goes on until it is ended.
 */

/** Before the measurement: TCP finds its speed, and a burst is used up. */
const WARM_UP = 800;
const MEASURED = 2000;

function receive(port: number): void {
  let bytes = 0;
  const server = createServer((socket) => {
    socket.on('data', (data) => (bytes += data.length));
    socket.on('error', () => undefined);
    setTimeout(() => {
      bytes = 0;
      const begin = performance.now();
      setTimeout(() => {
        const seconds = (performance.now() - begin) / 1000;
        process.stdout.write(`${(bytes * 8) / 1e6 / seconds}\n`, () => process.exit(0));
      }, MEASURED);
    }, WARM_UP);
  });
  server.listen(port);
}

function send(host: string, port: number): void {
  const block = Buffer.alloc(64 * 1024);
  const socket = connect({ host, port });
  const more = () => {
    while (socket.write(block));
  };
  socket.on('connect', more);
  socket.on('drain', more);
  // The receiver may not listen yet.
  socket.on('error', () => setTimeout(() => send(host, port), 50));
}

const [role, ...parameters] = process.argv.slice(2);
if (role === 'receive') receive(Number(parameters[0]));
if (role === 'send') send(parameters[0]!, Number(parameters[1]));
