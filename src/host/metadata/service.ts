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

  constructor(source: MetadataSource, log: Logger) {
    this.#source = source;
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
