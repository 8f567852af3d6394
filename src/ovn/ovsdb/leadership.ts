import { OvsdbError } from './error.ts';
import type { RpcConnection } from './rpc.ts';

const MONITOR_ID = 'server';

interface DatabaseRow {
  name?: string;
  model?: string;
  connected?: boolean;
  leader?: boolean;
}
type Updates = {
  Database?: Record<
    string,
    { initial?: DatabaseRow; insert?: DatabaseRow; modify?: DatabaseRow; delete?: null }
  >;
};

/**
 * Watches the server's own database `_Server`: whether the database is served, whether the member is part of its
 * cluster and, if wanted, its leader. Servers before 2.9 have none; they have no clusters either.
 */
export class Leadership {
  readonly #database: string;
  readonly #leaderOnly: boolean;
  readonly #rows = new Map<string, DatabaseRow>();
  #known = false;

  constructor(database: string, leaderOnly: boolean) {
    this.#database = database;
    this.#leaderOnly = leaderOnly;
  }

  /** Resolves when this member is one to stay with; rejects with the reason when not. */
  async start(connection: RpcConnection, timeout: number): Promise<void> {
    const request = { Database: [{ columns: ['name', 'model', 'connected', 'leader'] }] };
    try {
      // Without this the server would close the connection whenever a database comes or goes.
      const aware = connection.request('set_db_change_aware', [true], { timeout });
      const rows = connection.request('monitor_cond', ['_Server', MONITOR_ID, request], {
        timeout,
        received: (result) => this.#apply(result as Updates),
      });
      await Promise.all([aware, rows]);
    } catch (error) {
      const old =
        error instanceof OvsdbError && ['unknown method', 'unknown database'].includes(error.error);
      if (!old) throw error;
      return;
    }
    this.#known = true;
    const reason = this.#objection();
    if (reason !== undefined) throw new OvsdbError('not connected', reason);
  }

  /** Takes a notification; gives the reason to leave this member, if there is one. False: none of ours. */
  notified(method: string, params: readonly unknown[]): string | undefined | false {
    if (method !== 'update2' || params[0] !== MONITOR_ID) return false;
    this.#apply(params[1] as Updates);
    return this.#known ? this.#objection() : undefined;
  }

  #apply(updates: Updates): void {
    for (const [uuid, { initial, insert, modify }] of Object.entries(updates.Database ?? {})) {
      const row = initial ?? insert;
      // Columns with their default value (false, "") are left out of new rows.
      if (row !== undefined) this.#rows.set(uuid, row);
      else if (modify !== undefined) this.#rows.set(uuid, { ...this.#rows.get(uuid), ...modify });
      else this.#rows.delete(uuid);
    }
  }

  #objection(): string | undefined {
    const row = [...this.#rows.values()].find(({ name }) => name === this.#database);
    if (row === undefined) return `the server does not serve ${this.#database}`;
    if (row.model === 'standalone') return undefined;
    if (row.connected !== true)
      return `the member is not connected to the cluster of ${this.#database}`;
    if (row.model === 'clustered' && this.#leaderOnly && row.leader !== true) {
      return `the member is not the leader of ${this.#database}`;
    }
    return undefined;
  }
}
