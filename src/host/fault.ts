/**
 * Why something could not be done on this host, as a sentence for the server's `message` column.
 *
 * A `definite` fault stays until somebody changes something (an image that is no image, a refused setting): the
 * server is in `error`. Others are the weather of a living host (the engine restarts, the control plane is away):
 * they are tried again without anybody being told more than what is waited for. A `doubtful` one may be either, and
 * is taken for definite when it comes again and again.
 */
export class HostFault extends Error {
  readonly definite: boolean;
  readonly doubtful: boolean;

  constructor(
    message: string,
    options: { definite?: boolean; doubtful?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'HostFault';
    this.definite = options.definite ?? false;
    this.doubtful = options.doubtful ?? false;
  }
}

/** A fault that stays until somebody changes something. */
export const definite = (message: string, cause?: unknown): HostFault =>
  new HostFault(message, { definite: true, cause });

/** A fault that is expected to pass. */
export const passing = (message: string, cause?: unknown): HostFault =>
  new HostFault(message, { cause });
