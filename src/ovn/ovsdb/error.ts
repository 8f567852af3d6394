/**
 * Names of errors that this client itself makes, beside those that RFC 7047 and ovsdb-server define
 * (`constraint violation`, `referential integrity violation`, `timed out`, `not owner`, `aborted`, `syntax error` …).
 */
export type ClientErrorName =
  | 'not connected' // no server answered within the time given; nothing was sent
  | 'connection lost' // the connection ended before the reply: the outcome is unknown until the mirror is back
  | 'no reply' // the server did not answer in time: the outcome is unknown
  | 'closed' // `close()` was called
  | 'bad message' // what the server sent is not OVSDB
  | 'bad value' // a value does not fit its column; nothing was sent
  | 'unknown table' // the server's schema has no such table; nothing was sent
  | 'unknown column'; // the server's schema has no such column (perhaps it is older); nothing was sent

/** The one error class of this room. */
export class OvsdbError extends Error {
  /** Error name of RFC 7047 §3.1 or ovsdb-server, or one of `ClientErrorName`. */
  readonly error: ClientErrorName | (string & {});
  /** The server's sentence about it, if it gave one. */
  readonly details: string | undefined;
  /**
   * Position of the failed operation in the transaction; undefined when the transaction failed as a whole
   * (references and unique indexes are checked at its end).
   */
  readonly position: number | undefined;
  /** The failed operation as it was given. */
  readonly operation: unknown;

  constructor(
    error: ClientErrorName | (string & {}),
    details?: string,
    options: { position?: number; operation?: unknown; cause?: unknown } = {},
  ) {
    const place =
      options.position === undefined
        ? ''
        : ` (operation ${options.position}${describe(options.operation)})`;
    super(`${error}${details === undefined ? '' : `: ${details}`}${place}`, {
      cause: options.cause,
    });
    this.name = 'OvsdbError';
    this.error = error;
    this.details = details;
    this.position = options.position;
    this.operation = options.operation;
  }

  /** Whether the transaction may have been committed although it failed here. */
  get outcomeUnknown(): boolean {
    return this.error === 'connection lost' || this.error === 'no reply';
  }

  /** Whether the server (or its absence) is the cause, rather than what was asked of it. */
  get connection(): boolean {
    return (
      this.outcomeUnknown ||
      this.error === 'not connected' ||
      this.error === 'closed' ||
      this.error === 'bad message'
    );
  }
}

function describe(operation: unknown): string {
  if (typeof operation !== 'object' || operation === null) return '';
  const { op, table } = operation as { op?: unknown; table?: unknown };
  return `: ${[op, table].filter((part) => typeof part === 'string').join(' ')}`;
}
