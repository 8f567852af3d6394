import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { Fault, messageOf } from '../../../../core/errors.ts';
import { sleep } from '../../../../core/time.ts';
import { encode, queryOf, sign, type S3Credentials, type S3Request } from './signature.ts';

/** Where a bucket is. */
export interface S3Address extends S3Credentials {
  /** Name of the store, for messages. */
  readonly store: string;
  /** Such as `https://s3.example.org`. */
  readonly endpoint: string;
  readonly bucket: string;
}

/** Milliseconds that the server may keep silent. */
const SILENCE = 60_000;
/** How often a request is made when the server has trouble or the connection breaks. */
const ATTEMPTS = 3;
/** Longest document that is read. */
const DOCUMENT_LIMIT = 4 * 1024 * 1024;

/** What a server said no with. */
export class S3Error extends Error {
  readonly status: number;
  /** S3's own name of the error, such as NoSuchKey; empty when it gave none. */
  readonly code: string;

  constructor(status: number, code: string, what: string) {
    super(`${what}: the S3 server answered ${status} ${code}`.trim());
    this.status = status;
    this.code = code;
  }
}

export type Asked = Partial<Omit<S3Request, 'method' | 'path'>> & { readonly key?: string };

/** The few requests of S3 that a store of images needs, addressed by path, signed, and repeated where that helps. */
export class S3Client {
  private readonly address: S3Address;
  private readonly url: URL;
  private readonly agent: HttpAgent;

  constructor(address: S3Address) {
    this.address = address;
    this.url = new URL(address.endpoint);
    const options = { keepAlive: true, maxSockets: 8 };
    this.agent = this.url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** The answer's document; fails with an S3Error, or with a fault when the server cannot be reached. */
  async document(method: string, asked: Asked = {}): Promise<string> {
    const reply = await this.ask(method, asked);
    return read(reply);
  }

  /** The answer without its body: its headers. */
  async headers(method: string, asked: Asked = {}): Promise<IncomingMessage['headers']> {
    const reply = await this.ask(method, asked);
    await read(reply);
    return reply.headers;
  }

  /** The answer as it comes; whoever asks reads or destroys it. */
  async ask(method: string, asked: Asked): Promise<IncomingMessage> {
    const { bucket, store } = this.address;
    const parts = [bucket, ...(asked.key ?? '').split('/')].filter(Boolean);
    const prefix = this.url.pathname.replace(/\/$/, '');
    const request: S3Request = {
      method,
      path: `${prefix}/${parts.map(encode).join('/')}`,
      query: asked.query ?? {},
      headers: asked.headers ?? {},
      body: asked.body,
    };
    for (let attempt = 1; ; attempt++) {
      try {
        const reply = await this.send(request);
        const status = reply.statusCode ?? 0;
        if (status < 300) return reply;
        const text = await read(reply);
        const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? '';
        throw new S3Error(status, code, `${method} of ${store}`);
      } catch (error) {
        const passes = !(error instanceof S3Error) || error.status >= 500;
        if (passes && attempt < ATTEMPTS) {
          await sleep(100 * 3 ** attempt);
          continue;
        }
        if (!passes) throw error;
        throw new Fault(
          'unavailable',
          `The store ${store} cannot be reached now (${messageOf(error)}).`,
          { cause: error },
        );
      }
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private send(request: S3Request): Promise<IncomingMessage> {
    const query = queryOf(request.query);
    const headers = {
      ...sign(request, this.url.host, this.address),
      'content-length': String(request.body?.length ?? 0),
    };
    const ask = this.url.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const sent = ask(
        {
          protocol: this.url.protocol,
          hostname: this.url.hostname.replace(/^\[(.*)\]$/, '$1'),
          port: this.url.port,
          method: request.method,
          path: query === '' ? request.path : `${request.path}?${query}`,
          headers,
          agent: this.agent,
          timeout: SILENCE,
        },
        resolve,
      );
      sent.on('timeout', () => sent.destroy(new Error('it keeps silent')));
      sent.on('error', reject);
      sent.end(request.body);
    });
  }
}

async function read(reply: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > DOCUMENT_LIMIT) throw new Error('its answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
