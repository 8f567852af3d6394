import { setImmediate } from 'node:timers';
import type { Logger } from '../core/log.ts';
import { update, type Operation, type Ovenbird, type OvsdbClient } from '../ovn/index.ts';
import { reportDifference } from './rows.ts';
import type { ServerReport } from './wish.ts';

/**
 * Writes what rooms observe into their rows. Only the newest report of a server counts, several in one turn are one
 * transaction, and only columns that differ are written; after a lost connection all are compared again.
 */
export class Reporter {
  readonly #client: OvsdbClient<Ovenbird>;
  readonly #host: string;
  readonly #log: Logger;
  readonly #latest = new Map<string, ServerReport>();
  readonly #dirty = new Set<string>();
  #scheduled = false;
  #writing = false;
  #closed = false;

  constructor(client: OvsdbClient<Ovenbird>, host: string, log: Logger) {
    this.#client = client;
    this.#host = host;
    this.#log = log;
  }

  report(serverId: string, report: ServerReport): void {
    this.#latest.set(serverId, report);
    this.#dirty.add(serverId);
    this.#schedule();
  }

  /** The row has gone, or the server has left this host. */
  forget(serverId: string): void {
    this.#latest.delete(serverId);
  }

  /** Compares every report with its row again. */
  refresh(): void {
    for (const id of this.#latest.keys()) this.#dirty.add(id);
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
  }

  #schedule(milliseconds = 0): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    const go = () => {
      this.#scheduled = false;
      void this.#flush();
    };
    if (milliseconds === 0) setImmediate(go);
    else setTimeout(go, milliseconds).unref();
  }

  async #flush(): Promise<void> {
    if (this.#writing || this.#dirty.size === 0 || this.#closed) return;
    const ids = [...this.#dirty];
    this.#dirty.clear();
    const operations: Operation[] = [];
    for (const id of ids) {
      const report = this.#latest.get(id);
      const row = this.#client.mirror.table('Server').first('id', id);
      if (report === undefined || row === undefined || row.host !== this.#host) continue;
      const columns = reportDifference(row, report);
      if (Object.keys(columns).length > 0) {
        // By id, not by uuid: a row that has gone meanwhile is then no failure of the others.
        operations.push(update('Server', [['id', '==', id]], columns));
      }
    }
    if (operations.length === 0) return;
    this.#writing = true;
    let pause = 0;
    try {
      await this.#client.transact(operations);
    } catch (error) {
      if (!this.#closed) this.#log.warn({ err: error }, 'reports could not be written, again soon');
      for (const id of ids) this.#dirty.add(id);
      pause = 500;
    } finally {
      this.#writing = false;
    }
    if (this.#dirty.size > 0) this.#schedule(pause);
  }
}
