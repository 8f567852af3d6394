/**
 * What went wrong, in words that no service owns. `http/` turns a kind into the status and the body of the
 * service that was asked (see `src/http/dialects/`).
 */
export type FaultKind =
  | 'badRequest' // 400
  | 'unauthorized' // 401
  | 'forbidden' // 403
  | 'notFound' // 404
  | 'methodNotAllowed' // 405
  | 'notAcceptable' // 406
  | 'conflict' // 409
  | 'gone' // 410
  | 'preconditionFailed' // 412
  | 'tooLarge' // 413
  | 'unsupportedMediaType' // 415
  | 'tooManyRequests' // 429
  | 'internal' // 500
  | 'notImplemented' // 501
  | 'unavailable'; // 503

/**
 * An error that the caller of an API is told. The message names the cause and, where there is one, the cure.
 * `type` is the service's own name of the error where clients switch on it: Neutron's exception class
 * (`IpAddressInUse`), placement's code (`placement.concurrent_update`).
 */
export class Fault extends Error {
  readonly kind: FaultKind;
  readonly type: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    kind: FaultKind,
    message: string,
    options: { type?: string; cause?: unknown; headers?: Record<string, string> } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'Fault';
    this.kind = kind;
    this.type = options.type;
    this.headers = options.headers ?? {};
  }
}

export const badRequest = (message: string, type?: string): Fault =>
  new Fault('badRequest', message, type === undefined ? {} : { type });
export const notFound = (message: string, type?: string): Fault =>
  new Fault('notFound', message, type === undefined ? {} : { type });
export const conflict = (message: string, type?: string): Fault =>
  new Fault('conflict', message, type === undefined ? {} : { type });
export const forbidden = (message: string, type?: string): Fault =>
  new Fault('forbidden', message, type === undefined ? {} : { type });

/** The text of anything that was thrown. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
