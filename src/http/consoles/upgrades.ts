import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { CONSOLE_PROTOCOL, readSize } from '../../core/console-session.ts';
import { Fault, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { ComputeService, ConsoleType } from '../../services/compute/index.ts';
import { rootOf } from '../addresses.ts';
import { hostAdmission } from '../hosts.ts';
import { carry, CLOSE_CODES, reasonOf } from './carry.ts';

/** Where consoles are, below the server's root. */
export const CONSOLE_PATH = '/compute/console';
const SESSION = /^\/host\/v1\/consoles\/([0-9a-f-]{36})$/;
const TYPES: Readonly<Record<string, ConsoleType>> = {
  [`${CONSOLE_PATH}/vnc`]: 'novnc',
  [`${CONSOLE_PATH}/serial`]: 'serial',
};

/** Spoken by our own pages: text messages are sizes, and why a console is refused is told by how it is closed. */
const SUBPROTOCOL = 'ovenbird.console';

/** Largest message from a browser, in bytes: what is pasted at once. */
const LONGEST_MESSAGE = 2 ** 18;
/** Most consoles that are open at once. */
const MOST = 200;
/** Pause between two looks whether browsers are still there, in milliseconds. */
const HEARTBEAT = 30_000;

/** Requests that ask for another protocol on their connection (RFC 9110, 7.8). */
export interface Upgrades {
  /** Whether it is one of ours; others are answered as if they had not asked. */
  wants(request: IncomingMessage): boolean;
  handle(request: IncomingMessage, connection: Duplex, first: Buffer): void;
  /** Ends all that came of them. */
  close(): void;
}

const NOWHERE = 'http://nowhere/';
const addressOf = (request: IncomingMessage): URL =>
  URL.parse(request.url ?? '/', NOWHERE) ?? new URL(NOWHERE);

/** Browsers' WebSockets to consoles, and hosts' connections that carry what is in them. */
export function createUpgrades(options: {
  readonly consoles: ComputeService['consoles'];
  readonly hostToken: string;
  readonly fallbackHost: string;
  /** Seconds after which a console is closed into which nobody types. */
  readonly idleSeconds: number;
  readonly log: Logger;
}): Upgrades {
  const { consoles, fallbackHost, idleSeconds, log } = options;
  const admits = hostAdmission(options.hostToken);
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: LONGEST_MESSAGE,
    perMessageDeflate: false,
    handleProtocols: (offered) =>
      [SUBPROTOCOL, 'binary'].find((name) => offered.has(name)) ?? false,
  });
  const heard = new WeakSet<WebSocket>();
  const heartbeat = setInterval(() => {
    for (const socket of server.clients) {
      if (!heard.delete(socket)) socket.terminate();
      else socket.ping();
    }
  }, HEARTBEAT);
  heartbeat.unref();

  /** A page from elsewhere must not use what this browser's owner was given; programs tell no origin. */
  const isOurPage = (request: IncomingMessage): boolean => {
    const { origin } = request.headers;
    if (origin === undefined) return true;
    return URL.parse(origin)?.origin === new URL(rootOf(request, fallbackHost)).origin;
  };

  const accept = (
    request: IncomingMessage,
    connection: Duplex,
    first: Buffer,
  ): Promise<WebSocket> =>
    new Promise((resolve) =>
      server.handleUpgrade(request, connection, first, (socket) => {
        // What is typed before the console is there waits.
        socket.pause();
        heard.add(socket);
        socket.on('pong', () => heard.add(socket));
        // A message that is too long, say: `close` follows.
        socket.on('error', (error) => log.info({ reason: error.message }, 'a console broke off'));
        resolve(socket);
      }),
    );

  async function browse(
    type: ConsoleType,
    request: IncomingMessage,
    connection: Duplex,
    first: Buffer,
  ): Promise<void> {
    if (!isOurPage(request)) {
      log.warn({ origin: request.headers.origin }, 'a page from elsewhere asked for a console');
      return refuse(connection, '403 Forbidden');
    }
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(/\s*,\s*/);
    const isOurs = offered.includes(SUBPROTOCOL);
    // Ours is told the reason in words; others see that the door stays shut.
    const early = isOurs ? await accept(request, connection, first) : undefined;
    try {
      if (server.clients.size > MOST)
        throw new Fault('unavailable', `${MOST} consoles are open; that is the most.`);
      const { searchParams: query } = addressOf(request);
      const size = readSize({
        columns: Number(query.get('columns')),
        rows: Number(query.get('rows')),
      });
      const link = await consoles.open(query.get('token') ?? '', type, size);
      const socket = early ?? (await accept(request, connection, first));
      carry(socket, link, { speaksSizes: isOurs, idleSeconds });
    } catch (error) {
      const reason = error instanceof Fault ? error.message : 'The control plane failed.';
      if (error instanceof Fault) log.info({ type, reason }, 'a console was refused');
      else log.error({ type, err: error }, 'a console failed');
      if (early === undefined) return refuse(connection, '403 Forbidden');
      early.resume();
      early.close(CLOSE_CODES.refused, reasonOf(reason));
    }
  }

  function join(id: string, request: IncomingMessage, connection: Duplex, first: Buffer): void {
    if (!admits(request.headers['x-ovenbird-host-token']))
      return refuse(connection, '401 Unauthorized');
    if (!consoles.waitsFor(id)) return refuse(connection, '404 Not Found');
    connection.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${CONSOLE_PROTOCOL}\r\n\r\n`,
    );
    consoles.join(id, connection, first);
  }

  return {
    wants(request) {
      const protocol = request.headers.upgrade?.toLowerCase();
      const { pathname } = addressOf(request);
      return (
        (protocol === 'websocket' && Object.hasOwn(TYPES, pathname)) ||
        (protocol === CONSOLE_PROTOCOL && SESSION.test(pathname))
      );
    },
    handle(request, connection, first) {
      connection.on('error', () => undefined);
      if ('setTimeout' in connection)
        (connection as { setTimeout(ms: number): void }).setTimeout(0);
      const { pathname } = addressOf(request);
      const [, session] = SESSION.exec(pathname) ?? [];
      if (session !== undefined) return join(session, request, connection, first);
      const type = Object.hasOwn(TYPES, pathname) ? TYPES[pathname] : undefined;
      if (type === undefined) return refuse(connection, '404 Not Found');
      browse(type, request, connection, first).catch((error: unknown) => {
        log.error({ reason: messageOf(error) }, 'a console failed');
        connection.destroy();
      });
    },
    close() {
      clearInterval(heartbeat);
      for (const socket of server.clients) {
        socket.close(1012, 'The control plane is being restarted.');
        setTimeout(() => socket.terminate(), 500).unref();
      }
      server.close();
    },
  };
}

/** Without a body, which some clients would take for the console's first bytes. */
function refuse(connection: Duplex, status: string): void {
  connection.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
