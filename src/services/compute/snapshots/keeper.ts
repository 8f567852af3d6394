import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import { transact, type Database } from '../../../database/database.ts';
import { insert, remove, type Ovenbird, type OvsdbClient } from '../../../ovn/index.ts';
import type { ImageService } from '../../image/index.ts';
import { finishEvents } from '../instance_actions/model.ts';
import type { Settler } from '../servers/settler.ts';
import { tablesOf } from '../tables.ts';
import { deleteSnapshot, listSnapshots, type Snapshot } from './model.ts';
import { SNAPSHOT_TASK } from './rules.ts';

const SWEEP_MILLISECONDS = 5000;

/**
 * Sees to it that images which were ordered of servers come about, or are told to have failed: asks the host by a task
 * whose id is the image's, and finishes when the host says so. Level-triggered: the table says what is under way.
 */
export class SnapshotKeeper {
  readonly #database: Database;
  readonly #ovenbird: OvsdbClient<Ovenbird>;
  readonly #image: Pick<ImageService, 'imagesById' | 'discardImage'>;
  readonly #settler: Pick<Settler, 'mark'>;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #unwatch: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isOver = true;

  constructor(dependencies: {
    readonly database: Database;
    readonly ovenbird: OvsdbClient<Ovenbird>;
    readonly image: Pick<ImageService, 'imagesById' | 'discardImage'>;
    readonly settler: Pick<Settler, 'mark'>;
    readonly log: Logger;
  }) {
    this.#database = dependencies.database;
    this.#ovenbird = dependencies.ovenbird;
    this.#image = dependencies.image;
    this.#settler = dependencies.settler;
    this.#log = dependencies.log;
  }

  start(): void {
    this.#isOver = false;
    this.#unwatch = this.#ovenbird.mirror.watch(
      (changes) => {
        if (changes.some(({ after }) => after?.kind === 'snapshot' && after.status.length > 0))
          this.mark();
      },
      ['Task'],
    );
    this.#sweep();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#unwatch?.();
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** There is something new. */
  mark(): void {
    if (this.#isOver) return;
    this.#looking = this.#looking
      .then(() => this.#look())
      .catch((error: unknown) => {
        this.#log.warn({ reason: messageOf(error) }, 'snapshots are looked at again later');
      });
  }

  #sweep(): void {
    this.mark();
    void this.#looking.then(() => {
      if (!this.#isOver) this.#timer = setTimeout(() => this.#sweep(), SWEEP_MILLISECONDS);
    });
  }

  async #look(): Promise<void> {
    const snapshots = await listSnapshots(this.#database);
    if (snapshots.length === 0 || !this.#ovenbird.state.connected) return;
    const images = await this.#image.imagesById(
      this.#database,
      snapshots.map(({ imageId }) => imageId),
    );
    for (const snapshot of snapshots) {
      const task = this.#ovenbird.mirror.table('Task').first('id', snapshot.imageId);
      const status = images.get(snapshot.imageId)?.status;
      if (status === 'active') await this.#finish(snapshot, undefined);
      else if (status === undefined)
        await this.#finish(snapshot, 'the image was deleted meanwhile');
      else if (snapshot.isOrphan) await this.#finish(snapshot, 'the server was deleted meanwhile');
      else if (task === undefined) await this.#ask(snapshot);
      else if (task.status[0] === 'failed')
        await this.#finish(snapshot, task.message[0] ?? 'the host does not say why');
    }
  }

  async #ask({ imageId, serverId, host }: Snapshot): Promise<void> {
    await this.#ovenbird.transact([
      insert('Task', {
        id: imageId,
        host,
        server_id: serverId,
        kind: 'snapshot',
        reply_to: `/host/v1/images/${imageId}/file`,
        created_at: Math.floor(Date.now() / 1000),
      }),
    ]);
  }

  async #finish({ imageId, serverId }: Snapshot, failure: string | undefined): Promise<void> {
    // The image first: were it the last step, a crash before it would leave one that waits for ever.
    if (failure !== undefined) await this.#image.discardImage(imageId);
    await transact(this.#database, async (transaction) => {
      if (!(await deleteSnapshot(transaction, imageId))) return;
      await tablesOf(transaction)
        .updateTable('compute.servers')
        .set({ task_state: null, updated_at: new Date() })
        .where('id', '=', serverId)
        .where('task_state', '=', SNAPSHOT_TASK)
        .execute();
      await finishEvents(
        transaction,
        serverId,
        failure === undefined ? 'Success' : 'Error',
        failure,
      );
    });
    await this.#ovenbird.transact([remove('Task', [['id', '==', imageId]])]);
    this.#settler.mark(serverId);
    this.#log.info({ server: serverId, image: imageId, failure }, 'snapshot finished');
  }
}
