import type { IncomingMessage } from 'node:http';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Fault, notFound } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import type { Logger } from '../core/log.ts';
import type { Service } from '../services/operation.ts';
import { rootOf, serviceUrl } from './addresses.ts';
import type { Validate } from './authentication.ts';
import { STATUS } from './dialects/dialect.ts';
import { dialectOf, dialectOfPath } from './dialects/index.ts';
import { toFault } from './faults.ts';
import { habitualUrl } from './habits.ts';
import type { Upgrades } from './consoles/upgrades.ts';
import { microversionHeaders } from './microversions.ts';
import { openApi } from './openapi.ts';
import type { RequestState } from './request-state.ts';
import { mount } from './routes.ts';

type State = FastifyRequest & RequestState;

export interface ServerOptions {
  readonly services: readonly Service[];
  readonly validate: Validate;
  readonly log: Logger;
  /** Host and port to name when a request has no Host header: `127.0.0.1:5000`. */
  readonly fallbackHost: string;
  /** Routes beside the services': the hosts' API, the dashboard. */
  readonly extend?: (app: FastifyInstance) => void;
  /** Connections that become something else than HTTP. */
  readonly upgrades?: Upgrades;
}

/**
 * The HTTP server of the cloud: every service below its own path, its own errors and discovery documents,
 * and nothing that it does not know. `inject()` of the result serves tests without a socket.
 */
export function createServer(options: ServerOptions): FastifyInstance {
  const { services, validate, log, fallbackHost, upgrades } = options;
  const app = fastify({
    exposeHeadRoutes: false,
    ...(upgrades && {
      http: { shouldUpgradeCallback: (request: IncomingMessage) => upgrades.wants(request) },
    }),
    forceCloseConnections: 'idle',
    routerOptions: {
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      maxParamLength: 1024,
      querystringParser: parseQuery,
    },
    rewriteUrl: (request) => habitualUrl(request.url ?? '/'),
    frameworkErrors: (error, request, reply) =>
      answerFault(error, request as unknown as State, reply),
  });

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  // Hooks that call back: a promise for each would cost every request some microseconds.
  app.addHook('onRequest', (request, _reply, done) => {
    begin(request as State);
    done();
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    label(request as State, reply);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { requestId, operation, caller } = request as State;
    log.info(
      {
        request: requestId,
        method: request.method,
        path: (request.raw.url ?? '').split('?')[0],
        operation: operation?.name,
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime * 10) / 10,
        project: caller?.projectId,
        user: caller?.userId,
      },
      'answered',
    );
    done();
  });
  app.setErrorHandler((error, request, reply) => answerFault(error, request as State, reply));
  app.setNotFoundHandler((request, reply) => {
    const path = (request.raw.url ?? '/').split('?')[0] ?? '/';
    const allowed = methodsOf(services, path);
    const fault =
      allowed.length > 0
        ? new Fault(
            'methodNotAllowed',
            `${request.method} is not allowed here; ${allowed.join(', ')} is.`,
            {
              headers: { Allow: allowed.join(', ') },
            },
          )
        : notFound(`The resource could not be found: there is nothing at ${path.slice(0, 200)}.`);
    return answerFault(fault, request as State, reply);
  });

  function answerFault(error: unknown, request: State, reply: FastifyReply): FastifyReply {
    if (request.requestId === undefined) {
      // A path that cannot be read comes here before any hook, and none runs for its answer.
      begin(request);
      label(request, reply);
    }
    const fault = toFault(error, request.requestId);
    const status = STATUS[fault.kind];
    if (status >= 500) {
      log.error(
        { request: request.requestId, error: fault.cause ?? fault, path: request.raw.url },
        'failed',
      );
    }
    const speaker = request.dialect ?? dialectOf('identity');
    const { body, mediaType } = speaker.error(fault, status, request);
    return reply.code(status).headers(fault.headers).type(mediaType).send(body);
  }

  for (const service of services) {
    const dialect = dialectOf(service.name);
    for (const document of dialect.discovery) {
      app.get(`${dialect.prefix}${document.path}`.replace(/\/$/, ''), async (request, reply) => {
        const root = serviceUrl(rootOf(request.raw, fallbackHost), service.name);
        return reply
          .code(document.status)
          .type('application/json')
          .send(JSON.stringify(document.body(root, service)));
      });
    }
    mount(app, service, dialect, { validate, fallbackHost });
  }
  app.get('/openapi.json', async (request) => openApi(services, rootOf(request.raw, fallbackHost)));
  options.extend?.(app);
  if (upgrades !== undefined) {
    app.server.on('upgrade', (request, connection, first) =>
      upgrades.handle(request, connection, first),
    );
    app.addHook('preClose', async () => upgrades.close());
  }
  return app;
}

function begin(request: State): void {
  request.requestId = newRequestId();
  request.dialect = dialectOfPath((request.raw.url ?? '/').split('?')[0] ?? '/');
}

/** What every answer says of itself: the request's id, and the microversion it was made at. */
function label(state: State, reply: FastifyReply): void {
  reply.header('x-openstack-request-id', state.requestId);
  if (state.dialect === undefined) return;
  for (const name of state.dialect.requestIdHeaders ?? []) reply.header(name, state.requestId);
  reply.headers(microversionHeaders(state.dialect, state.microversion));
}

/** Every parameter with all its values: OpenStack repeats parameters and means OR. */
function parseQuery(text: string): Record<string, readonly string[]> {
  const query: Record<string, string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) (query[name] ??= []).push(value);
  return query;
}

/** The methods that some operation has at this path, for 405. */
function methodsOf(services: readonly Service[], path: string): string[] {
  const methods = new Set<string>();
  for (const service of services) {
    const { prefix } = dialectOf(service.name);
    if (!path.startsWith(`${prefix}/`)) continue;
    for (const operation of service.operations) {
      const pattern = operation.path
        .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
        .replace(/\{\w+\}/g, '[^/]+');
      if (new RegExp(`^${prefix}${pattern}/?$`).test(path)) methods.add(operation.method);
    }
  }
  return [...methods].toSorted();
}
