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

/** Bytes that are collected, and for how many milliseconds at most. */
const COLLECTED = 8192;
const PATIENCE = 100;

/**
 * Standard output for a process that logs every request: lines are written together, since each system call costs as
 * much as making the line. What is there is written at the end of the process; a process that is killed loses the
 * last tenth of a second.
 */
export function collectedOutput(): DestinationStream {
  const output = pino.destination({ fd: 1, sync: true, minLength: COLLECTED });
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    timer = undefined;
    output.flushSync();
  };
  process.on('exit', flush);
  return {
    write(line) {
      output.write(line);
      timer ??= setTimeout(flush, PATIENCE).unref();
    },
  };
}
