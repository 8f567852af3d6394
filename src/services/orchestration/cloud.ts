import type { ServiceName } from '../operation.ts';

/** One request to a service of this cloud, as a client would send it. */
export interface CloudRequest {
  /** Query parameters; a list is a repeated parameter. */
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  /** The JSON body. */
  readonly body?: unknown;
  /** `2.72`: for services that have microversions; absent is the service's lowest, as for every client. */
  readonly microversion?: string;
  /**
   * The id that the object made by this request shall have. The engine writes it down first: after a `kill -9` the
   * object is recognised by it, and nothing is made twice.
   */
  readonly intendedId?: string;
}

/** What a service answered: always a success, as failures are thrown. */
export interface CloudReply {
  readonly status: number;
  /** The document; undefined when there was none. */
  readonly body: unknown;
}

/**
 * The services of this cloud, asked without a socket, with somebody's rights: the same checks of body, role, scope and
 * access rules as for a client, the same handlers. Refusals are thrown as the `Fault` of the service.
 */
export interface Cloud {
  /** Whose project things are made in. */
  readonly projectId: string;
  readonly userId: string;
  /** `path` is below the service's root and has its parts encoded: `/v2.0/networks/4f…`. */
  request(
    service: ServiceName,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    request?: CloudRequest,
  ): Promise<CloudReply>;
}
