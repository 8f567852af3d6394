import type { Readable } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';
import { messageOf } from '../core/errors.ts';
import { definite, passing } from './fault.ts';
import type { MetadataDocument } from './metadata/document.ts';

/** Where the control plane listens for this host. */
export type ControlPlaneAddress = { readonly socketPath: string } | { readonly url: string };

const DOCUMENT_LIMIT = 2 ** 22;

/** What a host asks of the control plane: `host-api.md`. */
export class ControlPlane {
  readonly #pool: Pool;
  readonly #token: () => string;

  /** @param token gives the host token; read for each call, so that a new one needs no restart */
  constructor(address: ControlPlaneAddress, token: () => string) {
    this.#token = token;
    const socket = 'socketPath' in address ? { socketPath: address.socketPath } : {};
    this.#pool = new Pool('url' in address ? address.url : 'http://control-plane', {
      ...socket,
      connections: 16,
      connectTimeout: 5_000,
      headersTimeout: 30_000,
      bodyTimeout: 60_000,
    });
  }

  /** The bytes of an image. */
  async image(id: string, signal: AbortSignal): Promise<Readable> {
    const reply = await this.#ask('GET', `/host/v1/images/${encodeURIComponent(id)}/file`, {
      signal,
    });
    if (reply.statusCode === 200) return reply.body;
    const text = await textOf(reply);
    if (reply.statusCode === 404) throw definite(`image ${id} has no data any more: ${text}`);
    throw passing(
      `image ${id} could not be fetched: the control plane said ${reply.statusCode} ${text}`,
    );
  }

  /** What the server at this address of a network may know; undefined when there is no such server. */
  async metadata(networkId: string, address: string): Promise<MetadataDocument | undefined> {
    const query = new URLSearchParams({ network_id: networkId, address });
    const reply = await this.#ask('GET', `/host/v1/metadata?${query}`);
    const text = await textOf(reply, DOCUMENT_LIMIT);
    if (reply.statusCode === 200) return JSON.parse(text) as MetadataDocument;
    if (reply.statusCode === 404) return undefined;
    throw passing(`metadata: the control plane said ${reply.statusCode} ${text.slice(0, 200)}`);
  }

  /** Delivers the answer to a task; false when nobody waits for it any more. */
  async deliver(replyTo: string, body: Buffer): Promise<boolean> {
    // The address comes from the database, but the token goes only to the control plane itself.
    const path = replyTo.startsWith('/') ? replyTo : new URL(replyTo).pathname;
    const reply = await this.#ask('POST', path, {
      body,
      headers: { 'content-type': 'application/octet-stream' },
    });
    const text = await textOf(reply);
    if (reply.statusCode >= 200 && reply.statusCode < 300) return true;
    if (reply.statusCode === 404) return false;
    throw passing(`the control plane refused the result: ${reply.statusCode} ${text}`);
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #ask(
    method: 'GET' | 'POST',
    path: string,
    options: Partial<Pick<Dispatcher.RequestOptions, 'body' | 'signal'>> & {
      headers?: Record<string, string>;
    } = {},
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await this.#pool.request({
        method,
        path,
        ...options,
        headers: { ...options.headers, 'x-ovenbird-host-token': this.#token() },
      });
    } catch (error) {
      if (options.signal !== undefined && error instanceof Error && error.name === 'AbortError') {
        throw error;
      }
      throw passing(`the control plane does not answer: ${messageOf(error)}`, error);
    }
  }
}

async function textOf(reply: Dispatcher.ResponseData, limit = 500): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of reply.body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, limit);
}
