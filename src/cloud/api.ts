import { request, type IncomingHttpHeaders } from 'node:http';
import { readSecret } from '../core/configuration.ts';
import type { Cloud } from './cloud.ts';

/** What the control plane answered. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The parsed JSON; the text when it is none; undefined when the body is empty. */
  readonly body: unknown;
}

export interface CallOptions {
  /** Sent as JSON; a buffer is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds; default 30,000. */
  readonly timeout?: number;
}

/** Asks the control plane through its socket below the home. Fails only when there is no answer. */
export function call(
  { layout, configuration }: Cloud,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Answer> {
  const raw = Buffer.isBuffer(options.body);
  const payload =
    options.body === undefined
      ? undefined
      : raw
        ? (options.body as Buffer)
        : Buffer.from(JSON.stringify(options.body));
  return new Promise((resolve, reject) => {
    const exchange = request(
      {
        socketPath: layout.apiSocket,
        method,
        path,
        agent: false,
        timeout: options.timeout ?? 30_000,
        headers: {
          host: `${configuration.listen.address}:${configuration.listen.port}`,
          accept: 'application/json',
          ...(payload === undefined
            ? {}
            : {
                'content-type': raw ? 'application/octet-stream' : 'application/json',
                'content-length': payload.length,
              }),
          ...options.headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: readBody(Buffer.concat(chunks).toString('utf8')),
          }),
        );
      },
    );
    exchange.once('timeout', () =>
      exchange.destroy(new Error(`${method} ${path}: the control plane does not answer`)),
    );
    exchange.once('error', reject);
    exchange.end(payload);
  });
}

function readBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The cloud's API in the name of one user. */
export interface Session {
  /** Gives the body of a successful answer; fails with the service's own words otherwise. */
  ask<T>(method: string, path: string, options?: CallOptions): Promise<T>;
}

/** Logs the administrator in, who was made with the cloud. */
export async function administrate(cloud: Cloud): Promise<Session> {
  const domain = { id: 'default' };
  const password = readSecret(cloud.layout.adminPassword);
  const user = { name: 'admin', domain, password };
  const answer = await call(cloud, 'POST', '/identity/v3/auth/tokens', {
    body: {
      auth: {
        identity: { methods: ['password'], password: { user } },
        scope: { project: { name: 'admin', domain } },
      },
    },
  });
  const token = answer.headers['x-subject-token'];
  if (answer.status !== 201 || typeof token !== 'string')
    throw new Error(`the administrator could not log in: ${describe(answer)}`);
  return {
    async ask<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
      const reply = await call(cloud, method, path, {
        ...options,
        headers: { 'x-auth-token': token, ...options.headers },
      });
      if (reply.status < 200 || reply.status > 299)
        throw new Error(`${method} ${path}: ${describe(reply)}`);
      return reply.body as T;
    },
  };
}

/** Calls one of the cloud's own doors, below /ovenbird/v1, with the token that only root can read. */
export async function askOvenbird<T>(cloud: Cloud, method: string, path: string): Promise<T> {
  const reply = await call(cloud, method, path, {
    headers: { 'x-ovenbird-host-token': readSecret(cloud.layout.hostToken) },
    timeout: 120_000,
  });
  if (reply.status !== 200) throw new Error(`${method} ${path}: ${describe(reply)}`);
  return reply.body as T;
}

const describe = ({ status, body }: Answer): string =>
  `${status} ${typeof body === 'string' ? body : JSON.stringify(body)}`.slice(0, 600);
