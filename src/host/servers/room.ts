import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import type { Driver, ImageSource, Instance } from '../drivers/driver.ts';
import { definite, HostFault } from '../fault.ts';
import type { DriveFile, ServerReport, ServerWish } from '../wish.ts';
import type { ServerNetwork } from './network.ts';
import type { StartRecords } from './record.ts';
import { nextStep, type Step } from './step.ts';
import type { Turns } from './turns.ts';

/** What a room needs of the agent around it. */
export interface RoomSurroundings {
  readonly driver: Driver;
  readonly source: ImageSource;
  /** The files of a server's config drive. */
  readonly drive: (serverId: string) => Promise<readonly DriveFile[]>;
  readonly records: StartRecords;
  readonly session: string;
  readonly turns: Turns;
  /** Undefined with a driver that has no network. */
  readonly network: ServerNetwork | undefined;
  /** How long a new server waits for OVN's flows before it goes on, in milliseconds. */
  readonly flowPatience: number;
  /** What the row says now; undefined: there is none. May throw a definite fault. */
  readonly wish: () => ServerWish | undefined;
  /** In how many milliseconds a server without a row may be removed; 0: now. */
  readonly patience: () => number;
  readonly report: (report: ServerReport) => void;
  /** The server is gone from this host. */
  readonly gone: () => void;
  readonly log: Logger;
}

/** Why a room looks again. An event cannot end a pause after a failure: the failure itself may have caused it. */
export type Wake = 'order' | 'event' | 'time';

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;
/** So often a doubtful failure may repeat before it is called an error. */
const DOUBTS = 3;

/**
 * One server's place in the agent: a worker that does one thing at a time. It compares the wish with what is, does
 * the next step, and looks again, until nothing is left to do.
 */
export class Room {
  readonly #around: RoomSurroundings;
  readonly #serverId: string;
  #working: Promise<void> | undefined;
  #again: Wake | undefined;
  #closed = false;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #abort = new AbortController();
  #released: string | undefined;
  #last: ServerReport | undefined;

  /** @param last what an earlier agent reported, as the row has it */
  constructor(serverId: string, around: RoomSurroundings, last: ServerReport | undefined) {
    this.#serverId = serverId;
    this.#around = around;
    this.#last = last;
  }

  /** What was reported last. */
  get last(): ServerReport | undefined {
    return this.#last;
  }

  wake(why: Wake): void {
    if (this.#closed) return;
    if (why === 'event' && this.#timer !== undefined && this.#failures > 0) return;
    if (why === 'order') this.#failures = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#again !== 'order') this.#again = why;
    this.#working ??= this.#work();
  }

  /** The server is to go: what is only on the way for it (an image) is not waited for any longer. */
  hurry(): void {
    this.#abort.abort(new HostFault('the server is being deleted'));
  }

  /** Looks again after so many milliseconds. */
  wakeIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake('time'), milliseconds);
    this.#timer.unref();
  }

