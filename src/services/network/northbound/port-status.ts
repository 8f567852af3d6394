import { sql } from 'kysely';
import type { Logger } from '../../../core/log.ts';
import type { Mirror } from '../../../ovn/index.ts';
import type { PortStatusListener } from '../contract.ts';
import type { NetworkDatabase } from '../tables.ts';

type Status = 'ACTIVE' | 'DOWN';

/** What of Northbound's ports the follower reads. */
export interface LivePort {
  readonly _uuid: string;
  readonly name: string;
  readonly type: string;
  readonly up: readonly boolean[];
  readonly [column: string]: unknown;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const RETRY_MILLISECONDS = 500;
/** A new row of a port that is DOWN tells nothing new, as a rule: it can wait until there is more to write. */
const NEW_ROWS_MILLISECONDS = 500;

const statusOf = (port: LivePort): Status => (port.up[0] === true ? 'ACTIVE' : 'DOWN');

/**
 * Keeps the ports' status as Northbound says it: OVN sets `up` when the port is bound on a host and its flows are
 * there. Several changes are written at once; a status is told to listeners after it is written.
 */
export class PortStatusFollower {
  readonly #database: NetworkDatabase;
  readonly #mirror: Mirror<{ Logical_Switch_Port: LivePort }>;
  readonly #log: Logger;
  readonly #listeners = new Set<PortStatusListener>();
  #pending = new Map<string, Status>();
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #newRows: NodeJS.Timeout | undefined;
  #end: (() => void) | undefined;

  constructor(
    database: NetworkDatabase,
    mirror: Mirror<{ Logical_Switch_Port: LivePort }>,
    log: Logger,
  ) {
    this.#database = database;
    this.#mirror = mirror;
    this.#log = log;
  }

  /** Tells the listener each change from now on; gives a function that ends it. */
  listen(listener: PortStatusListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Catches up with what happened while nobody followed, then follows. The mirror must be filled. */
  async start(): Promise<void> {
    this.#end = this.#mirror.watch(
      (changes) => {
        let isNews = false;
        for (const { before, after } of changes) {
          const name = (after ?? before)!.name;
          if (!UUID.test(name)) continue;
          const status = after === undefined ? 'DOWN' : statusOf(after);
          if (before !== undefined && after !== undefined && statusOf(before) === status) continue;
          this.#pending.set(name, status);
          isNews ||= before !== undefined || status === 'ACTIVE';
        }
        if (isNews) this.#schedule();
        else this.#scheduleNewRows();
      },
      ['Logical_Switch_Port'],
    );
    const table = this.#mirror.table('Logical_Switch_Port');
    const rows = await this.#database
      .selectFrom('network.ports')
      .select(['id', 'status'])
      .where('status', 'in', ['ACTIVE', 'DOWN'])
      .execute();
    for (const { id, status } of rows) {
      const port = table.first('name', id);
      const live = port === undefined ? 'DOWN' : statusOf(port);
      if (live !== status && !this.#pending.has(id)) this.#pending.set(id, live);
    }
    await this.#flush();
  }

  /** Ends following; what is being written is finished. */
  async stop(): Promise<void> {
    this.#end?.();
    clearTimeout(this.#timer);
    clearTimeout(this.#newRows);
    this.#pending.clear();
    await this.#writing;
  }

  #scheduleNewRows(): void {
    if (this.#pending.size === 0 || this.#newRows !== undefined) return;
    this.#newRows = setTimeout(() => {
      this.#newRows = undefined;
      this.#schedule();
    }, NEW_ROWS_MILLISECONDS);
    this.#newRows.unref();
  }

  #schedule(delay?: number): void {
    if (this.#pending.size === 0 || this.#writing !== undefined || this.#timer !== undefined)
      return;
    if (delay === undefined) void this.#flush();
    else {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        void this.#flush();
      }, delay);
      this.#timer.unref();
    }
  }

  #flush(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
      // What came meanwhile; after a failure not at once.
      if (this.#pending.size > 0)
        this.#schedule(this.#timer === undefined ? RETRY_MILLISECONDS : undefined);
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#pending.size > 0) {
      const batch = this.#pending;
      this.#pending = new Map();
      try {
        // With a parent port its trunk is there, as ML2/OVN says it.
        const written = await sql<{ id: string; status: Status }>`
          with port as (
            update network.ports p set status = v.status
            from unnest(${[...batch.keys()]}::uuid[], ${[...batch.values()]}::text[]) as v (id, status)
            where p.id = v.id and p.status <> v.status and p.status <> 'N/A'
            returning p.id, p.status),
          trunk as (
            update network.trunks t set status = 'ACTIVE' from port
            where t.port_id = port.id and port.status = 'ACTIVE' and t.status <> 'ACTIVE')
          select id, status from port`.execute(this.#database);
        for (const { id, status } of written.rows) this.#tell(id, status);
      } catch (error) {
        this.#log.warn({ err: error }, 'port status could not be written; trying again');
        // Newer statuses win.
        this.#pending = new Map([...batch, ...this.#pending]);
        return;
      }
    }
  }

  #tell(id: string, status: Status): void {
    for (const listener of this.#listeners) {
      try {
        listener(id, status);
      } catch (error) {
        this.#log.error({ err: error, port: id }, 'a listener for port status failed');
      }
    }
  }
}
