import type { FastifyRequest } from 'fastify';
import { badRequest, Fault, messageOf } from '../core/errors.ts';
import type { Operation } from '../services/operation.ts';

/** Deepest nesting that is accepted: what no client sends and every recursion survives. */
const DEPTH_LIMIT = 64;

function depthOf(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (limit === 0) return 1;
  let deepest = 0;
  for (const member of Object.values(value)) {
    deepest = Math.max(deepest, depthOf(member, limit - 1));
  }
  return deepest + 1;
}

/** Whether every text in the value, names of members included, is Unicode: no half of a surrogate pair alone. */
function isUnicode(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isUnicode);
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isUnicode(member));
}

/** The JSON body of a request, or undefined when there is none. Fails with the place of the first mistake. */
export function readJson(request: FastifyRequest, operation: Operation): unknown {
  const raw = request.body;
  if (!Buffer.isBuffer(raw) || raw.length === 0) {
    if (operation.body && operation.bodyKind !== 'none') {
      throw badRequest('The request has no body; this operation needs a JSON object.');
    }
    return undefined;
  }
  if (operation.bodyKind === 'none' || operation.method === 'GET') return undefined;
  const mediaType = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  const accepted = ['application/json', ...(operation.mediaTypes ?? [])];
  if (mediaType !== undefined && !accepted.includes(mediaType)) {
    throw new Fault(
      'unsupportedMediaType',
      `The media type ${mediaType.slice(0, 100)} is not supported here: send ${accepted.join(' or ')}.`,
    );
  }
  return readText(raw.toString('utf8'));
}

/** The value of a body's text, which no service shall be troubled with when it is not fit for one. */
export function readText(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badRequest(
      `Malformed request body: it is not valid JSON (${messageOf(error).slice(0, 200)}).`,
    );
  }
  // "\u0000" may stand in JSON and not in PostgreSQL's text.
  if (text.includes('\\u0000') || text.includes('\0')) {
    throw badRequest('The request body must not contain NUL characters.');
  }
  if (text.includes('"__proto__"')) {
    throw badRequest('The request body must not have a member named __proto__.');
  }
  if (depthOf(value, DEPTH_LIMIT) > DEPTH_LIMIT) {
    throw badRequest(`The request body is nested more than ${DEPTH_LIMIT} levels deep.`);
  }
  // JSON can write "\ud800"; PostgreSQL's jsonb cannot hold it, and text would hold something else.
  if (/\\u[dD][89a-fA-F]/.test(text) && !isUnicode(value)) {
    throw badRequest(
      'The request body has a text that is not Unicode: a surrogate (\\ud800 to \\udfff) without its other half.',
    );
  }
  return value;
}