  /** Does nothing more; resolves when the step that is under way has ended. Servers stay as they are. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#abort.abort(new HostFault('the agent is ending'));
    await this.#working;
  }

  async #work(): Promise<void> {
    try {
      while (this.#again !== undefined && !this.#closed) {
        this.#again = undefined;
        this.#abort = new AbortController();
        try {
          await this.#pass();
          this.#failures = 0;
        } catch (error) {
          this.#failed(error);
        }
      }
    } finally {
      this.#working = undefined;
    }
  }

  async #pass(): Promise<void> {
    // What a step left, when it says so itself: nothing else changes a server between two steps of its room.
    let left: Instance | undefined;
    for (let steps = 0; steps < 20 && !this.#closed; steps++) {
      const wish = this.#around.wish();
      const patience = wish === undefined ? this.#around.patience() : 0;
      if (patience > 0) return this.wakeIn(patience);
      const instance = left ?? (await this.#around.driver.inspect(this.#serverId));
      const record = await this.#around.records.read(this.#serverId);
      const step: Step =
        wish === undefined
          ? { kind: 'remove' }
          : nextStep(wish, instance, record, this.#around.session);
      if (step.kind !== 'settled')
        this.#around.log.info({ server: this.#serverId, ...step }, 'step');
      if (step.kind === 'remove') return this.#remove(wish);
      if (wish === undefined) return;
      if (step.kind === 'wait') {
        await this.#around.network?.unplug();
        this.#report(wish, instance, 'preparing', `it ended with exit code ${instance?.exitCode}`);
        return this.wakeIn(step.milliseconds);
      }
      if (step.kind === 'settled') return this.#settle(wish, instance);
      left = await this.#do(step, wish, instance);
    }
    throw new HostFault('it does not come to rest');
  }

  async #do(
    step: Exclude<Step, { kind: 'settled' | 'remove' | 'wait' }>,
    wish: ServerWish,
    instance: Instance | undefined,
  ): Promise<Instance | undefined> {
    const { driver, network, turns, source, records, session } = this.#around;
    switch (step.kind) {
      case 'create':
        this.#report(wish, undefined, 'preparing');
        network?.prepare(wish.interfaces);
        await this.#fillDrive(wish);
        return driver.create(wish, source, this.#abort.signal);
      case 'start': {
        this.#report(wish, instance, 'preparing');
        network?.prepare(wish.interfaces);
        const { generation } = wish;
        const before = instance?.run ?? null;
        // It was filled for `create` a moment ago.
        if (instance?.run !== undefined) await this.#fillDrive(wish);
        await records.write(this.#serverId, {
          generation,
          run: before,
          session,
          stopped: false,
          ...(step.restarts === undefined ? {} : { restarts: step.restarts }),
        });
        const started = await turns.take(() => driver.start(wish));
        await network?.plug(started, wish.interfaces);
        await this.#release(wish, started);
        return started;
      }
      case 'stop':
        if (step.reboot) this.#report(wish, instance, 'preparing');
        else await this.#noteStop(wish);
        await driver.stop(this.#serverId, step.seconds);
        await network?.unplug();
        return undefined;
      case 'pause':
        // A server that was not let through the gate yet would be frozen before its first instruction.
        if (instance !== undefined) await this.#arrange(wish, instance);
        await driver.pause(this.#serverId);
        return undefined;
      case 'suspend':
        // As with a pause: it passes its gate first.
        if (instance !== undefined) await this.#arrange(wish, instance);
        if (driver.suspend === undefined) {
          throw definite(`the driver ${driver.name} of this host cannot suspend servers`);
        }
        await driver.suspend(this.#serverId);
        return undefined;
      case 'rescue':
        this.#report(wish, instance, 'preparing');
        if (driver.rescue === undefined) {
          throw definite(`the driver ${driver.name} of this host cannot rescue servers`);
        }
        await this.#fillDrive(wish);
        await driver.rescue(wish, source, this.#abort.signal);
        return undefined;
      case 'unrescue':
        this.#report(wish, instance, 'preparing');
        await driver.unrescue?.(this.#serverId);
        await network?.unplug();
        return undefined;
      case 'unpause':
        await driver.unpause(this.#serverId);
        return undefined;
      case 'discard':
        this.#report(wish, undefined, 'preparing');
        await driver.remove(this.#serverId);
        await records.remove(this.#serverId);
        await network?.unplug();
        return undefined;
    }
  }

  async #settle(wish: ServerWish, instance: Instance | undefined): Promise<void> {
    // What is only frozen keeps its interfaces, and with them addresses, routes and connections.
    const isFrozen = instance?.state === 'suspended' && instance.processId !== undefined;
    const alive = instance?.state === 'running' || instance?.state === 'paused' || isFrozen;
    if (!alive) {
      if (wish.power === 'stopped') await this.#noteStop(wish);
      await this.#around.network?.unplug();
      return this.#report(
        wish,
        instance,
        instance?.state === 'suspended' ? 'suspended' : 'stopped',
      );
    }
    await this.#arrange(wish, instance);
    this.#report(wish, instance, instance.state);
  }

  async #fillDrive(wish: ServerWish): Promise<void> {
    const { driver, drive } = this.#around;
    if (!wish.configDrive) return;
    if (driver.fillDrive === undefined) {
      throw definite(`the driver ${driver.name} of this host makes no config drives`);
    }
    await driver.fillDrive(this.#serverId, await drive(this.#serverId));
  }

  /** Interfaces as wished and the gate open. */
  async #arrange(wish: ServerWish, instance: Instance): Promise<void> {
    const record = await this.#around.records.read(this.#serverId);
    // Somebody else started it, or our notes were lost: it counts as what is wished now.
    if (record === undefined || record.stopped) {
      const { session } = this.#around;
      const { generation } = wish;
      await this.#around.records.write(this.#serverId, {
        generation,
        run: null,
        session,
        stopped: false,
      });
    }
    await this.#around.network?.adjust(instance, wish.interfaces);
    await this.#release(wish, instance);
  }

  async #release(wish: ServerWish, instance: Instance): Promise<void> {
    if (this.#released === instance.run) return;
    await this.#around.network?.carried(wish.interfaces, this.#around.flowPatience);
    await this.#around.driver.release(instance);
    this.#released = instance.run;
    if (wish.power === 'running') this.#report(wish, instance, 'running');
  }

  async #noteStop(wish: ServerWish): Promise<void> {
    const record = await this.#around.records.read(this.#serverId);
    if (record === undefined || record.stopped) return;
    await this.#around.records.write(this.#serverId, { ...record, stopped: true });
    this.#around.log.debug({ server: wish.id }, 'stopped by order');
  }

  async #remove(wish: ServerWish | undefined): Promise<void> {
    await this.#around.network?.unplug();
    await this.#around.driver.remove(this.#serverId);
    await this.#around.records.remove(this.#serverId);
    if (wish !== undefined) this.#report(wish, undefined, 'deleted');
    this.#closed = true;
    this.#around.gone();
  }

  #failed(error: unknown): void {
    if (this.#closed || this.#abort.signal.aborted) {
      this.wake('order');
      return;
    }
    this.#failures++;
    if (this.#again === 'event') this.#again = undefined;
    const fault =
      error instanceof HostFault ? error : new HostFault(messageOf(error), { cause: error });
    const isError = fault.definite || (fault.doubtful && this.#failures >= DOUBTS);
    this.#around.log.warn(
      { server: this.#serverId, failures: this.#failures, err: fault },
      isError ? 'server in error' : 'step failed, will be tried again',
    );
    const last = this.#last;
    this.#tell({
      observedGeneration: last?.observedGeneration ?? 0,
      exitCode: last?.exitCode,
      containerId: last?.containerId,
      startedAt: last?.startedAt,
      finishedAt: last?.finishedAt,
      plugged: this.#around.network?.plugged ?? [],
      state: isError ? 'error' : (last?.state ?? 'preparing'),
      message: fault.message.slice(0, 1000),
    });
    this.wakeIn(Math.min(FIRST_PAUSE * 2 ** (this.#failures - 1), LONGEST_PAUSE));
  }

  #report(
    wish: ServerWish,
    instance: Instance | undefined,
    state: ServerReport['state'],
    message?: string,
  ): void {
    const seconds = (date: Date | undefined) =>
      date === undefined ? undefined : Math.floor(date.getTime() / 1000);
    this.#tell({
      state,
      observedGeneration:
        state === 'preparing' ? (this.#last?.observedGeneration ?? 0) : wish.generation,
      exitCode: instance?.exitCode,
      message,
      containerId: instance?.containerId,
      startedAt: seconds(instance?.startedAt),
      finishedAt: seconds(instance?.finishedAt),
      plugged:
        this.#around.network === undefined
          ? state === 'running' || state === 'paused'
            ? wish.interfaces.map(({ portId }) => portId)
            : []
          : this.#around.network.plugged,
    });
  }

  #tell(report: ServerReport): void {
    this.#last = report;
    this.#around.report(report);
  }
}
