import type pg from 'pg';

const nothing = (command: string) => ({ command, rowCount: 0, oid: 0, rows: [], fields: [] });

const begins = (text: unknown): text is string =>
  typeof text === 'string' && (text === 'begin' || text.startsWith('start transaction'));

/**
 * Sends a transaction's beginning together with its first statement instead of waiting for an answer that says
 * nothing: one way to PostgreSQL and back less for each transaction. The client must be a pipelining one.
 */
export function joinBegin(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...parameters: unknown[]) => Promise<unknown>;
  const { stream } = (client as unknown as { connection: { stream: NodeJS.WritableStream } })
    .connection as { stream: NodeJS.WritableStream & { cork(): void; uncork(): void } };
  let held: string | undefined;
  const joining = (text: unknown, ...rest: unknown[]): unknown => {
    if (held === undefined) {
      if (!begins(text)) return query(text, ...rest);
      held = text;
      return Promise.resolve(nothing('BEGIN'));
    }
    const begin = held;
    held = undefined;
    // Nothing was done in it.
    if (text === 'commit' || text === 'rollback') {
      return Promise.resolve(nothing(text.toUpperCase()));
    }
    stream.cork();
    try {
      const begun = query(begin);
      const result: unknown = query(text, ...rest);
      if (!(result instanceof Promise)) {
        // A query that gives its rows as they arrive; it fails by itself when the connection does.
        begun.catch(() => {});
        return result;
      }
      return Promise.all([result, begun]).then(([first]) => first as unknown);
    } finally {
      stream.uncork();
    }
  };
  client.query = joining as typeof client.query;
}
