import type { Kysely, RawBuilder } from 'kysely';
import pg from 'pg';
import { nameOf } from './plans.ts';

/**
 * A query whose rows can be taken as they arrive. Kysely sees in it what it calls a cursor; nothing is asked for in
 * portions, since PostgreSQL waits by itself when the socket is full.
 */
export class ArrivingRows<Row> extends pg.Query {
  #rows: Row[] = [];
  #ended = false;
  #failure: { readonly error: Error } | undefined;
  #wake: (() => void) | undefined;

  constructor(text: string, values: unknown[]) {
    super({ name: nameOf(text), text, values } as pg.QueryConfig);
    this.on('row', (row) => {
      this.#rows.push(row as Row);
      this.#tell();
    });
    this.on('end', () => {
      this.#ended = true;
      this.#tell();
    });
    this.on('error', (error) => {
      this.#ended = true;
      this.#failure = { error };
      this.#tell();
    });
  }

  #tell(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** What arrived since the last call, waiting for the first; empty when there is nothing more. */
  async read(): Promise<Row[]> {
    while (this.#rows.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  /** Resolves when the connection is free; what still arrives until then is dropped. */
  async close(): Promise<void> {
    while (!this.#ended) {
      this.#rows = [];
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/**
 * Visits the rows of a query one by one as they arrive: of thousands only few are in memory at a time, and they are
 * worked on while PostgreSQL makes the next. Fails as the query or the visitor does.
 */
export async function forEachRow<Row>(
  // oxlint-disable-next-line typescript/no-explicit-any -- of whatever tables
  database: Kysely<any>,
  query: RawBuilder<Row>,
  visit: (row: Row) => void,
): Promise<void> {
  const compiled = query.compile(database);
  for await (const { rows } of database.getExecutor().stream<Row>(compiled, 1)) {
    for (const row of rows) visit(row);
  }
}
