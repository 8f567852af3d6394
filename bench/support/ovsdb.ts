import { connect, type Socket } from 'node:net';

interface Message {
  readonly id: unknown;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error: unknown;
}

/** A connection to an ovsdb-server without any cleverness (RFC 7047): one transaction at a time, no monitors. */
export class OvsdbConnection {
  readonly #socket: Socket;
  #next = 0;
  #text = '';
  #answered: ((message: Message) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the ovsdb-server closed the connection')));
  }

  /** @param remote `tcp:ADDRESS:PORT`, `unix:FILE`, or the file of a socket */
  static open(remote: string): Promise<OvsdbConnection> {
    const tcp = /^tcp:(.+):(\d+)$/.exec(remote);
    return new Promise((resolve, reject) => {
      const socket =
        tcp === null ? connect(remote.replace(/^unix:/, '')) : connect(Number(tcp[2]), tcp[1]!);
      socket.once('connect', () => resolve(new OvsdbConnection(socket)));
      socket.once('error', reject);
    });
  }

  /** Gives each operation's result; fails when one of them did. */
  async transact(
    database: string,
    ...operations: readonly object[]
  ): Promise<{ readonly rows?: readonly object[] }[]> {
    const id = this.#next++;
    const message = await new Promise<Message>((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(
        JSON.stringify({ method: 'transact', params: [database, ...operations], id }),
      );
    });
    const results = message.result as { readonly error?: string }[] | null;
    const error = message.error ?? results?.find((result) => result?.error !== undefined)?.error;
    if (error !== null && error !== undefined)
      throw new Error(`OVSDB transaction: ${JSON.stringify(error)}`);
    return results as { readonly rows?: readonly object[] }[];
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#text += chunk.toString('utf8');
    let message: Message;
    try {
      message = JSON.parse(this.#text) as Message;
    } catch {
      // The rest of it is still under way.
      return;
    }
    this.#text = '';
    if (message.method === 'echo')
      this.#socket.write(JSON.stringify({ id: message.id, result: message.params, error: null }));
    else this.#answered?.(message);
  }
}
