import { mapOf } from '../language/value.ts';
import { newUuid } from '../../../core/ids.ts';
import type { ValueMap } from '../language/index.ts';
import type { ResourceAction, ResourceRow } from '../tables.ts';
import { Interrupted, isPassing, reasonOf, StepFailed } from './failure.ts';
import type { Entry, NewEvent } from './journal.ts';
import { StackView } from './view.ts';

/** How often a thing is looked at that says nothing by itself: soon at first, then every second. */
const FIRST_LOOK = 4;
const LAST_LOOK = 1000;

/** One action of a stack while an engine works on it. Every step is written down before it is done. */
export class Run extends StackView {
  readonly #abort = new AbortController();
  #sleepers = new Set<() => void>();
  #notes: Promise<void>[] = [];
  /** What resources kept for the snapshot that is restored. */
  restored: ReadonlyMap<string, Readonly<Record<string, string>>> | undefined;
  /** Another run does what is to be done; this one leaves everything as it is. */
  superseded = false;
  /** A step of this action has failed: nothing new is begun. */
  failed: StepFailed | undefined;

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Ends the action; what waits is told why. */
  interrupt(reason: string): void {
    this.#abort.abort(new Interrupted(reason));
    this.wake();
  }

  /** Something has happened that those who wait may have waited for. */
  wake(): void {
    const sleepers = this.#sleepers;
    this.#sleepers = new Set();
    for (const wake of sleepers) wake();
  }

  /** Waits, but not longer than until something happens. */
  async pause(milliseconds: number): Promise<void> {
    this.signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#sleepers.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.signal.throwIfAborted();
  }

  /** Asks the services when it is this stack's turn; again when they are away for a moment. */
  async ask<T>(work: () => Promise<T>): Promise<T> {
    for (let wait = 50; ; wait = Math.min(wait * 2, 2000)) {
      this.signal.throwIfAborted();
      try {
        return await this.context.slots.within(this.stack.id, work);
      } catch (error) {
        if (!isPassing(error)) throw error;
        await this.pause(wait);
      }
    }
  }

  /** Asks until the answer is yes. */
  async until(ready: (() => Promise<boolean>) | undefined): Promise<void> {
    if (!ready) return;
    for (let wait = FIRST_LOOK; ; wait = Math.min(wait * 1.6, LAST_LOOK)) {
      if (await this.ask(ready)) return;
      await this.pause(wait);
    }
  }

  /** A new resource, not written down yet. */
  newRow(values: Pick<ResourceRow, 'name' | 'type'> & Partial<ResourceRow>): ResourceRow {
    const row: ResourceRow = {
      id: newUuid(),
      seq: 0,
      stack_id: this.stack.id,
      action: 'INIT',
      status: 'COMPLETE',
      reason: '',
      physical_id: null,
      intended_id: newUuid(),
      properties: null,
      wanted: null,
      needs: [],
      metadata: mapOf([]),
      template_metadata: mapOf([]),
      update_policy: mapOf([]),
      data: {},
      deletion_policy: 'Delete',
      external: false,
      description: '',
      replaces: null,
      replaced_by: null,
      generation: this.stack.generation,
      nested_id: null,
      hooks: {},
      unhealthy: false,
      made_way: false,
      created_at: new Date(),
      updated_at: null,
      ...values,
    };
    this.rows.set(row.id, row);
    return row;
  }

  event(
    row: ResourceRow,
    reason = row.reason,
    properties: ValueMap | null = row.properties,
  ): NewEvent {
    return {
      stack_id: this.stack.id,
      root_id: this.stack.root_id,
      resource_name: row.name,
      resource_type: row.type,
      physical_id: row.physical_id,
      action: row.action,
      status: row.status,
      reason,
      properties,
    };
  }

  /** Writes down what goes with the next entry; `written` waits for it. */
  note(entry: Entry): void {
    const written = this.context.journal.write({ ...entry, later: true });
    written.catch(() => undefined);
    this.#notes.push(written);
  }

  /** Resolves when all that was noted is safe; throws when some of it could not be written. */
  async written(): Promise<void> {
    const notes = this.#notes;
    this.#notes = [];
    await Promise.all([this.context.journal.write({}), ...notes]);
  }

  /** Writes down that a step begins, with whatever else changes with it. */
  async begin(
    row: ResourceRow,
    action: ResourceAction,
    changes: Partial<ResourceRow> = {},
    others: readonly ResourceRow[] = [],
  ): Promise<void> {
    Object.assign(row, changes, {
      action,
      status: 'IN_PROGRESS',
      reason: 'state changed',
      generation: this.stack.generation,
    } satisfies Partial<ResourceRow>);
    const entry: Entry = {
      rows: [row, ...others],
      events: [this.event(row, row.reason, row.wanted ?? row.properties)],
    };
    // That the whole stack goes is written down already: what is gone then may be deleted once more.
    if (action === 'DELETE' && this.stack.action === 'DELETE') this.note(entry);
    else await this.context.journal.write(entry);
  }

  /** Writes down that a step has come to its end. */
  complete(row: ResourceRow, changes: Partial<ResourceRow> = {}): void {
    Object.assign(row, changes, {
      status: 'COMPLETE',
      reason: 'state changed',
      updated_at: row.action === 'UPDATE' ? new Date() : row.updated_at,
    } satisfies Partial<ResourceRow>);
    this.forget(row);
    // Lost, the step is repeated; nothing that rests on it is written down before it.
    this.note({ rows: [row], events: [this.event(row)] });
  }

  /** What is under way has a while to come to its end, none when everything is taken back anyway. */
  #hurry(): void {
    const { disable_rollback: stays, parent_id: parent, action } = this.stack;
    if (action === 'CHECK' || action === 'DELETE') return;
    const back = !stays && parent === null && (action === 'CREATE' || action === 'UPDATE');
    const seconds = back ? 0 : this.context.options.error_wait_time;
    setTimeout(() => this.interrupt('another resource failed'), seconds * 1000).unref();
  }

  /** Writes down that a step has failed, and gives the error that ends the action. */
  async fail(row: ResourceRow, error: unknown): Promise<StepFailed> {
    if (error instanceof StepFailed) return error;
    // Whoever goes on finds the step under way, and looks how it ended.
    if (this.superseded) return new StepFailed(row.name, row.action, 'left to another run');
    const reason =
      error instanceof Interrupted
        ? `${row.action} aborted (${error.message})`
        : reasonOf(row.name, error);
    if (!(error instanceof Interrupted)) {
      this.context.log.info(
        { stack: this.stack.id, resource: row.name, action: row.action, reason },
        'a resource failed',
      );
      if (!('kind' in (error as object)) && (error as Error).name === 'TypeError') {
        this.context.log.error({ error, resource: row.name }, 'a resource type is broken');
      }
    }
    Object.assign(row, { status: 'FAILED', reason } satisfies Partial<ResourceRow>);
    this.forget(row);
    await this.context.journal.write({ rows: [row], events: [this.event(row)] });
    const failure = new StepFailed(row.name, row.action, reason);
    if (!this.failed && !(error instanceof Interrupted)) {
      this.failed = failure;
      this.#hurry();
    }
    return failure;
  }
}
