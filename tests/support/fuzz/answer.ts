import type { LightMyRequestResponse } from 'fastify';
import { sleep } from '../../../src/core/time.ts';
import type { Population } from './population.ts';
import type { FuzzRequest } from './request.ts';
import type { FuzzRoom } from './room.ts';

/** After so long nobody waits any more: the longest wait of our own for others is 10 s. */
const HANG_MILLISECONDS = 15_000;

/** What came back of one request. */
export interface Outcome {
  readonly status: number;
  readonly milliseconds: number;
  /** Undefined when all is as it should be. */
  readonly complaint: string | undefined;
}

/** Sends the request and judges the answer. */
export async function judge(room: FuzzRoom, request: FuzzRequest): Promise<Outcome> {
  const { method, url, headers, payload } = request;
  const begun = performance.now();
  const reply = await Promise.race([
    room.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) }),
    sleep(HANG_MILLISECONDS).then(() => undefined),
  ]);
  const milliseconds = performance.now() - begun;
  if (reply === undefined) return { status: 0, milliseconds, complaint: 'no answer' };
  return { status: reply.statusCode, milliseconds, complaint: complaintOf(room, request, reply) };
}

function complaintOf(
  room: FuzzRoom,
  { service, method }: FuzzRequest,
  reply: LightMyRequestResponse,
): string | undefined {
  const id = reply.headers['x-openstack-request-id'];
  if (typeof id !== 'string' || !/^req-[0-9a-f-]{36}$/.test(id)) return 'no request id';
  const status = reply.statusCode;
  if (status >= 500 && status !== 501) return `${status}: ${room.causeOf(id) ?? reply.body}`;
  if (status < 400 || method === 'HEAD') return undefined;
  const words = errorOf(service.name, reply);
  return words === undefined || words.trim() === ''
    ? `${status} not in the words of ${service.name}: ${reply.body.slice(0, 300)}`
    : undefined;
}

/** The sentence of an error body, when it has the shape of the service's own. */
export function errorOf(service: string, reply: LightMyRequestResponse): string | undefined {
  const mediaType = String(reply.headers['content-type']);
  if (service === 'image')
    return mediaType.startsWith('text/html')
      ? /<h1>.*<\/h1>([^]*?)<br/.exec(reply.body)?.[1]
      : undefined;
  if (!mediaType.startsWith('application/json')) return undefined;
  // oxlint-disable-next-line typescript/no-explicit-any -- one of four shapes
  const body: any = reply.json();
  const readers: Readonly<Record<string, () => unknown>> = {
    identity: () => body.error?.code === reply.statusCode && body.error.title && body.error.message,
    placement: () => body.errors?.[0]?.request_id && body.errors[0].detail,
    orchestration: () =>
      body.code === reply.statusCode && body.title && body.error?.type && body.error.message,
    network: () => body.NeutronError?.type && body.NeutronError.message,
    compute: () => {
      const [fault] = Object.values<{ code?: number; message?: string }>(body);
      return fault?.code === reply.statusCode && fault.message;
    },
  };
  const text = readers[service]?.();
  return typeof text === 'string' ? text : undefined;
}

/** The request as a person would write it down, ids of this run given their names. */
export function described(
  { who, method, url, headers, payload }: FuzzRequest,
  { own, other }: Population,
): string {
  const rest = Object.entries(headers).filter(([name]) => name !== 'x-auth-token');
  let text = `${who}: ${method} ${url} ${JSON.stringify(Object.fromEntries(rest))} ${String(payload ?? '')}`;
  for (const [ids, whose] of [
    [own, ''],
    [other, 'other '],
  ] as const)
    for (const [name, id] of Object.entries(ids))
      if (id.length > 20) text = text.replaceAll(id, `<${whose}${name}>`);
  return text
    .replaceAll(/(.)\1{99,}/gs, (run, character: string) => `${character}{${run.length}}`)
    .slice(0, 2000);
}
