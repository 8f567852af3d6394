import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { badRequest, Fault } from '../core/errors.ts';
import type { Caller } from '../services/identity/caller.ts';
import type { Operation, OperationRequest, Reply, Service } from '../services/operation.ts';
import { rootOf, serviceUrl } from './addresses.ts';
import { authenticate, checkAccessRules, type Validate } from './authentication.ts';
import { readJson } from './body.ts';
import type { Dialect } from './dialects/dialect.ts';
import { compareMicroversions, negotiate, parseMicroversion } from './microversions.ts';
import type { RequestState } from './request-state.ts';
import { check, checkQuery } from './validation.ts';

export const JSON_BODY_LIMIT = 1024 * 1024;

export interface RouteContext {
  readonly validate: Validate;
  /** Host and port to name when a request has no Host header. */
  readonly fallbackHost: string;
}

const fastifyPath = (prefix: string, path: string): string =>
  (prefix + path).replace(/\{(\w+)\}/g, ':$1').replace(/\/$/, '') || '/';

/** Whether the operation exists at a microversion: `since` ≤ version ≤ `until`. */
export function existsAt(operation: Operation, request: OperationRequest['microversion']): boolean {
  const since = operation.since && parseMicroversion(operation.since);
  const until = operation.until && parseMicroversion(operation.until);
  return (
    !(since && compareMicroversions(request, since) < 0) &&
    !(until && compareMicroversions(request, until) > 0)
  );
}

export const withoutStream: Readable = Readable.from([]);

/** Mounts a service: one route a method and path, behind which each microversion has its own operation. */
export function mount(
  app: FastifyInstance,
  service: Service,
  dialect: Dialect,
  context: RouteContext,
): void {
  const groups = new Map<string, Operation[]>();
  for (const operation of service.operations) {
    const key = `${operation.method} ${fastifyPath(dialect.prefix, operation.path)}`;
    groups.set(key, [...(groups.get(key) ?? []), operation]);
  }
  const streams = [...groups].filter(([, group]) => group.some((o) => o.bodyKind === 'stream'));
  for (const [key, group] of groups) {
    if (streams.some(([name]) => name === key)) continue;
    route(app, key, group, service, dialect, context);
  }
  if (streams.length === 0) return;
  // A scope of its own, where nothing reads a body: the handler does, as it comes.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    for (const [key, group] of streams) route(scope, key, group, service, dialect, context);
  });
}

function route(
  app: FastifyInstance,
  key: string,
  group: readonly Operation[],
  service: Service,
  dialect: Dialect,
  context: RouteContext,
): void {
  const [method, url] = key.split(' ') as [Operation['method'], string];
  app.route({
    method,
    url,
    bodyLimit: Math.max(...group.map((operation) => operation.bodyLimit ?? JSON_BODY_LIMIT)),
    handler: async (request, reply) => {
      const state = request as FastifyRequest & RequestState;
      const version = (state.microversion = negotiate(dialect, service, request.headers));
      const operation = group.find((candidate) => existsAt(candidate, version));
      if (operation === undefined) {
        throw new Fault('notFound', `The resource could not be found at this microversion.`);
      }
      state.operation = operation;
      const root = rootOf(request.raw, context.fallbackHost);
      const caller = await authenticate(
        operation,
        dialect,
        request.headers,
        context.validate,
        root,
      );
      state.caller = caller;
      checkAccessRules(caller, service.name, dialect, request.raw);
      const query = readQuery(request.query as Record<string, readonly string[]>);
      if (operation.query) checkQuery(operation.query, query);
      const body = operation.bodyKind === 'stream' ? undefined : readJson(request, operation);
      if (operation.body) check(operation.body, body, 'body', dialect.invalidBody);
      let signal: AbortSignal | undefined;
      const result = await operation.handle({
        get caller(): Caller {
          if (caller === undefined) throw new Error(`${operation.name} is public: use maybeCaller`);
          return caller;
        },
        maybeCaller: caller,
        requestId: state.requestId,
        params: readParams(request.params as Record<string, string>),
        query,
        headers: request.headers as Record<string, string>,
        body,
        stream: operation.bodyKind === 'stream' ? streamOf(request) : withoutStream,
        microversion: version,
        serviceUrl: serviceUrl(root, service.name),
        urlOf: (name) => serviceUrl(root, name),
        target: request.raw.url ?? '/',
        get signal(): AbortSignal {
          return (signal ??= signalOf(reply));
        },
      });
      return send(reply, operation, result);
    },
  });
}

function send(reply: FastifyReply, operation: Operation, result: Reply): FastifyReply {
  reply.code(result.status ?? operation.success);
  if (result.headers) reply.headers(result.headers);
  if (result.stream) {
    if (!reply.hasHeader('content-type')) reply.type('application/octet-stream');
    return reply.send(result.stream);
  }
  if (result.body === undefined || operation.method === 'HEAD') return reply.send();
  if (!reply.hasHeader('content-type')) reply.type('application/json');
  return reply.send(
    typeof result.body === 'string' || Buffer.isBuffer(result.body)
      ? result.body
      : JSON.stringify(result.body),
  );
}

const streamOf = (request: FastifyRequest): Readable =>
  request.body instanceof Readable ? request.body : request.raw;

/** Aborted when the connection closes before the answer is out. */
function signalOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // Asked for late: the client may have gone meanwhile.
  if (reply.raw.closed && !reply.raw.writableFinished)
    controller.abort(new Error('the client went away'));
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('the client went away'));
  });
  return controller.signal;
}

/** PostgreSQL's text holds every character but NUL: refused at the door, for all services. */
function refuseNul(text: string, place: string): string {
  if (text.includes('\0')) throw badRequest(`The ${place} must not contain NUL characters.`);
  return text;
}

/** The query, if every value may be told to a service. */
export function readQuery(
  query: Record<string, readonly string[]>,
): Record<string, readonly string[]> {
  for (const values of Object.values(query)) {
    for (const value of values) refuseNul(value, 'query');
  }
  return query;
}

/** The parts of the path, if every one may be told to a service. */
export function readParams(params: Record<string, string>): Record<string, string> {
  for (const value of Object.values(params)) refuseNul(value, 'path');
  return params;
}
