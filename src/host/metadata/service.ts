import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Server as Socket } from 'node:net';
import type { Logger } from '../../core/log.ts';
import type { MetadataDocument } from './document.ts';
import { lookUp } from './tree.ts';

/** Gives what the server at this address of the network may know; undefined: no such server. */
export type MetadataSource = (
  networkId: string,
  address: string,
) => Promise<MetadataDocument | undefined>;

/** Passes a signal of a server on to the control plane, and gives its answer. */
export type SignalDoor = (signal: {
  readonly method: 'POST' | 'PUT';
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}) => Promise<{ readonly status: number; readonly text: string }>;

/** Signals of stacks, and nothing else: they carry their own proof, a signature or a token. */
const SIGNAL =
  /^\/orchestration\/v1\/(?:(?:signal|waitcondition)\/[^/?]+\/[^/?]+\?Signature=[\w-]+|[\w-]+\/stacks\/[^/?]+\/[^/?]+\/resources\/[^/?]+\/signal)$/;
const SIGNAL_LIMIT = 64 * 1024;

/** How long an answer is kept: a server that starts asks for a dozen paths in a row. In milliseconds. */
const KEPT = 1_500;
const MOST_KEPT = 1_000;

/** Who asks is known by the network the question came in on and the address it came from, and by nothing it says. */
export class MetadataService {
  readonly #source: MetadataSource;
  readonly #log: Logger;
  readonly #kept = new Map<
    string,
    { until: number; document: Promise<MetadataDocument | undefined> }
  >();

  readonly #signals: SignalDoor | undefined;

  constructor(source: MetadataSource, log: Logger, signals?: SignalDoor) {
    this.#source = source;
    this.#signals = signals;
    this.#log = log;
  }

  /** Answers on a socket of a network, until the server that this gives is closed. */
  serve(socket: Socket, networkId: string): Server {
    const server = createServer(
      {
        maxHeaderSize: 8 * 1024,
        headersTimeout: 10_000,
        requestTimeout: 10_000,
        keepAliveTimeout: 5_000,
        connectionsCheckingInterval: 5_000,
      },
      (request, response) => {
        this.#answer(networkId, request, response).catch((error: unknown) => {
          this.#log.warn({ network: networkId, err: error }, 'metadata');
          if (response.headersSent) response.destroy();
          else send(response, 503, 'The metadata of this server cannot be had at the moment.\n');
        });
      },
    );
    server.maxConnections = 256;
    server.maxRequestsPerSocket = 1000;
    server.listen(socket);
    return server;
  }

  async #answer(
    networkId: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { method, url: target = '/' } = request;
    const isSignal = (method === 'POST' || method === 'PUT') && SIGNAL.test(target);
    if (isSignal && this.#signals !== undefined) return this.#signal(method, request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      response.setHeader('connection', 'close');
      return send(response, 405, 'Metadata can only be read.\n');
    }
    const address = (request.socket.remoteAddress ?? '')
      .replace(/^::ffff:/, '')
      .replace(/%.*$/, '');
    const document = await this.#document(networkId, address);
    const [path = '/'] = (request.url ?? '/').split('?');
    const found = document === undefined ? undefined : lookUp(document, path);
    if (found === undefined) return send(response, 404, 'Not found\n');
    response.setHeader(
      'content-type',
      `${found.type}${found.type === 'text/plain' ? '; charset=utf-8' : ''}`,
    );
    response.setHeader('content-length', found.body.length);
    response.end(request.method === 'HEAD' ? undefined : found.body);
  }

  /** User data tells the control plane, which servers do not reach otherwise, that it is done. */
  async #signal(
    method: 'POST' | 'PUT',
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > SIGNAL_LIMIT) return send(response, 413, 'A signal has at most 64 KiB.\n');
      chunks.push(chunk);
    }
    const token = request.headers['x-auth-token'];
    // The tools in servers send JSON under any name.
    const headers = {
      'content-type': 'application/json',
      ...(typeof token === 'string' ? { 'x-auth-token': token } : {}),
    };
    const body = Buffer.concat(chunks);
    const answer = await this.#signals!({ method, target: request.url!, headers, body });
    send(response, answer.status, answer.text);
  }

  #document(networkId: string, address: string): Promise<MetadataDocument | undefined> {
    const key = `${networkId} ${address}`;
    const now = performance.now();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > now) return kept.document;
    if (this.#kept.size >= MOST_KEPT) {
      for (const [other, { until }] of this.#kept) if (until <= now) this.#kept.delete(other);
      if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    }
    const document = this.#source(networkId, address);
    this.#kept.set(key, { until: now + KEPT, document });
    // A failure is not an answer: the next question is asked again.
    document.catch(() => this.#kept.delete(key));
    return document;
  }
}

function send(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(text));
  response.end(text);
}
