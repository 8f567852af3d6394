import path from 'node:path';
import type { ConsoleSize } from '../../../core/console-session.ts';
import type { Logger } from '../../../core/log.ts';
import { definite, passing } from '../../fault.ts';
import type { DriveFile, ImageWish, ServerWish } from '../../wish.ts';
import {
  capabilitiesOf,
  secondsSince,
  type Usage,
  type ConsoleKind,
  type ConsoleLimits,
  type Driver,
  type DriverEvent,
  type HostDescription,
  type ImageSource,
  type Instance,
  type OpenConsole,
  type SoftwareOutcome,
  type SoftwareWish,
} from '../driver.ts';
import type { Owner } from './container.ts';
import { Containers } from './containers.ts';
import { Maker } from './create.ts';
import { describeHost } from './describe.ts';
import { Engine } from './engine.ts';
import { eventsOf } from './events.ts';
import { setPassword } from './exec.ts';
import { GATE_PATIENCE, rescueOf, ServerFolders } from './folder.ts';
import { planOf } from './guest/plan.ts';
import { ImageStore } from './image.ts';
import { limit } from './limit.ts';
import { launch } from './launch.ts';
import { endLeftoverTask } from './leftover.ts';
import { outputOf, terminalOutput } from './logs.ts';
import { Power } from './power.ts';
import { Rescue } from './rescue.ts';
import { saveContainer } from './snapshot.ts';
import { carryOut } from './software.ts';
import { Terminals } from './terminal.ts';
import { usageOfContainer, type ContainerStatistics } from './usage.ts';

export interface DockerOptions extends Owner {
  /** Path of the engine's unix socket. */
  readonly socketPath: string;
  /** Folder of this host (`paths(home).host(name)`): servers' folders and downloads are below it. */
  readonly folder: string;
  readonly log: Logger;
}

/** Servers as containers of a Docker Engine. */
export class DockerDriver implements Driver {
  readonly name = 'docker';
  readonly plug = 'namespace';
  readonly capabilities = capabilitiesOf(
    'pause',
    'suspend',
    'console',
    'terminal',
    'network',
    'attach_interface',
    'limits',
    'snapshot',
    'diagnostics',
    'image_cache',
    'resize',
    'config_drive',
    'rescue',
    'password',
    'software',
    'restart',
  );
  readonly #engine: Engine;
  readonly #images: ImageStore;
  readonly #folders: ServerFolders;
  readonly #containers: Containers;
  readonly #maker: Maker;
  readonly #power: Power;
  readonly #terminals: Terminals;
  readonly #options: DockerOptions;
  readonly #rescue: Rescue;
  #cleaned: Promise<void> | undefined;
  /** Servers made by this process and not started yet. */
  readonly #made = new Set<string>();

