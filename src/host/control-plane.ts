import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CONSOLE_PROTOCOL } from '../core/console-session.ts';
import { messageOf } from '../core/errors.ts';
import { definite, passing } from './fault.ts';
import {
  HttpClient,
  textOf,
  type HttpAddress,
  type HttpReply,
  type HttpRequest,
  type Upgraded,
} from './http-client.ts';
import type { SoftwareWish } from './drivers/driver.ts';
import type { MetadataDocument } from './metadata/document.ts';

const DOCUMENT_LIMIT = 2 ** 22;
/** A script with its inputs. */
const SOFTWARE_LIMIT = 2 ** 23;

/** The address comes from the database, but the token goes only to the control plane itself. */
const pathOf = (replyTo: string): string =>
  replyTo.startsWith('/') ? replyTo : new URL(replyTo).pathname;

/** What a host asks of the control plane: `host-api.md`. */
export class ControlPlane {
  readonly #http: HttpClient;
  readonly #token: () => string;

  /** @param token gives the host token; read for each call, so that a new one needs no restart */
  constructor(address: HttpAddress, token: () => string) {
    this.#token = token;
    this.#http = new HttpClient(address, 16);
  }

  /** The bytes of an image. */
  async image(id: string, signal: AbortSignal): Promise<Readable> {
    const reply = await this.#ask('GET', `/host/v1/images/${encodeURIComponent(id)}/file`, {
      signal,
    });
    if (reply.status === 200) return reply.body;
    const text = await textOf(reply.body, 500);
    if (reply.status === 404) throw definite(`image ${id} has no data any more: ${text}`);
    throw passing(
      `image ${id} could not be fetched: the control plane said ${reply.status} ${text}`,
    );
  }

  /** What the server at this address of a network may know; undefined when there is no such server. */
  async metadata(networkId: string, address: string): Promise<MetadataDocument | undefined> {
    const query = new URLSearchParams({ network_id: networkId, address });
    const reply = await this.#ask('GET', `/host/v1/metadata?${query}`);
    const text = await textOf(reply.body, DOCUMENT_LIMIT);
    if (reply.status === 200) return JSON.parse(text) as MetadataDocument;
    if (reply.status === 404) return undefined;
    throw passing(`metadata: the control plane said ${reply.status} ${text.slice(0, 200)}`);
  }

  /** The same for a server itself, whatever its addresses are. */
  async metadataOf(serverId: string): Promise<MetadataDocument> {
    const query = new URLSearchParams({ server_id: serverId });
    const reply = await this.#ask('GET', `/host/v1/metadata?${query}`);
    const text = await textOf(reply.body, DOCUMENT_LIMIT);
    if (reply.status === 200) return JSON.parse(text) as MetadataDocument;
    throw passing(`config drive: the control plane said ${reply.status} ${text.slice(0, 200)}`);
  }

  /** Gives the control plane a file as the data of the image that the address names. */
  async upload(replyTo: string, file: string): Promise<void> {
    const { size } = await stat(file);
    const reply = await this.#ask('PUT', pathOf(replyTo), {
      body: createReadStream(file),
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(size),
      },
      // The reply comes when all of it is checked and stored.
      timeout: 0,
    });
    const text = await textOf(reply.body, 500);
    if (reply.status >= 200 && reply.status < 300) return;
    throw definite(`the control plane refused the image: ${reply.status} ${text}`);
  }

  /** The script that a server shall run; undefined when nobody wants it any more. */
  async softwareWish(replyTo: string): Promise<SoftwareWish | undefined> {
    const reply = await this.#ask('GET', pathOf(replyTo));
    const text = await textOf(reply.body, SOFTWARE_LIMIT);
    if (reply.status === 200) return JSON.parse(text) as SoftwareWish;
    if (reply.status === 404) return undefined;
    throw passing(`a script: the control plane said ${reply.status} ${text.slice(0, 200)}`);
  }

  /** Delivers the answer to a task; false when nobody waits for it any more. */
  async deliver(replyTo: string, body: Buffer): Promise<boolean> {
    const reply = await this.#ask('POST', pathOf(replyTo), {
      body,
      headers: { 'content-type': 'application/octet-stream' },
    });
    const text = await textOf(reply.body, 500);
    if (reply.status >= 200 && reply.status < 300) return true;
    if (reply.status === 404) return false;
    throw passing(`the control plane refused the result: ${reply.status} ${text}`);
  }

  /** A connection for the session of a console that the control plane waits for. */
  async join(replyTo: string): Promise<Upgraded> {
    let reply;
    try {
      reply = await this.#http.upgrade({
        method: 'GET',
        path: pathOf(replyTo),
        protocol: CONSOLE_PROTOCOL,
        timeout: 10_000,
        headers: { 'x-ovenbird-host-token': this.#token() },
      });
    } catch (error) {
      throw passing(`the control plane does not answer: ${messageOf(error)}`, error);
    }
    if ('connection' in reply) return reply;
    const text = await textOf(reply.body, 500);
    throw definite(`nobody waits for this session any more: ${reply.status} ${text}`);
  }

  /** Passes a signal of a server on: it carries its own proof, and the host's token stays here. */
  async signal(signal: {
    readonly method: 'POST' | 'PUT';
    readonly target: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
  }): Promise<{ status: number; text: string }> {
    const { method, target: path, headers, body } = signal;
    try {
      const reply = await this.#http.send({ method, path, timeout: 30_000, headers, body });
      return { status: reply.status, text: await textOf(reply.body, DOCUMENT_LIMIT) };
    } catch (error) {
      throw passing(`the control plane does not answer: ${messageOf(error)}`, error);
    }
  }

  close(): void {
    this.#http.close();
  }

  async #ask(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    options: Partial<Pick<HttpRequest, 'body' | 'signal' | 'headers' | 'timeout'>> = {},
  ): Promise<HttpReply> {
    try {
      return await this.#http.send({
        method,
        path,
        timeout: 30_000,
        idle: 60_000,
        ...options,
        headers: { ...options.headers, 'x-ovenbird-host-token': this.#token() },
      });
    } catch (error) {
      if (options.signal?.aborted) throw options.signal.reason;
      throw passing(`the control plane does not answer: ${messageOf(error)}`, error);
    }
  }
}
