import { wordsOfError } from './error-words.ts';

/** Longest wait for an answer, in milliseconds. */
const PATIENCE = 15_000;

/** A service said no. `message` is its own sentence. */
export class ApiError extends Error {
  readonly status: number;
  /** As in `x-openstack-request-id`: what the log of the control plane knows the request by. */
  readonly requestId: string | undefined;

  constructor(status: number, message: string, requestId: string | undefined) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.requestId = requestId;
  }
}

/** Nobody answered: the control plane is away, or the machine is. */
export class NoAnswer extends Error {
  constructor(cause: unknown) {
    super('The cloud does not answer.', { cause });
    this.name = 'NoAnswer';
  }
}

export interface Question {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Asks a service of the origin the page came from; `path` is relative (`compute/v2.1/servers/detail`), so that a
 * proxy with a prefix works. Throws ApiError, NoAnswer, or the signal's reason.
 */
export async function ask(path: string, question: Question = {}): Promise<Answer> {
  const { method = 'GET', token, body, headers = {}, signal } = question;
  const patience = AbortSignal.timeout(PATIENCE);
  let reply: Response;
  let text: string;
  try {
    reply = await fetch(new URL(path, document.baseURI), {
      method,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { 'x-auth-token': token }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
      cache: 'no-store',
      credentials: 'omit',
    });
    text = await reply.text();
  } catch (error) {
    signal?.throwIfAborted();
    throw new NoAnswer(error);
  }
  if (!reply.ok) {
    throw new ApiError(
      reply.status,
      wordsOfError(text) ?? `The service answered ${reply.status} ${reply.statusText}.`,
      reply.headers.get('x-openstack-request-id') ?? undefined,
    );
  }
  return { status: reply.status, headers: reply.headers, text };
}
