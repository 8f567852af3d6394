/** What the two ends of a console's session, the control plane's and the host's, say to each other in frames. */
export const CONSOLE_PROTOCOL = 'ovenbird-console';

export const CONSOLE_FRAMES = {
  /** Bytes from or to the server. */
  data: 0,
  /** To the host: the window's size as JSON, `{"columns":80,"rows":24}`. */
  size: 1,
  /** From the host, as its last: why it ended, a sentence. */
  end: 2,
} as const;

/** Of a terminal's window, in characters. */
export interface ConsoleSize {
  readonly columns: number;
  readonly rows: number;
}

export const DEFAULT_SIZE: ConsoleSize = { columns: 80, rows: 24 };

/** The size in a document that a stranger wrote; undefined when there is none. */
export function readSize(value: unknown): ConsoleSize | undefined {
  const { columns, rows } = Object(value) as Partial<Record<string, unknown>>;
  const isCount = (count: unknown): count is number =>
    Number.isInteger(count) && (count as number) >= 1 && (count as number) <= 1000;
  return isCount(columns) && isCount(rows) ? { columns, rows } : undefined;
}

/** The same of JSON. */
export function parseSize(text: string): ConsoleSize | undefined {
  try {
    return readSize(JSON.parse(text));
  } catch {
    return undefined;
  }
}
