import { writeSync } from 'node:fs';
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
export function collectedOutput(descriptor = 1): DestinationStream {
  let lines: string[] = [];
  let size = 0;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const rest = Buffer.from(lines.join(''));
    lines = [];
    size = 0;
    for (let written = 0; written < rest.length;) {
      try {
        written += writeSync(descriptor, rest, written);
      } catch (error) {
        // Nobody reads the pipe at the moment; any other failure has no one left to be told to.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
  };
  process.on('exit', flush);
  return {
    write(line) {
      lines.push(line);
      size += line.length;
      if (size >= COLLECTED) flush();
      else timer ??= setTimeout(flush, PATIENCE).unref();
    },
  };
}
