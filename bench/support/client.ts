import { Client } from 'undici';

/** One answer and how long it took, from the call to the last byte of the body, in milliseconds. */
export interface TimedAnswer {
  readonly milliseconds: number;
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** One client on one connection that is kept open, one request at a time: what the tables call "1 client". */
export class TimingClient {
  readonly #client: Client;
  readonly token: string;

  constructor(origin: string, token = '') {
    this.#client = new Client(origin, { pipelining: 1, keepAliveTimeout: 60_000 });
    this.token = token;
  }

  /** Sends one request; fails with the service's words unless the status is a success. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<TimedAnswer> {
    const payload = body === undefined ? null : JSON.stringify(body);
    return this.send(method, path, payload, {
      ...(payload === null ? {} : { 'content-type': 'application/json' }),
      ...headers,
    });
  }

  /** The same with a body as it is. */
  async send(
    method: string,
    path: string,
    payload: string | Buffer | null,
    headers: Readonly<Record<string, string>>,
  ): Promise<TimedAnswer> {
    const before = performance.now();
    const reply = await this.#client.request({
      method: method as 'GET',
      path,
      body: payload,
      headers: {
        ...(this.token === '' ? {} : { 'x-auth-token': this.token }),
        ...headers,
      },
    });
    const text = await reply.body.text();
    const milliseconds = performance.now() - before;
    if (reply.statusCode >= 400)
      throw new Error(`${method} ${path}: ${reply.statusCode} ${text.slice(0, 500)}`);
    return { milliseconds, status: reply.statusCode, text, headers: reply.headers };
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
