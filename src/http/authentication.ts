import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Fault } from '../core/errors.ts';
import type { Caller } from '../services/identity/caller.ts';
import { permits } from '../services/identity/index.ts';
import type { Operation } from '../services/operation.ts';
import type { Dialect } from './dialects/dialect.ts';

/** Largest token that is looked at; ours are below 300 characters. */
const TOKEN_LIMIT = 4096;

export type Validate = (token: string) => Promise<Caller | undefined>;

const unauthorized = (message: string, root: string): Fault =>
  new Fault('unauthorized', message, {
    headers: { 'WWW-Authenticate': `Keystone uri="${root}/identity/v3"` },
  });

/**
 * Who is asking, and whether the operation's least role lets them. A missing or invalid token is 401 with
 * the address of Keystone; a role that is not enough is 403 naming what would be.
 */
export async function authenticate(
  operation: Operation,
  dialect: Dialect,
  headers: IncomingHttpHeaders,
  validate: Validate,
  root: string,
): Promise<Caller | undefined> {
  const token = headers['x-auth-token'];
  if (typeof token !== 'string' || token === '') {
    if (operation.role === 'public') return undefined;
    throw unauthorized('The request you have made requires authentication.', root);
  }
  const caller = token.length > TOKEN_LIMIT ? undefined : await validate(token);
  if (operation.role === 'public') return caller;
  if (caller === undefined) {
    throw unauthorized('The token is invalid or has expired: request a new one.', root);
  }
  authorize(operation, dialect, caller);
  return caller;
}

/** Fails with 403 when the token is of an application credential whose access rules do not name this request. */
export function checkAccessRules(
  caller: Caller | undefined,
  service: string,
  dialect: Dialect,
  request: Pick<IncomingMessage, 'method' | 'url'>,
): void {
  if (caller?.applicationCredential?.accessRules === undefined) return;
  const [path = '/'] = (request.url ?? '/').split('?', 1);
  const method = request.method ?? 'GET';
  if (permits(caller, service, method, path, dialect.prefix)) return;
  throw new Fault(
    'forbidden',
    `The application credential's access rules do not permit ${method} ${path.slice(0, 255)} of the ${service} service: make a credential with a rule for it.`,
  );
}

/** Fails when the caller's role or scope does not reach the operation. */
export function authorize(operation: Operation, dialect: Dialect, caller: Caller): void {
  const { role } = operation;
  if (role === 'public') return;
  const least = operation.checksRole && role !== 'authenticated' ? 'reader' : role;
  if (least !== 'authenticated' && !caller.isAdmin && !caller.roles.has(least)) {
    throw new Fault(
      'forbidden',
      `Policy doesn't allow ${operation.name} to be performed: it needs the role ${least}, and the token has ${
        [...caller.roles].toSorted().join(', ') || 'none'
      }.`,
    );
  }
  const needsProject =
    operation.projectScope ??
    (dialect.projectScope && least !== 'admin' && least !== 'authenticated');
  if (needsProject && caller.projectId === undefined) {
    throw new Fault(
      'forbidden',
      `${operation.name} works in a project, and the token is not scoped to one: name a project when authenticating (OS_PROJECT_NAME).`,
    );
  }
}
