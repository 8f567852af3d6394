import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import { sql } from 'kysely';
import { transact, type Database, type Transaction } from '../../../database/database.ts';
import {
  insert,
  remove,
  type Ovenbird,
  type OvsdbClient,
  type Projector,
} from '../../../ovn/index.ts';
import type { ImageService, ImageSummary } from '../../image/index.ts';
import type { PlacementService } from '../../placement/index.ts';
import { abandonMove } from '../moves/abandon.ts';
import { openMove } from '../moves/model.ts';
import { loadServers, updateServer, type Server, type ServerChange } from '../servers/model.ts';
import { serverOwner } from '../servers/projection.ts';
import { hostsViewOf } from '../servers/wish.ts';
import { finishEvents } from '../instance_actions/model.ts';
import type { Settler } from '../servers/settler.ts';
import { deleteSnapshot, listSnapshots, type Snapshot } from './model.ts';
import { afterFailure, afterSuccess } from './outcome.ts';
import { NEEDS_STOP, TASKS } from './rules.ts';

type SnapshotImages = Pick<
  ImageService,
  'imagesById' | 'imagesWith' | 'discardImage' | 'removeImage'
>;

const SWEEP_MILLISECONDS = 5000;

/**
 * Sees to it that images which were ordered of servers come about, or are told to have failed: asks the host by a task
 * whose id is the image's, and finishes when the host says so. Level-triggered: the table says what is under way.
 */
export class SnapshotKeeper {
  readonly #database: Database;
  readonly #ovenbird: OvsdbClient<Ovenbird>;
  readonly #image: SnapshotImages;
  readonly #settler: Pick<Settler, 'mark'>;
  readonly #projector: Pick<Projector, 'mark'>;
  readonly #placement: Pick<PlacementService, 'handOver' | 'release'>;
  readonly #offloadTime: number;
  /** Servers whose images wait until they have stopped. */
  #stopping: ReadonlySet<string> = new Set();
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #unwatch: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isOver = true;

  constructor(dependencies: {
    readonly database: Database;
    readonly ovenbird: OvsdbClient<Ovenbird>;
    readonly image: SnapshotImages;
    readonly settler: Pick<Settler, 'mark'>;
    readonly projector: Pick<Projector, 'mark'>;
    readonly placement: Pick<PlacementService, 'handOver' | 'release'>;
    /** Seconds after which shelved servers leave their hosts; -1: never by themselves. */
    readonly offloadTime: number;
    readonly log: Logger;
  }) {
    this.#database = dependencies.database;
    this.#ovenbird = dependencies.ovenbird;
    this.#image = dependencies.image;
    this.#settler = dependencies.settler;
    this.#projector = dependencies.projector;
    this.#placement = dependencies.placement;
    this.#offloadTime = dependencies.offloadTime;
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
    const unwatchServers = this.#ovenbird.mirror.watch(
      (changes) => {
        if (changes.some(({ after }) => after && this.#stopping.has(after.id))) this.mark();
      },
      ['Server'],
    );
    const unwatchTasks = this.#unwatch;
    this.#unwatch = () => {
      unwatchTasks();
      unwatchServers();
    };
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
    await this.#offloadShelved();
    await this.#removeKept();
    const snapshots = await listSnapshots(this.#database);
    this.#stopping = new Set(snapshots.filter(needsStop).map(({ serverId }) => serverId));
    if (snapshots.length === 0 || !this.#ovenbird.state.connected) return;
    const images = await this.#image.imagesById(
      this.#database,
      snapshots.map(({ imageId }) => imageId),
    );
    for (const snapshot of snapshots) {
      const task = this.#ovenbird.mirror.table('Task').first('id', snapshot.imageId);
      const image = images.get(snapshot.imageId);
      if (needsStop(snapshot) && snapshot.taskState !== TASKS[snapshot.purpose])
        await this.#drop(snapshot);
      else if (image?.status === 'active') await this.#succeed(snapshot, image);
      else if (image === undefined) await this.#fail(snapshot, 'the image was deleted meanwhile');
      else if (snapshot.isOrphan) await this.#fail(snapshot, 'the server was deleted meanwhile');
      else if (task === undefined) {
        if (!needsStop(snapshot) || this.#hasStopped(snapshot)) await this.#ask(snapshot);
      } else if (task.status[0] === 'failed')
        await this.#fail(snapshot, task.message[0] ?? 'the host does not say why');
    }
  }

  #hasStopped({ serverId }: Snapshot): boolean {
    const row = this.#ovenbird.mirror.table('Server').first('id', serverId);
    return row?.power === 'stopped' && row.state[0] === 'stopped';
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

  async #succeed(snapshot: Snapshot, image: ImageSummary): Promise<void> {
    const { imageId, purpose, rotation } = snapshot;
    // Before the last step: a crash leaves too many backups until somebody looks again, never too few.
    if (purpose === 'backup') await this.#rotate(image, rotation ?? 1);
    if (needsStop(snapshot)) await this.#removeFormer(snapshot);
    const made = { id: imageId, image: hostsViewOf(image) };
    await this.#finish(snapshot, 'Success', undefined, async (transaction, server) =>
      afterSuccess(server, purpose, made, {
        offload: this.#offloadTime === 0,
        next:
          purpose === 'migrate' ? (await openMove(transaction, server.id))?.dest_host : undefined,
      }),
    );
  }

