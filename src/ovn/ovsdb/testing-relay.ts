import { mkdtempSync, rmSync } from 'node:fs';
import { connect as dial, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Stands between a client and its server in a test. */
export interface Relay {
  readonly remote: string;
  /** Breaks all connections and refuses new ones until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Stands between a client and its server: breaks the connection, or changes what the client says. */
export async function startRelay(
  target: string,
  change: (text: string) => string = (text) => text,
): Promise<Relay> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ovb-relay-'));
  const sockets = new Set<Socket>();
  let broken = false;
  const server: Server = createServer((near) => {
    if (broken) return near.destroy();
    const far = dial(target.slice('unix:'.length));
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    near.on('data', (chunk) => far.write(change(chunk.toString())));
    far.on('data', (chunk) => near.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(path.join(folder, 's'), resolve));
  const cut = () => {
    broken = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    remote: `unix:${folder}/s`,
    cut,
    mend: () => void (broken = false),
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
