import type { RawData, WebSocket } from 'ws';
import { CONSOLE_FRAMES, parseSize } from '../../core/console-session.ts';
import type { ConsoleLink } from '../../services/compute/index.ts';

/** Codes of our own with which WebSockets are closed (RFC 6455, 7.4.2); what they mean stands in the reason. */
export const CLOSE_CODES = { ended: 4000, refused: 4001, idle: 4002 } as const;

/** A browser that takes so many bytes slower than they come is waited for. */
const MOST_WAITING = 2 ** 20;

/** RFC 6455 leaves 123 bytes for a reason. */
export function reasonOf(sentence: string): string {
  const bytes = Buffer.from(sentence);
  if (bytes.length <= 123) return sentence;
  return `${bytes
    .subarray(0, 119)
    .toString('utf8')
    .replace(/\uFFFD+$/u, '')}…`;
}

/**
 * Carries a console between a browser and the server's host until one of them has gone.
 *
 * @param speaksSizes text messages are sizes of the window (our own page's); else they are typed text
 * @param idleSeconds without anything from the browser, after which it is closed
 */
export function carry(
  socket: WebSocket,
  link: ConsoleLink,
  { speaksSizes, idleSeconds }: { speaksSizes: boolean; idleSeconds: number },
): void {
  let reason = 'The connection to the server’s host was lost.';
  let isPaused = false;
  const goOn = () => {
    if (!isPaused || socket.bufferedAmount > MOST_WAITING / 2) return;
    isPaused = false;
    channel.resume();
  };
  const channel = link.carry({
    frame(type, payload) {
      if (type === CONSOLE_FRAMES.data) {
        socket.send(payload, { binary: true }, goOn);
        if (!isPaused && socket.bufferedAmount > MOST_WAITING) {
          isPaused = true;
          channel.pause();
        }
      } else if (type === CONSOLE_FRAMES.end) reason = payload.toString('utf8');
    },
    drain: () => socket.resume(),
    closed() {
      clearTimeout(idle);
      socket.close(CLOSE_CODES.ended, reasonOf(reason));
    },
  });
  const idle = setTimeout(() => {
    socket.close(
      CLOSE_CODES.idle,
      reasonOf(`Nothing was typed for ${Math.round(idleSeconds / 60)} minutes.`),
    );
    channel.close();
  }, idleSeconds * 1000);
  idle.unref();

  const send = (type: number, payload: Buffer) => {
    if (!channel.send(type, payload)) socket.pause();
  };
  socket.on('message', (data: RawData, isBinary: boolean) => {
    idle.refresh();
    const bytes = data as Buffer;
    if (isBinary || !speaksSizes) return send(CONSOLE_FRAMES.data, bytes);
    const size = parseSize(bytes.toString('utf8'));
    if (size !== undefined) send(CONSOLE_FRAMES.size, Buffer.from(JSON.stringify(size)));
  });
  socket.on('close', () => channel.close());
  if (speaksSizes)
    socket.send(JSON.stringify({ server: { id: link.server.id, name: link.server.name } }));
  // The browser may have gone while the host opened its console.
  if (socket.readyState !== socket.OPEN) channel.close();
  else socket.resume();
}