  constructor(options: DockerOptions) {
    this.#options = options;
    this.#engine = new Engine(options.socketPath);
    this.#images = new ImageStore(this.#engine, path.join(options.folder, 'downloads'));
    this.#folders = new ServerFolders(path.join(options.folder, 'servers'));
    this.#containers = new Containers(this.#engine, this.#folders, options);
    this.#maker = new Maker(this.#containers, this.#images, options.log);
    this.#power = new Power(this.#containers);
    this.#rescue = new Rescue(this.#containers);
    this.#terminals = new Terminals(this.#engine, options.folder, (id) =>
      this.#containers.find(id),
    );
  }

  describe(): Promise<HostDescription> {
    return describeHost(this.#engine, this.#options.folder);
  }

  list(): Promise<string[]> {
    return this.#containers.list();
  }

  inspect(serverId: string): Promise<Instance | undefined> {
    return this.#containers.inspect(serverId);
  }

  async cacheImage(image: ImageWish, source: ImageSource, signal: AbortSignal): Promise<void> {
    this.#cleaned ??= this.#images.clean();
    await this.#cleaned;
    await this.#images.prepare(image, source, signal);
  }

  async create(wish: ServerWish, source: ImageSource, signal: AbortSignal): Promise<Instance> {
    this.#cleaned ??= this.#images.clean();
    await this.#cleaned;
    await this.#maker.make(wish, source, signal, () => this.#cpus());
    const instance = await this.inspect(wish.id);
    if (instance === undefined) throw passing('the container vanished while it was made');
    this.#made.add(wish.id);
    return instance;
  }

  async start(wish: ServerWish): Promise<Instance> {
    await this.#folders.close(wish.id);
    // Of a server made by an earlier agent, or long ago, the folder may have gone or be of an older version.
    const before = await this.inspect(wish.id);
    const isRescued = before?.rescue !== undefined;
    if (before?.state === 'suspended') {
      await this.unpause(wish.id);
      return { ...before, state: 'running' };
    }
    if (!this.#made.delete(wish.id)) {
      await this.#folders.prepare(wish.id, wish, planOf(wish.userData, wish));
      await limit(this.#containers, wish, await this.#cpus());
    }
    if (isRescued) await this.#hold(wish.id);
    await launch(
      isRescued ? this.#containers.rescueName(wish.id) : this.#containers.name(wish.id),
      wish.id,
      this.#engine,
      this,
      this.#options.log,
    );
    const instance = await this.inspect(wish.id);
    if (instance === undefined) throw passing('the container vanished while it was started');
    return instance;
  }

  async release(instance: Instance): Promise<void> {
    const age = Date.now() - (instance.startedAt?.getTime() ?? 0);
    const { serverId, rescue } = instance;
    const place = rescue === undefined ? serverId : rescueOf(serverId);
    await this.#folders.open(place, age < GATE_PATIENCE);
  }

  async fillDrive(serverId: string, files: readonly DriveFile[]): Promise<void> {
    await this.#folders.fillDrive(serverId, files);
  }

  async rescue(wish: ServerWish, source: ImageSource, signal: AbortSignal): Promise<void> {
    if (wish.rescue === undefined) return;
    const image = await this.#images.prepare(wish.rescue.image, source, signal);
    await this.#hold(wish.id);
    await this.#rescue.make(wish, image, await this.#cpus());
  }

  async unrescue(serverId: string): Promise<void> {
    await this.#rescue.remove(serverId);
    await this.#containers.ended(this.#containers.name(serverId));
  }

  async setPassword(serverId: string, user: string, hash: string): Promise<void> {
    const container = await this.#containers.find(serverId);
    if (container?.State.Status !== 'running') throw definite(`server ${serverId} does not run`);
    await setPassword(this.#engine, container.Id, user, hash);
  }

  async carryOut(
    serverId: string,
    wish: SoftwareWish,
    signal: AbortSignal,
  ): Promise<SoftwareOutcome> {
    const container = await this.#containers.find(serverId);
    if (container?.State.Status !== 'running') throw passing(`server ${serverId} does not run`);
    return carryOut(this.#engine, container.Id, wish, signal);
  }

  /** Has the server's own container run without getting past its gate: its files are then mounted on this host. */
  async #hold(serverId: string): Promise<void> {
    const own = await this.#containers.own(this.#containers.name(serverId));
    if (own === undefined || own.State.Status === 'running') return;
    await this.#folders.close(serverId);
    await launch(this.#containers.name(serverId), serverId, this.#engine, this, this.#options.log);
  }

  stop(serverId: string, seconds: number): Promise<Instance | undefined> {
    return this.#power.stop(serverId, seconds);
  }

  pause(serverId: string): Promise<void> {
    return this.#power.pause(serverId);
  }

  unpause(serverId: string): Promise<void> {
    return this.#power.unpause(serverId);
  }

  suspend(serverId: string): Promise<void> {
    return this.#power.suspend(serverId);
  }

  async remove(serverId: string): Promise<void> {
    if (await this.#folders.isRescued(serverId)) await this.#rescue.remove(serverId);
    // Ours only: `inspect` refuses a container of that name which is somebody else's.
    const instance = await this.inspect(serverId);
    if (instance !== undefined) {
      const { state, containerId } = instance;
      if (state === 'created' || state === 'stopped') await endLeftoverTask(containerId);
      await this.#engine.json({
        method: 'DELETE',
        path: `/containers/${this.#containers.name(serverId)}`,
        query: { force: true, v: true },
        accept: [404, 409], // gone already, or its removal is under way
        timeout: 120_000,
        what: 'removing the container',
      });
      if ((await this.inspect(serverId)) !== undefined) {
        throw passing('the container is still being removed');
      }
    }
    this.#made.delete(serverId);
    await this.#folders.remove(serverId);
  }

  async console(serverId: string, limits: ConsoleLimits): Promise<Buffer> {
    const container = await this.#containers.find(serverId);
    const body =
      container &&
      (await this.#engine.stream({
        path: `/containers/${container.Id}/logs`,
        query: { stdout: true, stderr: true, tail: limits.lines ?? 'all' },
        accept: [404],
        what: "reading the container's output",
      }));
    if (body === undefined) throw definite(`there is no container of server ${serverId}`);
    // What goes through a terminal comes as it is.
    const read = container?.Config.Tty === true ? terminalOutput : outputOf;
    return read(body, limits.bytes);
  }

  openConsole(serverId: string, _: ConsoleKind, size: ConsoleSize): Promise<OpenConsole> {
    return this.#terminals.open(serverId, size);
  }

  endConsoles(): Promise<void> {
    return this.#terminals.endLeftOver();
  }

  async usage(instance: Instance): Promise<Usage> {
    const { startedAt } = instance;
    const statistics = await this.#engine.json<ContainerStatistics>({
      path: `/containers/${this.#containers.nameIn(instance)}/stats`,
      query: { stream: false, 'one-shot': true },
      what: 'measuring the container',
    });
    return { uptimeSeconds: secondsSince(startedAt), ...usageOfContainer(statistics ?? {}) };
  }

  async snapshot(serverId: string, target: string, signal: AbortSignal): Promise<void> {
    await saveContainer(this.#engine, this.#containers.name(serverId), serverId, target, signal);
  }

  events(connected: () => void, signal: AbortSignal): AsyncIterable<DriverEvent> {
    return eventsOf(this.#containers, connected, signal);
  }

  async close(): Promise<void> {
    await this.#folders.closeAll();
    this.#engine.close();
  }

  #processors: Promise<number> | undefined;
  #cpus(): Promise<number> {
    this.#processors ??= this.describe().then(
      ({ vcpus }) => vcpus,
      (error: unknown) => {
        this.#processors = undefined;
        throw error;
      },
    );
    return this.#processors;
  }
}
