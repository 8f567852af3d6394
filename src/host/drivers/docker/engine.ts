import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { messageOf } from '../../../core/errors.ts';
import { definite, HostFault, passing } from '../../fault.ts';
import { HttpClient, textOf, type HttpReply, type Upgraded } from '../../http-client.ts';

/** Newest version of the Engine API that this client was written against. */
const NEWEST_VERSION = [1, 47] as const;

/** A refusal of the engine, with its own words. */
export class EngineFault extends HostFault {
  readonly status: number;

  constructor(what: string, status: number, message: string) {
    // 4xx is about what was asked; 5xx may be that too (a program that cannot be run), or the engine's own state.
    super(`Docker Engine, ${what}: ${message}`, {
      definite: status < 500,
      doubtful: status >= 500,
    });
    this.name = 'EngineFault';
    this.status = status;
  }
}

export interface EngineRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  /** Below the version: `/containers/json`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** An object is sent as JSON, bytes and streams as a tar archive. */
  readonly body?: Readonly<Record<string, unknown>> | Buffer | Readable;
  /** Statuses that are no failure beside 2xx and 304. */
  readonly accept?: readonly number[];
  /** Milliseconds to the reply's headers; default 30,000; 0 for as long as it takes. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** What is being done, for error sentences: `starting the container`. */
  readonly what: string;
}

/**
 * A thin client of the Docker Engine API over its unix socket. It speaks the newest API version that both sides
 * know. Source: https://docs.docker.com/reference/api/engine/.
 */
export class Engine {
  readonly #http: HttpClient;
  readonly #socket: string;
  #version: Promise<string> | undefined;

  constructor(socketPath: string) {
    this.#socket = socketPath;
    this.#http = new HttpClient({ socketPath }, 64);
  }

  /** The parsed JSON reply; undefined when it has none, or for an accepted status. */
  async json<T>(request: EngineRequest): Promise<T | undefined> {
    const { status, body } = await this.#send(request);
    const text = await textOf(body);
    const isAccepted = (request.accept ?? []).includes(status);
    return text === '' || isAccepted ? undefined : (JSON.parse(text) as T);
  }

  /** The reply's body; undefined for an accepted status. */
  async stream(request: EngineRequest): Promise<IncomingMessage | undefined> {
    const { status, body } = await this.#send(request);
    if (!(request.accept ?? []).includes(status)) return body;
    body.resume();
    return undefined;
  }

  /**
   * Reads a reply that is a sequence of JSON documents, one a line, to its end. The engine reports failures of
   * long work in the stream itself, after a status of 200; that becomes the fault here.
   */
  async lines(
    request: EngineRequest,
    each: (line: Record<string, unknown>) => void,
  ): Promise<void> {
    const body = await this.stream({ timeout: 0, ...request });
    if (body === undefined) return;
    for await (const line of jsonLines(body)) {
      const failure = line['error'];
      if (typeof failure === 'string') throw new EngineFault(request.what, 400, failure);
      each(line);
    }
  }

  /** A connection that carries a terminal's bytes both ways. Source: Engine API, "Hijacking" of ContainerAttach. */
  async upgrade(
    request: Pick<EngineRequest, 'path' | 'query' | 'what'> & {
      readonly method: 'POST';
      readonly body?: Readonly<Record<string, unknown>>;
    },
  ): Promise<Upgraded> {
    const { method, path, query, body, what } = request;
    const version = await this.#negotiated();
    let reply: Upgraded | HttpReply;
    try {
      reply = await this.#http.upgrade({
        method,
        path: `/v${version}${path}${searchOf(query)}`,
        protocol: 'tcp',
        timeout: 30_000,
        ...(body === undefined
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw passing(
        `Docker Engine does not answer on ${this.#socket} (${what}): ${messageOf(error)}`,
        error,
      );
    }
    if ('connection' in reply) return reply;
    throw await faultOf(what, reply);
  }

  close(): void {
    this.#http.close();
  }

  async #send(request: EngineRequest): Promise<HttpReply> {
    const version = await this.#negotiated();
    const path = `/v${version}${request.path}${searchOf(request.query)}`;
    const reply = await this.#call(path, request);
    const { status } = reply;
    const isFine = (status >= 200 && status < 300) || status === 304;
    if (isFine || (request.accept ?? []).includes(status)) return reply;
    throw await faultOf(request.what, reply);
  }

  async #call(path: string, request: EngineRequest): Promise<HttpReply> {
    const { method = 'GET', body, timeout = 30_000, signal } = request;
    const isData = body !== undefined && (Buffer.isBuffer(body) || 'pipe' in body);
    try {
      return await this.#http.send({
        method,
        path,
        timeout,
        ...(signal === undefined ? {} : { signal }),
        ...(body === undefined
          ? {}
          : {
              headers: { 'content-type': isData ? 'application/x-tar' : 'application/json' },
              body: isData ? (body as Buffer | Readable) : JSON.stringify(body),
            }),
      });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      this.#version = undefined; // It may come back as another version.
      throw passing(
        `Docker Engine does not answer on ${this.#socket} (${request.what}): ${messageOf(error)}`,
        error,
      );
    }
  }

  #negotiated(): Promise<string> {
    this.#version ??= this.#negotiate().catch((error: unknown) => {
      this.#version = undefined;
      throw error;
    });
    return this.#version;
  }

  async #negotiate(): Promise<string> {
    const { headers, body } = await this.#call('/_ping', {
      path: '',
      what: 'asking for its version',
      timeout: 5_000,
    });
    body.resume();
    const offered = String(headers['api-version'] ?? '');
    const [major = 0, minor = 0] = offered.split('.').map(Number);
    if (major < 1 || (major === 1 && minor < 41)) {
      throw definite(
        `Docker Engine on ${this.#socket} speaks API ${offered || '(unknown)'}: 1.41 (Docker 20.10) or newer is needed`,
      );
    }
    const [newestMajor, newestMinor] = NEWEST_VERSION;
    return major > newestMajor || minor > newestMinor ? NEWEST_VERSION.join('.') : offered;
  }
}

function searchOf(values: EngineRequest['query'] = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}

/** What the engine says of its refusal. */
async function faultOf(what: string, { status, body }: HttpReply): Promise<EngineFault> {
  const text = await textOf(body, 10_000);
  let message = text.trim();
  try {
    message = (JSON.parse(text) as { message?: string }).message ?? message;
  } catch {
    // Not every refusal is JSON; its text is then the message.
  }
  return new EngineFault(what, status, message || `status ${status}`);
}

/** Documents of a stream that holds one JSON document a line. */
export async function* jsonLines(
  body: AsyncIterable<Buffer>,
): AsyncIterable<Record<string, unknown>> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() !== '') yield JSON.parse(line) as Record<string, unknown>;
    }
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as Record<string, unknown>;
}
