import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A console as a browser has it open: what it shows, and what is typed into it. */
export class BrowserConsole {
  readonly #socket: WebSocket;
  readonly #texts: string[] = [];
  #shown = '';
  #look: () => void = () => undefined;
  /** How it was closed. */
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.#shown += data.toString('latin1');
      else this.#texts.push(data.toString());
      this.#look();
    });
    this.closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.#look();
      }),
    );
  }

  /** Opens the address that the API gave; `protocol` as our own page's, or none. */
  static async open(
    address: string,
    { protocol, origin }: { protocol?: string; origin?: string } = {},
  ): Promise<BrowserConsole> {
    const socket = connect(address, protocol, origin);
    const opened = new BrowserConsole(socket);
    await once(socket, 'open');
    return opened;
  }

  /** The status with which an address is refused to one who is not our page. */
  static refusal(address: string, origin?: string): Promise<number | undefined> {
    const socket = connect(address, undefined, origin);
    return new Promise((resolve, reject) => {
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (_, reply) => {
        resolve(reply.resume().statusCode);
        socket.terminate();
      });
      socket.on('open', () => reject(new Error('it was not refused')));
    });
  }

  /** Waits until it shows this, from what was not asked for yet. */
  async sees(text: string, milliseconds = 20_000): Promise<void> {
    const at = await this.#until(
      () => {
        const found = this.#shown.indexOf(text);
        return found === -1 ? undefined : found;
      },
      `"${text.slice(0, 100)}"`,
      milliseconds,
    );
    this.#shown = this.#shown.slice(at + text.length);
  }

  /** The next text message. */
  text(): Promise<string> {
    return this.#until(() => this.#texts.shift(), 'a text', 20_000);
  }

  /** Types bytes. */
  type(text: string): void {
    this.#socket.send(Buffer.from(text, 'latin1'));
  }

  /** Sends a text message. */
  send(text: string): void {
    this.#socket.send(text);
  }

  close(): void {
    this.#socket.close();
  }

  #until<T>(work: () => T | undefined, what: string, milliseconds: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) =>
        reject(new Error(`${what} did not come ${why}; last: ${this.#shown.slice(-500)}`));
      const timer = setTimeout(() => fail(`within ${milliseconds} ms`), milliseconds);
      this.#look = () => {
        const found = work();
        const isOver = this.#socket.readyState === WebSocket.CLOSED;
        if (found === undefined && !isOver) return;
        clearTimeout(timer);
        this.#look = () => undefined;
        if (found === undefined) fail('before the end');
        else resolve(found);
      };
      this.#look();
    });
  }
}

function connect(address: string, protocol?: string, origin?: string): WebSocket {
  const url = address.replace(/^http/, 'ws');
  const options = origin === undefined ? {} : { origin };
  return protocol === undefined
    ? new WebSocket(url, options)
    : new WebSocket(url, protocol, options);
}
