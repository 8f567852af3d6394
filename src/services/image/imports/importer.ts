import { addAbortSignal, type Readable } from 'node:stream';
import { badRequest, conflict, Fault } from '../../../core/errors.ts';
import { sleep } from '../../../core/time.ts';
import type { ImageContext } from '../context.ts';
import { receive, tooLarge } from '../files/receive.ts';
import { asFault } from '../files/upload.ts';
import type { StoredData } from '../images/model.ts';
import type { Draft, Store } from '../stores/store.ts';
import type { ImageRow, TaskRow } from '../tables.ts';
import type { AddressFilter } from './addresses.ts';
import { download } from './download.ts';

/** Imports at a time, and of one project: a slow source must not keep others waiting. */
const AT_ONCE = 8;
const OF_PROJECT = 2;

interface Source {
  readonly stream: Readable;
  readonly announced: number | undefined;
  readonly size: number;
}

/** What came of writing to the stores. */
interface Written {
  readonly data: StoredData;
  readonly stores: readonly string[];
  readonly failed: readonly string[];
}

/**
 * Does the imports, beside the requests that asked for them. A task is in the database before anybody is told of it,
 * and one that a crash cut off is done again from its beginning.
 */
export class Importer {
  private readonly context: ImageContext;
  private readonly filter: AddressFilter;
  private readonly waiting: TaskRow[] = [];
  /** With whose they are. */
  private readonly running = new Map<Promise<void>, string | null>();
  private readonly controller = new AbortController();

  constructor(context: ImageContext, filter: AddressFilter) {
    this.context = context;
    this.filter = filter;
  }

  /** Takes up what was not finished when the process ended. */
  async start(): Promise<void> {
    for (const task of await this.context.tasks.living()) this.submit(task);
  }

  submit(task: TaskRow): void {
    this.waiting.push(task);
    this.next();
  }

  /** Breaks off what runs: the next start does it again. */
  async stop(): Promise<void> {
    this.controller.abort(new Error('the control plane stops'));
    this.waiting.length = 0;
    await Promise.all(this.running.keys());
  }

  private next(): void {
    if (this.running.size >= AT_ONCE || this.controller.signal.aborted) return;
    const owners = [...this.running.values()];
    const index = this.waiting.findIndex(
      ({ owner }) => owners.filter((other) => other === owner).length < OF_PROJECT,
    );
    const [task] = index < 0 ? [] : this.waiting.splice(index, 1);
    if (task === undefined) return;
    const work: Promise<void> = this.run(task)
      .catch((error: unknown) =>
        this.context.log.error({ error, task: task.id }, 'an import went wrong'),
      )
      .finally(() => {
        this.running.delete(work);
        this.next();
      });
    this.running.set(work, task.owner);
    this.next();
  }

  private async run(task: TaskRow): Promise<void> {
    const { images, tasks, staging, stores, options, log } = this.context;
    const { signal } = this.controller;
    const hours = options.task_time_to_live;
    try {
      await tasks.move(task.id, 'processing', '');
      const row = await images.find(task.image_id);
      if (row === undefined) return;
      const { data, stores: written, failed } = await this.fill(task, row);
      const state = { stores: written, failed, ...(isCopy(task) ? {} : { data }) };
      if (!(await this.persist(() => images.endImport(row.id, task.id, state)))) {
        // Deleted while its data was on the way; or it was done, and the database went away before it said so.
        const present = await this.persist(() => images.find(row.id));
        const lost = written.filter((store) => present?.stores.includes(store) !== true);
        await stores.remove(row.id, lost);
        if (lost.length > 0) return;
      }
      const message = failed.length > 0 ? `not written to ${failed.join(', ')}` : '';
      await this.persist(() => tasks.move(task.id, 'success', message, hours));
    } catch (error) {
      if (signal.aborted) return;
      const message = reasonOf(error);
      if (!(error instanceof Fault)) log.error({ error, task: task.id }, 'an import failed');
      const failed = task.input.backend;
      await this.persist(() => images.endImport(task.image_id, task.id, { stores: [], failed }));
      await this.persist(() => tasks.move(task.id, 'failure', message, hours));
    }
    // Whatever came of it, what was staged is of no use any more.
    if (task.input.import_req.method.name === 'glance-direct') await staging.remove(task.image_id);
  }