  async #fail(snapshot: Snapshot, failure: string): Promise<void> {
    // The image first: were it the last step, a crash before it would leave one that waits for ever.
    await this.#image.discardImage(snapshot.imageId);
    await this.#finish(snapshot, 'Error', failure, async (transaction, server) => {
      const change = afterFailure(server, snapshot.purpose);
      if (snapshot.purpose !== 'migrate') return change;
      return { ...change, ...(await abandonMove(this.#placement, transaction, server)) };
    });
  }

  /** The server was told something else meanwhile, or is gone: nobody needs the image any more. */
  async #drop(snapshot: Snapshot): Promise<void> {
    await this.#image.removeImage(snapshot.imageId);
    await this.#finish(
      snapshot,
      'Error',
      'the server was not waited for any longer',
      async () => ({}),
    );
  }

  async #finish(
    { imageId, serverId, purpose }: Snapshot,
    result: 'Success' | 'Error',
    failure: string | undefined,
    changeOf: (transaction: Transaction, server: Server) => Promise<ServerChange>,
  ): Promise<void> {
    await transact(this.#database, async (transaction) => {
      const [server] = await loadServers(transaction, [serverId], { lock: true });
      if (!(await deleteSnapshot(transaction, imageId))) return;
      const change = server ? await changeOf(transaction, server) : {};
      if (Object.keys(change).length > 0) await updateServer(transaction, serverId, change);
      // A server on its way has not arrived yet.
      if (result === 'Error' || purpose !== 'migrate')
        await finishEvents(transaction, serverId, result, failure);
    });
    await this.#ovenbird.transact([remove('Task', [['id', '==', imageId]])]);
    this.#projector.mark(serverOwner(serverId));
    this.#settler.mark(serverId);
    this.#log.info({ server: serverId, image: imageId, purpose, failure }, 'snapshot finished');
  }

  /** An image that was kept of the server before says less than the one that is there now. */
  async #removeFormer({ serverId, imageId }: Snapshot): Promise<void> {
    const [server] = await loadServers(this.#database, [serverId]);
    const former = server?.kept_image_id ?? imageId;
    if (former !== imageId) await this.#image.removeImage(former);
  }

  /** Of a server's backups of one kind the newest stay. */
  async #rotate(image: ImageSummary, rotation: number): Promise<void> {
    const { instance_uuid = '', backup_type = '' } = image.properties;
    const backups = await this.#image.imagesWith(this.#database, image.owner ?? '', {
      image_type: 'backup',
      instance_uuid,
      backup_type,
    });
    const whole = backups.filter(({ status }) => status === 'active');
    for (const { id } of whole.slice(0, Math.max(0, whole.length - rotation)))
      await this.#image.removeImage(id);
  }

  /** Shelved servers leave their hosts after the time that the option says. */
  async #offloadShelved(): Promise<void> {
    if (this.#offloadTime <= 0) return;
    const { rows } = await sql<{ id: string }>`
      update compute.servers
      set task_state = 'shelving_offloading', leaving_for = '', revision = revision + 1
      where vm_state = 'shelved' and task_state is null and deleted_at is null
        and updated_at < clock_timestamp() - make_interval(secs => ${this.#offloadTime})
      returning id
    `.execute(this.#database);
    this.#projector.mark(...rows.map(({ id }) => serverOwner(id)));
    this.#settler.mark(...rows.map(({ id }) => id));
  }

  /**
   * Images that were made only to shelve or move a server go when it runs again, or is gone. One that is stopped may not
   * have been made of it yet: that happens when it is started.
   */
  async #removeKept(): Promise<void> {
    const { rows } = await sql<{ id: string; kept_image_id: string }>`
      select id, kept_image_id from compute.servers
      where kept_image_id is not null and task_state is null
        and (deleted_at is not null or vm_state in ('active', 'paused', 'suspended'))
    `.execute(this.#database);
    for (const { id, kept_image_id: imageId } of rows) {
      await this.#image.removeImage(imageId);
      await sql`
        update compute.servers set kept_image_id = null
        where id = ${id} and kept_image_id = ${imageId}
      `.execute(this.#database);
    }
  }
}

const needsStop = ({ purpose }: Pick<Snapshot, 'purpose'>): boolean => NEEDS_STOP.has(purpose);
