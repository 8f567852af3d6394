import type { Readable } from 'node:stream';
import type { Static, TSchema } from 'typebox';
import type { Caller } from './identity/caller.ts';

/**
 * One API operation as data: the `api.ts` of a service is a list of these, and `http/` turns them into routes,
 * checks, OpenAPI and policy tables. Services know nothing of HTTP beyond this file.
 */
export interface Operation<Body extends TSchema = TSchema, Query extends TSchema = TSchema> {
  /** Unique within the service: `create_port`. Policy, log and OpenAPI name the operation by it. */
  readonly name: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below the service's root, in OpenAPI notation: `/v2.0/ports/{port_id}`. */
  readonly path: string;
  readonly summary: string;
  /**
   * The handler itself looks whether the role is enough, after what a client must be told first (a body that is wrong,
   * an object that it may not know of); before that any role in a project will do. Default false.
   */
  readonly checksRole?: boolean;
  /** Least role that may call it; `public` needs no token. Ownership is the service's own check (404). */
  readonly role: 'public' | 'authenticated' | 'reader' | 'member' | 'manager' | 'admin';
  /** Most operations work in a project: a token without one gets 403 naming the cause. Default true for reader and above but admin. */
  readonly projectScope?: boolean;
  /** Schema of the JSON body. An object schema rejects unknown members only if it says additionalProperties false. */
  readonly body?: Body;
  /**
   * Query parameters that are documented. Each arrives as a list of strings (repeated parameters); the schema
   * describes one value. Others pass through in `query` unless the service's dialect refuses them.
   */
  readonly query?: Query;
  /** Schema of the JSON reply, for OpenAPI and tests; it is not used to serialise. */
  readonly reply?: TSchema;
  /** Status of success. */
  readonly success: number;
  /** Microversions at which the operation exists, both ends included, as 'major.minor'. */
  readonly since?: string;
  readonly until?: string;
  /** 'stream' leaves the body unread in `request.stream`; the media types accepted are then the operation's business. */
  readonly bodyKind?: 'json' | 'stream' | 'none';
  /** Largest body in bytes; default 1 MiB for JSON. Streams are limited by the handler. */
  readonly bodyLimit?: number;
  /** Media types accepted beside application/json (Glance's JSON patch). */
  readonly mediaTypes?: readonly string[];
  handle(request: OperationRequest<Static<Body>>): Promise<Reply>;
}

/** What a handler is given. */
export interface OperationRequest<Body = unknown> {
  /** Of the token; only `public` operations may be without one, and read it through `maybeCaller`. */
  readonly caller: Caller;
  readonly maybeCaller: Caller | undefined;
  readonly requestId: string;
  /**
   * The id that the object made by this request shall have; only other services of this cloud can say so. Whoever
   * crashes between request and answer recognises the object by it. Undefined: any new one.
   */
  readonly intendedId?: string | undefined;
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Every query parameter with all its values, in order. */
  readonly query: Readonly<Record<string, readonly string[]>>;
  /** Lower-case header names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  /** The raw body of a `stream` operation. */
  readonly stream: Readable;
  /** Negotiated microversion of services that have them. */
  readonly microversion: Microversion;
  /** Absolute address of the service's root as the client sees it (proxies included), without closing slash. */
  readonly serviceUrl: string;
  /** The same of another service, for links and the catalog. */
  readonly urlOf: (service: ServiceName) => string;
  /** Path and query of the request as sent, below the server's root: for `next` links. */
  readonly target: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

export type ServiceName =
  | 'identity'
  | 'image'
  | 'compute'
  | 'placement'
  | 'network'
  | 'orchestration';

/** A microversion; compare with `atLeast`. */
export interface Microversion {
  readonly major: number;
  readonly minor: number;
}
export const atLeast = (version: Microversion, minor: number, major = version.major): boolean =>
  version.major > major || (version.major === major && version.minor >= minor);

/** What a handler gives back. A `stream` is sent as is; a missing body sends none. */
export interface Reply {
  /** The document; a string is one that is written as JSON already. `documentOf` reads either. */
  readonly body?: unknown;
  readonly stream?: Readable;
  /** Overrides the operation's `success`. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The document of a reply, for those who call an operation without http; an empty one when there is none. */
export const documentOf = ({ body = {} }: Reply): unknown =>
  typeof body === 'string' ? JSON.parse(body) : body;

/** Keeps the types of body and query while forgetting them in the list. */
export const operation = <Body extends TSchema, Query extends TSchema>(
  value: Operation<Body, Query>,
): Operation => value as unknown as Operation;

/** A service as `http/` mounts it. */
export interface Service {
  readonly name: ServiceName;
  readonly operations: readonly Operation[];
  /** Range of microversions that is honoured field by field; none for services without microversions. */
  readonly microversions?: { readonly minimum: Microversion; readonly maximum: Microversion };
  /** Starts background work (projection, reactions); resolves when the service can be asked. */
  start?(): Promise<void>;
  /** Ends background work. */
  stop?(): Promise<void>;
}
