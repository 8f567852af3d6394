import { sql } from 'kysely';
import { messageOf } from '../../../core/errors.ts';
import type { Database } from '../../../database/database.ts';
import type { OrchestrationContext } from '../context.ts';
import { stackById } from '../stacks/model.ts';
import { tidy } from '../stacks/tidy.ts';
import type { OrchestrationTables } from '../tables.ts';
import type { Run } from './run.ts';
import { loadRun, perform } from './worker.ts';

/** First part of the advisory locks by which engines show that they live. */
const LOCK = 0x0b1d0e;
/** How often what nobody asks for any more is forgotten. */
const TIDY = 3_600_000;
/** How often stacks are looked for whose engine has died, in milliseconds. */
const ROUND = 15_000;

/**
 * Does the actions of stacks. What is to be done stands in the database; an engine takes it by writing its number
 * there. That an engine lives is a lock on a connection of its own: PostgreSQL gives it back the moment the process
 * dies, and the next engine goes on with its stacks at once.
 */
export class Engine {
  /** Of this engine among all there ever were. */
  worker = 0;
  readonly #runs = new Map<string, Run>();
  readonly #busy = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #context: OrchestrationContext | undefined;
  #release: (() => void) | undefined;
  #held: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tidying: NodeJS.Timeout | undefined;
  #stopped = true;

  /** Begins to work; goes on with what others have left. */
  async start(context: OrchestrationContext): Promise<void> {
    this.#context = context;
    this.#stopped = false;
    await this.#live(context.database);
    await this.#adopt();
    const tidying = () =>
      void tidy(context.tables).catch((error: unknown) =>
        context.log.warn({ error: messageOf(error) }, 'tidying up failed; it is tried again'),
      );
    tidying();
    this.#tidying = setInterval(tidying, TIDY).unref();
    this.#timer = setInterval(() => {
      void this.#adopt().catch((error: unknown) =>
        context.log.warn({ error: messageOf(error) }, 'looking for stacks left over failed'),
      );
    }, ROUND).unref();
  }

  /** Ends as a killed process does: what is under way is left alone, and the lock is given back. For tests. */
  async die(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    clearInterval(this.#tidying);
    for (const run of this.#runs.values()) run.superseded = true;
    this.#context?.journal.drop();
    this.#release?.();
    await this.#held;
  }

  /** Ends: what is asked of services now is waited for, everything else is gone on with by the next engine. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    clearInterval(this.#tidying);
    for (const run of this.#runs.values()) {
      run.superseded = true;
      run.interrupt('the engine stops');
    }
    await Promise.allSettled(this.#busy.values());
    await this.#context?.journal.write({}).catch(() => undefined);
    this.#release?.();
    await this.#held;
  }

  /** Takes a number and holds its lock until the end. */
  async #live(database: Database): Promise<void> {
    const ready = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    this.#release = end.resolve;
    this.#held = database
      .connection()
      .execute(async (connection) => {
        const { rows } = await sql<{ id: number }>`
          select nextval('orchestration.workers')::integer as id`.execute(connection);
        await sql`select pg_advisory_lock(${LOCK}, ${rows[0]!.id})`.execute(connection);
        this.worker = rows[0]!.id;
        ready.resolve();
        await end.promise;
        await sql`select pg_advisory_unlock(${LOCK}, ${rows[0]!.id})`
          .execute(connection)
          .catch(() => undefined);
      })
      .catch((error: unknown) => ready.reject(error));
    await ready.promise;
  }

  /** Takes over the stacks of engines that are no more, and all that are ours and lie still. */
  async #adopt(): Promise<void> {
    const { database } = this.#context!;
    await database.connection().execute(async (connection) => {
      const tables = connection.withTables<OrchestrationTables>();
      const { rows } = await sql<{ worker: number | null }>`
        select distinct worker from orchestration.stacks
        where status = 'IN_PROGRESS' and deleted_at is null`.execute(tables);
      for (const { worker } of rows) {
        if (Number(worker) === this.worker) continue;
        const dead =
          worker === null ||
          (
            await sql<{ free: boolean }>`
              select pg_try_advisory_lock(${LOCK}, ${Number(worker)}) as free`.execute(tables)
          ).rows[0]!.free;
        if (!dead) continue;
        await sql`update orchestration.stacks set worker = ${this.worker}
          where status = 'IN_PROGRESS' and worker is not distinct from ${worker}`.execute(tables);
        if (worker !== null)
          await sql`select pg_advisory_unlock(${LOCK}, ${Number(worker)})`.execute(tables);
      }
      const left = await tables
        .selectFrom('orchestration.stacks')
        .select('id')
        .where('status', '=', 'IN_PROGRESS')
        .where('worker', '=', this.worker)
        .execute();
      for (const { id } of left) if (!this.#busy.has(id)) this.kick(id);
    });
  }

  /** There is something to do in a stack. What is being done there for an earlier action ends. */
  kick(id: string): void {
    if (this.#stopped) return;
    if (this.#busy.has(id)) {
      this.#again.add(id);
      const run = this.#runs.get(id);
      if (run) {
        run.superseded = true;
        run.interrupt('another action was begun');
      }
      return;
    }
    const work = this.#work(id).finally(() => {
      this.#busy.delete(id);
      if (this.#again.delete(id)) this.kick(id);
      this.#settle(id);
    });
    this.#busy.set(id, work);
  }

  async #work(id: string): Promise<void> {
    const context = this.#context!;
    for (let failures = 0; !this.#stopped;) {
      try {
        this.#again.delete(id);
        const stack = await stackById(context, id);
        if (!stack || stack.status !== 'IN_PROGRESS' || stack.deleted_at !== null) return;
        // What a run before this one noted is among what is loaded.
        await context.journal.write({});
        const run = await loadRun(context, stack);
        this.#runs.set(id, run);
        try {
          await perform(run);
        } finally {
          this.#runs.delete(id);
        }
        failures = 0;
      } catch (error) {
        context.log.warn({ stack: id, error }, 'working on a stack failed; it is tried again');
        await new Promise((resolve) => setTimeout(resolve, Math.min(100 * 2 ** failures++, 5000)));
      }
    }
  }

  /** What is being done in the stack now; its rows are newer than the database's. */
  runOf(stackId: string): Run | undefined {
    return this.#runs.get(stackId);
  }

  /** Something happened to a stack's resource: who waits looks again. */
  wake(stackId: string): void {
    this.#runs.get(stackId)?.wake();
  }

  /** Ends the action under way: it is taken back, or left where it is. */
  async cancel(id: string, how: 'rollback' | 'stop'): Promise<boolean> {
    const { tables } = this.#context!;
    const changed = await tables
      .updateTable('orchestration.stacks')
      .set({ cancel: how })
      .where('id', '=', id)
      .where('status', '=', 'IN_PROGRESS')
      .returning('id')
      .executeTakeFirst();
    if (changed) this.#runs.get(id)?.interrupt('User cancelled operation');
    return changed !== undefined;
  }

  /** Calls back whenever an action of the stack has ended; the answer ends that. */
  whenSettled(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(id, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  #settle(id: string): void {
    for (const listener of this.#listeners.get(id) ?? []) listener();
  }

  /** Until nothing is done in the stack any more. For tests and for those who wait for a short while. */
  async idle(id: string): Promise<void> {
    while (this.#busy.has(id)) await this.#busy.get(id);
  }
}