  /** Writes the data to all stores of the task in one pass. */
  private async fill(task: TaskRow, row: ImageRow): Promise<Written> {
    const { stores, receiving } = this.context;
    const { import_req: request, backend } = task.input;
    const targets = backend.map((id) => stores.named(id));
    const source = await this.source(task, row);
    addAbortSignal(this.controller.signal, source.stream);
    const every = request.all_stores_must_succeed ?? true;
    const writers = new Writers(targets, every, this.context);
    try {
      await writers.open(row.id);
      const data = await receive(row, source.stream, source, receiving, (block) =>
        writers.write(block),
      );
      if (
        isCopy(task) &&
        data.osHashAlgo === row.os_hash_algo &&
        data.osHashValue !== row.os_hash_value
      )
        throw conflict(`The data of image ${row.id} is damaged: its hash is another one.`);
      await writers.commit();
      return { data, stores: writers.good, failed: writers.failed };
    } catch (error) {
      await writers.discard();
      throw asFault(error);
    } finally {
      source.stream.destroy();
    }
  }

  private async source(task: TaskRow, row: ImageRow): Promise<Source> {
    const { staging, stores, quota, options } = this.context;
    const { method } = task.input.import_req;
    if (method.name === 'copy-image') {
      const size = options.image_size_cap;
      return { stream: await stores.read(row), announced: row.size ?? undefined, size };
    }
    const size = await quota.room(row.owner, 'image_size_total', true);
    if (method.name === 'glance-direct') {
      if (!(await staging.has(row.id)))
        throw badRequest(`Nothing is staged for image ${row.id}: stage it again.`);
      return { stream: await staging.read(row.id), announced: row.size ?? undefined, size };
    }
    const got = await download(method.uri ?? '', this.filter, this.controller.signal);
    if (got.size !== undefined && got.size > size) {
      got.stream.destroy();
      throw tooLarge(size);
    }
    return { stream: got.stream, announced: got.size, size };
  }

  /** Does something that must be done in the end, however long the database is away. */
  private async persist<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        this.context.log.warn({ error, attempt }, 'could not write down what came of an import');
        await sleep(Math.min(250 * 2 ** attempt, 15_000), this.controller.signal);
      }
    }
  }
}

/** What the owner of an image is told: no details of this machine. */
function reasonOf(error: unknown): string {
  if (error instanceof Fault) return error.message;
  const { code } = Object(error) as { code?: string };
  return code === 'ECONNRESET'
    ? 'The connection ended before all of the data was there.'
    : 'Something went wrong that is not the data’s fault: the log of the control plane says more.';
}

const isCopy = (task: TaskRow): boolean => task.input.import_req.method.name === 'copy-image';

/** The drafts of several stores, written to at once. */
class Writers {
  private readonly context: ImageContext;
  private readonly every: boolean;
  private drafts: { readonly store: Store; readonly draft: Draft }[] = [];
  private readonly targets: readonly Store[];
  private readonly committed: string[] = [];
  /** Stores that failed while others went on. */
  readonly failed: string[] = [];
  private image = '';

  /** `every`: one store that fails is the end of it. */
  constructor(targets: readonly Store[], every: boolean, context: ImageContext) {
    this.targets = targets;
    this.every = every;
    this.context = context;
  }

  /** Stores that have the data, in the order in which they were asked for. */
  get good(): readonly string[] {
    return this.targets.map(({ id }) => id).filter((id) => this.committed.includes(id));
  }

  async open(image: string): Promise<void> {
    this.image = image;
    for (const store of this.targets) {
      try {
        this.drafts.push({ store, draft: await store.draft(image) });
      } catch (error) {
        this.fail(store, error);
      }
    }
    this.mustHaveSome();
  }

  async write(block: Buffer): Promise<void> {
    await this.each(({ draft }) => draft.write(block));
    this.mustHaveSome();
  }

  async commit(): Promise<void> {
    await this.each(async ({ store, draft }) => {
      await draft.commit();
      this.committed.push(store.id);
    });
    if (this.committed.length === 0) this.mustHaveSome();
  }

  async discard(): Promise<void> {
    await Promise.all(this.drafts.map(({ draft }) => draft.discard().catch(() => undefined)));
    await this.context.stores.remove(this.image, this.committed);
  }

  private async each(work: (each: { store: Store; draft: Draft }) => Promise<void>): Promise<void> {
    const results = await Promise.allSettled(this.drafts.map(work));
    const living = this.drafts.filter((_, index) => results[index]!.status === 'fulfilled');
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue;
      const { store, draft } = this.drafts[index]!;
      if (!this.every) await draft.discard().catch(() => undefined);
      this.fail(store, result.reason);
    }
    this.drafts = living;
  }

  private fail(store: Store, error: unknown): void {
    this.context.log.error(
      { error, image: this.image, store: store.id },
      'a store did not take image data',
    );
    this.failed.push(store.id);
    if (this.every) throw asFault(error);
  }

  private mustHaveSome(): void {
    if (this.drafts.length === 0)
      throw new Fault('unavailable', `No store took the data: ${this.failed.join(', ')} failed.`);
  }
}
