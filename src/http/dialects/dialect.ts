import type { Fault, FaultKind } from '../../core/errors.ts';
import type { Microversion, Service, ServiceName } from '../../services/operation.ts';

/** Status of each kind of fault; every service of OpenStack agrees on these. */
export const STATUS: Readonly<Record<FaultKind, number>> = {
  badRequest: 400,
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  methodNotAllowed: 405,
  notAcceptable: 406,
  conflict: 409,
  gone: 410,
  preconditionFailed: 412,
  tooLarge: 413,
  unsupportedMediaType: 415,
  tooManyRequests: 429,
  internal: 500,
  notImplemented: 501,
  unavailable: 503,
};

/** HTTP's own words for a status, which several services print as `title`. */
export const TITLE: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

/** What an error body may tell beyond the fault. */
export interface FaultContext {
  readonly requestId: string;
  readonly microversion: Microversion | undefined;
}

export interface Discovery {
  readonly path: string;
  readonly status: number;
  /** `serviceUrl` is absolute and without closing slash. */
  body(serviceUrl: string, service: Service): unknown;
}

/** How one service of OpenStack speaks: where it is mounted, how it says no, how it is discovered. */
export interface Dialect {
  readonly service: ServiceName;
  /** First part of the path: `/compute`. */
  readonly prefix: string;
  /** The service type in `OpenStack-API-Version`, for services with microversions. */
  readonly microversionType?: string;
  /** Header of the microversion before there was a common one. */
  readonly legacyMicroversionHeader?: string;
  /** Further headers that carry the request id. */
  readonly requestIdHeaders?: readonly string[];
  /** Whether operations with a role need a token scoped to a project unless they say otherwise. */
  readonly projectScope: boolean;
  readonly discovery: readonly Discovery[];
  /** How the service begins its sentence about a body that does not fit its schema. */
  readonly invalidBody?: string;
  /** The body of an error and its media type. */
  error(fault: Fault, status: number, context: FaultContext): { body: string; mediaType: string };
}

export const json = (value: unknown): { body: string; mediaType: string } => ({
  body: JSON.stringify(value),
  mediaType: 'application/json',
});

export const formatMicroversion = (version: Microversion): string =>
  `${version.major}.${version.minor}`;
