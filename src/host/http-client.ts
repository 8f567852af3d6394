import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { pipeline, type Duplex, type Readable } from 'node:stream';

/** Where a server listens. */
export type HttpAddress = { readonly socketPath: string } | { readonly url: string };

export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | Readable;
  /** Milliseconds until the headers of the reply are there; 0: as long as it takes. */
  readonly timeout: number;
  /** Milliseconds without a byte after which the connection is given up; default: none. */
  readonly idle?: number;
  readonly signal?: AbortSignal;
}

/** A connection that speaks what was asked for. */
export interface Upgraded {
  readonly connection: Duplex;
  /** Bytes of it that came together with the reply. */
  readonly first: Buffer;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read to its end, or destroyed. */
  readonly body: IncomingMessage;
}

/**
 * HTTP over connections that are kept, with Node's own client: the agent has it loaded anyway for its metadata
 * service, and what another client would bring costs each host a dozen megabytes.
 */
export class HttpClient {
  readonly #agent: Agent;
  readonly #address: HttpAddress;

  /** @param connections most at once; requests beyond wait */
  constructor(address: HttpAddress, connections: number) {
    this.#address = address;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: 8 });
  }

  /** Resolves with any reply that has a status; rejects when there is none. */
  send(call: HttpRequest): Promise<HttpReply> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpReply>();
    const { method, path, body, timeout, signal } = call;
    const options = {
      method,
      agent: this.#agent,
      headers: {
        host: 'localhost',
        ...call.headers,
        ...(typeof body === 'string' || Buffer.isBuffer(body)
          ? { 'content-length': String(Buffer.byteLength(body)) }
          : {}),
      },
      ...(signal === undefined ? {} : { signal }),
    };
    const outgoing =
      'url' in this.#address
        ? request(new URL(path, this.#address.url), options)
        : request({ ...options, socketPath: this.#address.socketPath, path });
    const timer =
      timeout === 0
        ? undefined
        : setTimeout(() => outgoing.destroy(new Error(`no reply within ${timeout} ms`)), timeout);
    outgoing.once('response', (reply) => {
      clearTimeout(timer);
      // What goes wrong later is told to whoever reads the body; without a reader it must not end the process.
      reply.on('error', () => undefined);
      resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: reply });
    });
    if (call.idle !== undefined) {
      outgoing.setTimeout(call.idle, () =>
        outgoing.destroy(new Error(`nothing came for ${call.idle} ms`)),
      );
    }
    outgoing.once('close', () => clearTimeout(timer));
    outgoing.on('error', reject);
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) outgoing.end(body);
    else pipeline(body, outgoing, (error) => error && reject(error));
    return promise;
  }

  /**
   * Asks to speak another protocol on a connection of its own (RFC 9110, 7.8). Rejects when there is no answer; a server
   * that does not agree gives its reply instead.
   */
  upgrade(
    call: Pick<HttpRequest, 'method' | 'path' | 'headers' | 'timeout'> & {
      readonly protocol: string;
      readonly body?: string;
    },
  ): Promise<Upgraded | HttpReply> {
    const { promise, resolve, reject } = Promise.withResolvers<Upgraded | HttpReply>();
    const { method, path, body, timeout } = call;
    const options = {
      method,
      agent: false as const,
      headers: {
        host: 'localhost',
        ...call.headers,
        connection: 'Upgrade',
        upgrade: call.protocol,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
    };
    const outgoing =
      'url' in this.#address
        ? request(new URL(path, this.#address.url), options)
        : request({ ...options, socketPath: this.#address.socketPath, path });
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no reply within ${timeout} ms`)),
      timeout,
    );
    outgoing.once('close', () => clearTimeout(timer));
    outgoing.once('upgrade', (_, connection, first) => {
      clearTimeout(timer);
      if (connection instanceof Socket) {
        connection.setTimeout(0);
        connection.setNoDelay(true);
        connection.setKeepAlive(true, 30_000);
      }
      resolve({ connection, first });
    });
    outgoing.once('response', (reply) => {
      reply.on('error', () => undefined);
      resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: reply });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
    return promise;
  }

  /** Ends all connections. */
  close(): void {
    this.#agent.destroy();
  }
}

/** The text of a reply; of one that is longer than the limit (bytes) the beginning, and the connection is given up. */
export async function textOf(body: IncomingMessage, limit = 2 ** 26): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8');
}
