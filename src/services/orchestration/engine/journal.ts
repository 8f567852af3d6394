import { sql } from 'kysely';
import { newUuid } from '../../../core/ids.ts';
import type { Database } from '../../../database/database.ts';
import type { EventRow, ResourceRow } from '../tables.ts';

/** What is to be written down together. */
export interface Entry {
  readonly rows?: readonly ResourceRow[];
  readonly events?: readonly NewEvent[];
  /** Ids of resources that are no more. */
  readonly removed?: readonly string[];
  /** Goes with what is written next, or in a moment by itself: for what is only done again when it is lost. */
  readonly later?: boolean;
}

export type NewEvent = Omit<EventRow, 'id' | 'seq' | 'at'>;

interface Waiting {
  readonly entry: Entry;
  readonly rows: readonly ResourceRow[];
  readonly at: Date;
  resolve(): void;
  reject(error: unknown): void;
}

/** Most entries that are written at once. */
const MOST = 200;
/** Longest that an entry waits for company, in milliseconds. */
const COMPANY = 100;

/**
 * What the engine does, written down before it is done. Entries that come while one is being written are written
 * together: a stack of a thousand resources costs few transactions, a small one waits for nobody.
 */
export class Journal {
  readonly #database: Database;
  #waiting: Waiting[] = [];
  #urgent = 0;
  #writing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Resolves when the entry is safe, and all that were given before it. Rows are written as they are at the time of the
   * call, entries in their order.
   */
  write(entry: Entry): Promise<void> {
    return new Promise((resolve, reject) => {
      const rows = (entry.rows ?? []).map((row) => ({ ...row }));
      this.#waiting.push({ entry, rows, at: new Date(), resolve, reject });
      if (entry.later) {
        this.#timer ??= setTimeout(() => {
          this.#timer = undefined;
          // Whoever gave the entries learns when that fails.
          this.write({}).catch(() => undefined);
        }, COMPANY);
        return;
      }
      this.#urgent++;
      if (!this.#writing) void this.#flush();
    });
  }

  /** Forgets what is not being written yet, as a process does that is killed. For tests. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#waiting = this.#waiting.filter(({ entry }) => !entry.later);
  }

  async #flush(): Promise<void> {
    this.#writing = true;
    // What the same turn of the loop writes goes with it.
    await Promise.resolve();
    while (this.#urgent > 0) {
      const batch = this.#waiting.splice(0, MOST);
      this.#urgent -= batch.filter(({ entry }) => !entry.later).length;
      if (this.#waiting.length === 0) {
        clearTimeout(this.#timer);
        this.#timer = undefined;
      }
      try {
        await this.#store(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = false;
  }

  async #store(batch: readonly Waiting[]): Promise<void> {
    // The last word about a resource is the one that counts; what was removed meanwhile is not written again.
    const rows = new Map<string, ResourceRow>();
    const removed = new Set<string>();
    const events: object[] = [];
    for (const { entry, rows: written, at } of batch) {
      for (const row of written) rows.set(row.id, row);
      for (const id of entry.removed ?? []) {
        rows.delete(id);
        removed.add(id);
      }
      for (const event of entry.events ?? []) events.push({ ...event, id: newUuid(), at });
    }
    if (rows.size + removed.size + events.length === 0) return;
    await sql`with
      stored as (
        insert into orchestration.resources (${COLUMNS})
        select ${COLUMNS} from json_populate_recordset(
          null::orchestration.resources, ${JSON.stringify([...rows.values()])}::json)
        on conflict (id) do update set ${UPDATES}),
      happened as (
        insert into orchestration.events (${EVENT_COLUMNS})
        select ${EVENT_COLUMNS} from json_populate_recordset(
          null::orchestration.events, ${JSON.stringify(events)}::json))
      delete from orchestration.resources where id = any(${[...removed]}::uuid[])`.execute(
      this.#database,
    );
  }
}

const NAMES =
  `id stack_id name type action status reason physical_id intended_id properties wanted needs metadata
  template_metadata update_policy data deletion_policy external description replaces replaced_by generation nested_id
  hooks unhealthy made_way created_at updated_at`.split(/\s+/);
const EVENT_NAMES =
  `id stack_id root_id resource_name resource_type physical_id action status reason properties
  at`.split(/\s+/);
const COLUMNS = sql.join(NAMES.map((name) => sql.ref(name)));
const EVENT_COLUMNS = sql.join(EVENT_NAMES.map((name) => sql.ref(name)));
const UPDATES = sql.join(
  NAMES.filter(
    (name) => !['id', 'stack_id', 'name', 'created_at', 'intended_id'].includes(name),
  ).map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`),
);
