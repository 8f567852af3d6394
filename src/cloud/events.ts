import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { sleep } from '../core/time.ts';
import type { Layout } from './layout.ts';

/** One thing that the cloud did by itself, as `src/http/event-file.ts` keeps it. */
export interface CloudEvent {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly type: 'repair';
  readonly database: string;
  readonly cause: string;
  /** The how many-th repair in a row. */
  readonly times: number;
  readonly owner: string;
  readonly table: string;
  readonly key: string;
  readonly change: string;
  /** Column → [was, is]; null for nothing. */
  readonly columns?: Readonly<Record<string, readonly [unknown, unknown]>>;
}

const LOOK_MILLISECONDS = 200;

/** The last events, oldest first; none when there are none. They can be read while the cloud is down. */
export function lastEvents({ events }: Pick<Layout, 'events'>, count: number): CloudEvent[] {
  const found: CloudEvent[] = [];
  for (const file of [events, `${events}.1`]) {
    if (found.length >= count || !existsSync(file)) continue;
    found.unshift(...parse(readFileSync(file, 'utf8')));
  }
  return count === 0 ? [] : found.slice(-count);
}

/** Tells events as they come, also after the file was set aside; ends with the process. */
export async function followEvents(
  { events }: Pick<Layout, 'events'>,
  tell: (event: CloudEvent) => void,
): Promise<never> {
  let position = sizeOf(events);
  for (;;) {
    await sleep(LOOK_MILLISECONDS);
    const size = sizeOf(events);
    if (size < position) position = 0;
    if (size === position) continue;
    const text = readFrom(events, position, size - position);
    // The last line may be only half there.
    const whole = text.subarray(0, text.lastIndexOf(10) + 1);
    position += whole.length;
    for (const event of parse(whole.toString('utf8'))) tell(event);
  }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

function readFrom(file: string, position: number, length: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, length, position));
  } finally {
    closeSync(descriptor);
  }
}

/** A line that a power cut left half written is passed over. */
function parse(text: string): CloudEvent[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as CloudEvent];
    } catch {
      return [];
    }
  });
}
