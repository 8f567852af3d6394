import { Fault, messageOf, notFound } from '../core/errors.ts';
import { newRequestId } from '../core/ids.ts';
import type { Caller } from '../services/identity/caller.ts';
import type { Operation, Reply, Service, ServiceName } from '../services/operation.ts';
import { serviceUrl } from './addresses.ts';
import { authorize, checkAccessRules } from './authentication.ts';
import { readText } from './body.ts';
import { dialectOf } from './dialects/index.ts';
import { negotiate } from './microversions.ts';
import { existsAt, readParams, readQuery, withoutStream } from './routes.ts';
import { check, checkQuery } from './validation.ts';

/** A request of one service of the cloud to another, without a socket. */
export interface InnerRequest {
  readonly service: ServiceName;
  readonly method: Operation['method'];
  /** Below the service's root, its parts encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly body?: unknown;
  readonly microversion?: string | undefined;
  readonly intendedId?: string | undefined;
}

/** Asks a service of this cloud with somebody's rights. Refusals are thrown as the service's own `Fault`. */
export type Dispatch = (
  caller: Caller,
  request: InnerRequest,
) => Promise<{ readonly status: number; readonly body: unknown }>;

interface Route {
  readonly operation: Operation;
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

const segments = (path: string): number => path.split('/').length;

/** Operations by method and number of parts of the path. */
function routesOf(service: Service): Map<string, Route[]> {
  const routes = new Map<string, Route[]>();
  for (const operation of service.operations) {
    const names: string[] = [];
    const pattern = operation.path
      .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
      .replace(/\{(\w+)\}/g, (_, name: string) => {
        names.push(name);
        return '([^/]+)';
      });
    const key = `${operation.method} ${segments(operation.path)}`;
    const group = routes.get(key) ?? [];
    group.push({ operation, names, pattern: new RegExp(`^${pattern}$`) });
    // What is written out goes before what is a parameter.
    routes.set(
      key,
      group.toSorted((one, other) => one.names.length - other.names.length),
    );
  }
  return routes;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw notFound(`The path cannot be read: ${messageOf(error)}`);
  }
}

/** JSON as a client would read it: dates are texts, what is undefined is not there. */
function bodyOf(reply: Reply): unknown {
  if (reply.stream) {
    reply.stream.destroy();
    throw new Error('data cannot be asked for from within');
  }
  if (reply.body === undefined) return undefined;
  if (Buffer.isBuffer(reply.body)) return JSON.parse(reply.body.toString('utf8'));
  return JSON.parse(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
}

/**
 * The services among themselves: the checks that a client's request passes (role, scope, access rules, microversion,
 * query, body) and the same handlers, without HTTP in between. `services` may be a list that is still filled.
 */
export function createDispatch(services: readonly Service[], root: () => string): Dispatch {
  const known = new Map<ServiceName, Map<string, Route[]>>();
  return async (caller, request) => {
    const service = services.find(({ name }) => name === request.service);
    if (service === undefined) {
      throw new Fault('notImplemented', `There is no ${request.service} service in this cloud.`);
    }
    let routes = known.get(request.service);
    if (routes === undefined) known.set(request.service, (routes = routesOf(service)));
    const dialect = dialectOf(request.service);
    const headers: Record<string, string> =
      request.microversion === undefined || dialect.microversionType === undefined
        ? {}
        : { 'openstack-api-version': `${dialect.microversionType} ${request.microversion}` };
    const version = negotiate(dialect, service, headers);
    const candidates = routes.get(`${request.method} ${segments(request.path)}`) ?? [];
    const route = candidates.find(
      ({ pattern, operation }) => pattern.test(request.path) && existsAt(operation, version),
    );
    if (route === undefined) {
      throw notFound(
        `The resource could not be found: there is nothing at ${request.method} ${request.path.slice(0, 200)}.`,
      );
    }
    const { operation, pattern, names } = route;
    const query: Record<string, readonly string[]> = Object.create(null);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      query[name] = typeof value === 'string' ? [value] : value;
    }
    const search = new URLSearchParams(
      Object.entries(query).flatMap(([name, values]) =>
        values.map((value): [string, string] => [name, value]),
      ),
    ).toString();
    const target = `${dialect.prefix}${request.path}${search === '' ? '' : `?${search}`}`;
    authorize(operation, dialect, caller);
    checkAccessRules(caller, request.service, dialect, { method: request.method, url: target });
    readQuery(query);
    if (operation.query) checkQuery(operation.query, query);
    const text = request.body === undefined ? undefined : JSON.stringify(request.body);
    const body = text === undefined ? undefined : readText(text);
    if (operation.body) check(operation.body, body, 'body', dialect.invalidBody);
    const parts = pattern.exec(request.path)!.slice(1).map(decode);
    const reply = await operation.handle({
      caller,
      maybeCaller: caller,
      requestId: newRequestId(),
      intendedId: request.intendedId,
      params: readParams(Object.fromEntries(names.map((name, index) => [name, parts[index]!]))),
      query,
      headers,
      body,
      stream: withoutStream,
      microversion: version,
      serviceUrl: serviceUrl(root(), service.name),
      urlOf: (name) => serviceUrl(root(), name),
      target,
      signal: new AbortController().signal,
    });
    return { status: reply.status ?? operation.success, body: bodyOf(reply) };
  };
}
