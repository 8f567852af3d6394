import { Fault, messageOf, type FaultKind } from '../core/errors.ts';
import { STATUS } from './dialects/dialect.ts';

const KINDS = new Map(Object.entries(STATUS).map(([kind, status]) => [status, kind as FaultKind]));

/** Errors of PostgreSQL and of sockets that say "not now" rather than "never". */
const PASSING = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '53300', // too_many_connections
  '08006',
]);

const CONNECTION_LOST =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/;

/**
 * Any error as one that the caller may be told. What is not a `Fault` and not the client's doing becomes
 * 503 when the database is away, else 500 without any inside: the log has the cause under the request id.
 */
export function toFault(error: unknown, requestId: string): Fault {
  if (error instanceof Fault) return error;
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new Fault('tooLarge', 'The request body is larger than this operation accepts.', {
      headers: { Connection: 'close' },
    });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Fault(KINDS.get(statusCode) ?? 'badRequest', messageOf(error));
  }
  if ((code !== undefined && PASSING.has(code)) || CONNECTION_LOST.test(messageOf(error))) {
    return new Fault(
      'unavailable',
      'The database of this cloud is not answering; it is being restarted. Try again in a few seconds.',
      { cause: error, headers: { 'Retry-After': '2' } },
    );
  }
  return new Fault(
    'internal',
    `An unexpected error prevented the server from fulfilling your request. The log of the control plane tells more about ${requestId}.`,
    { cause: error },
  );
}
