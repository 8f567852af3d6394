import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger };

/**
 * The log of one process: JSON lines on standard output, which the supervisor keeps in `log/<component>.log`.
 * Secrets never reach it: the names below are cut wherever they stand in a logged object.
 */
export function createLogger(
  component: string,
  level = process.env['OVENBIRD_LOG_LEVEL'] ?? 'info',
  destination?: DestinationStream,
): Logger {
  const options = {
    name: component,
    level,
    base: { component },
    timestamp: pino.stdTimeFunctions.isoTime,
    // An error is an object without own members: left alone it is printed as {}.
    serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
    redact: {
      paths: [
        'password',
        '*.password',
        'token',
        '*.token',
        'secret',
        '*.secret',
        'adminPass',
        '*.adminPass',
      ],
      censor: '(secret)',
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
