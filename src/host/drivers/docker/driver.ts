import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import type { ConsoleSize } from '../../../core/console-session.ts';
import type { Logger } from '../../../core/log.ts';
import { definite, passing } from '../../fault.ts';
import { containerName, LABELS, rescueName } from '../../names.ts';
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
import {
  containerOf,
  differs,
  firstFiles,
  instanceOf,
  limitsOf,
  type InspectedContainer,
  type Owner,
} from './container.ts';
import { Engine, EngineFault, jsonLines } from './engine.ts';
import { setPassword } from './exec.ts';
import { GATE_PATIENCE, rescueOf, ServerFolders } from './folder.ts';
import { planOf } from './guest/plan.ts';
import { ImageStore } from './image.ts';
import { launch } from './launch.ts';
import { endLeftoverTask } from './leftover.ts';
import { outputOf, terminalOutput } from './logs.ts';
import { Rescue } from './rescue.ts';
import { saveContainer } from './snapshot.ts';
import { carryOut } from './software.ts';
import { tarArchive } from './tar.ts';
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
  readonly #terminals: Terminals;
  readonly #options: DockerOptions;
  readonly #rescue: Rescue;
  #cleaned: Promise<void> | undefined;
  /** Whether the engine keeps disks within a size; found out by the first server. */
  #limitsDisk = true;
  /** Servers made by this process and not started yet. */
  readonly #made = new Set<string>();

  constructor(options: DockerOptions) {
    this.#options = options;
    this.#engine = new Engine(options.socketPath);
    this.#images = new ImageStore(this.#engine, path.join(options.folder, 'downloads'));
    this.#folders = new ServerFolders(path.join(options.folder, 'servers'));
    this.#rescue = new Rescue(this.#engine, this.#folders, options);
    this.#terminals = new Terminals(this.#engine, options.folder, (id) => this.#container(id));
  }

  async describe(): Promise<HostDescription> {
    const info = await this.#engine.json<{
      ServerVersion: string;
      DockerRootDir: string;
      NCPU: number;
      MemTotal: number;
    }>({ path: '/info', what: 'asking what it has' });
    // The engine may see another file system than we do (a system engine in a mount namespace of its own).
    const disk = await statfs(info?.DockerRootDir ?? '/').catch(() => statfs(this.#options.folder));
    const gib = (blocks: number) => Math.floor((blocks * disk.bsize) / 2 ** 30);
    return {
      version: info?.ServerVersion ?? 'unknown',
      vcpus: info?.NCPU || availableParallelism(),
      memoryMb: Math.floor((info?.MemTotal || totalmem()) / 2 ** 20),
      diskGb: gib(disk.blocks),
      freeDiskGb: gib(disk.bavail),
    };
  }

  async list(): Promise<string[]> {
    const containers = await this.#engine.json<{ Labels: Record<string, string> }[]>({
      path: '/containers/json',
      query: { all: true, filters: JSON.stringify({ label: this.#labels() }) },
      what: 'listing the containers',
    });
    const ids = (containers ?? []).flatMap(({ Labels: labels }) => labels[LABELS.server] ?? []);
    return [...new Set(ids)];
  }

  /** The server's container, or the one that stands in for it while it is rescued. */
  async inspect(serverId: string): Promise<Instance | undefined> {
    const container = await this.#container(serverId);
    if (container === undefined) return undefined;
    const instance = instanceOf(container);
    // The engine knows one way of being frozen; which it is stands in the server's folder.
    if (instance.state !== 'paused') return instance;
    const isSuspended = (await this.#folders.suspendedRun(serverId)) === instance.run;
    return isSuspended ? { ...instance, state: 'suspended' } : instance;
  }

  async #container(serverId: string): Promise<InspectedContainer | undefined> {
    const isRescued = await this.#folders.isRescued(serverId);
    return (
      (isRescued ? await this.#own(this.#rescueName(serverId)) : undefined) ??
      this.#own(this.#name(serverId))
    );
  }

  /** What the engine says of a container of ours; undefined when there is none. */
  async #own(name: string): Promise<InspectedContainer | undefined> {
    const container = await this.#engine.json<InspectedContainer>({
      path: `/containers/${name}/json`,
      accept: [404],
      what: 'looking at the container',
    });
    const labels = container?.Config.Labels;
    if (
      labels !== undefined &&
      (labels[LABELS.cloud] !== this.#options.cloud || labels[LABELS.host] !== this.#options.host)
    ) {
      throw definite(`the container ${name} belongs to somebody else`);
    }
    return container;
  }

  async cacheImage(image: ImageWish, source: ImageSource, signal: AbortSignal): Promise<void> {
    this.#cleaned ??= this.#images.clean();
    await this.#cleaned;
    await this.#images.prepare(image, source, signal);
  }

  async create(wish: ServerWish, source: ImageSource, signal: AbortSignal): Promise<Instance> {
    this.#cleaned ??= this.#images.clean();
    await this.#cleaned;
    const plan = planOf(wish.userData, wish);
    if (wish.configDrive) await this.#folders.fillDrive(wish.id, []);
    const [folder, cpus] = await Promise.all([
      this.#folders.prepare(wish.id, wish, plan),
      this.#cpus(),
    ]);
    for (let attempt = 1; ; attempt++) {
      const image = await this.#images.prepare(wish.image, source, signal);
      try {
        const body = containerOf(wish, image, this.#options, {
          folder,
          cpus,
          drive: wish.configDrive ? this.#folders.drive(wish.id) : undefined,
          hostname: plan.hostname,
          limitsDisk: this.#limitsDisk,
        });
        await this.#engine.json({
          method: 'POST',
          path: '/containers/create',
          query: { name: this.#name(wish.id) },
          body,
          accept: [409], // the name is taken: by an earlier attempt of ours
          signal,
          what: 'making the container',
        });
        await this.#fill(this.#name(wish.id), firstFiles(wish, image.user, !plan.isEmpty));
        break;
      } catch (error) {
        if (
          this.#limitsDisk &&
          error instanceof EngineFault &&
          /storage[- ]opt/i.test(error.message)
        ) {
          this.#limitsDisk = false;
          this.#options.log.info(
            { reason: error.message },
            'disks of servers are not limited here',
          );
          continue;
        }
        const imageIsGone =
          error instanceof EngineFault && error.status === 404 && /image/i.test(error.message);
        if (!imageIsGone || attempt > 1) throw error;
        this.#images.forget(wish.image);
      }
    }
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
      await this.#limit(wish);
    }
    if (isRescued) await this.#hold(wish.id);
    await launch(
      isRescued ? this.#rescueName(wish.id) : this.#name(wish.id),
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
    await this.#rescue.make(wish, image, await this.#cpus(), (name, entries) =>
      this.#fill(name, entries),
    );
  }

  async unrescue(serverId: string): Promise<void> {
    await this.#rescue.remove(serverId, this);
    await this.#ended(this.#name(serverId));
  }

  async setPassword(serverId: string, user: string, hash: string): Promise<void> {
    const container = await this.#container(serverId);
    if (container?.State.Status !== 'running') throw definite(`server ${serverId} does not run`);
    await setPassword(this.#engine, container.Id, user, hash);
  }

  async carryOut(
    serverId: string,
    wish: SoftwareWish,
    signal: AbortSignal,
  ): Promise<SoftwareOutcome> {
    const container = await this.#container(serverId);
    if (container?.State.Status !== 'running') throw passing(`server ${serverId} does not run`);
    return carryOut(this.#engine, container.Id, wish, signal);
  }

  /** Has the server's own container run without getting past its gate: its files are then mounted on this host. */
  async #hold(serverId: string): Promise<void> {
    const own = await this.#own(this.#name(serverId));
    if (own === undefined || own.State.Status === 'running') return;
    await this.#folders.close(serverId);
    await launch(this.#name(serverId), serverId, this.#engine, this, this.#options.log);
  }

  async stop(serverId: string, seconds: number): Promise<Instance | undefined> {
    const instance = await this.inspect(serverId);
    if (instance?.processId === undefined) return instance;
    // The engine asks nothing of processes that are frozen.
    if (instance.state !== 'running') await this.unpause(serverId);
    await this.#engine.json({
      method: 'POST',
      path: `/containers/${this.#nameIn(instance)}/${seconds > 0 ? 'stop' : 'kill'}`,
      ...(seconds > 0 ? { query: { t: seconds } } : {}),
      accept: [404, 409], // gone, or ended meanwhile
      timeout: (seconds + 60) * 1000,
      what: 'stopping the container',
    });
    if (seconds === 0) await this.#ended(this.#nameIn(instance));
    await this.#folders.close(instance.rescue === undefined ? serverId : rescueOf(serverId));
    return this.inspect(serverId);
  }

  async pause(serverId: string): Promise<void> {
    const isFrozen = (await this.inspect(serverId))?.state === 'suspended';
    await this.#folders.forgetSuspended(serverId);
    if (!isFrozen) await this.#freeze(serverId);
  }

  /** Noted before it is frozen: whatever dies in between, it counts only together with the other. */
  async suspend(serverId: string): Promise<void> {
    const instance = await this.inspect(serverId);
    if (instance?.state === 'suspended') return;
    if (instance?.run === undefined || instance.processId === undefined) {
      throw definite(`server ${serverId} does not run`);
    }
    await this.#folders.noteSuspended(serverId, instance.run);
    if (instance.state === 'running') await this.#freeze(serverId);
  }

  async #freeze(serverId: string): Promise<void> {
    await this.#engine.json({
      method: 'POST',
      path: `/containers/${await this.#nameOf(serverId)}/pause`,
      what: 'pausing the container',
    });
  }

  async unpause(serverId: string): Promise<void> {
    await this.#folders.forgetSuspended(serverId);
    await this.#engine.json({
      method: 'POST',
      path: `/containers/${await this.#nameOf(serverId)}/unpause`,
      what: 'unpausing the container',
    });
  }

  async remove(serverId: string): Promise<void> {
    if (await this.#folders.isRescued(serverId)) await this.#rescue.remove(serverId, this);
    // Ours only: `inspect` refuses a container of that name which is somebody else's.
    const instance = await this.inspect(serverId);
    if (instance !== undefined) {
      const { state, containerId } = instance;
      if (state === 'created' || state === 'stopped') await endLeftoverTask(containerId);
      await this.#engine.json({
        method: 'DELETE',
        path: `/containers/${this.#name(serverId)}`,
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
    const container = await this.#container(serverId);
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
      path: `/containers/${this.#nameIn(instance)}/stats`,
      query: { stream: false, 'one-shot': true },
      what: 'measuring the container',
    });
    return { uptimeSeconds: secondsSince(startedAt), ...usageOfContainer(statistics ?? {}) };
  }

  async snapshot(serverId: string, target: string, signal: AbortSignal): Promise<void> {
    await saveContainer(this.#engine, this.#name(serverId), serverId, target, signal);
  }

  async *events(connected: () => void, signal: AbortSignal): AsyncIterable<DriverEvent> {
    const body = await this.#engine.stream({
      path: '/events',
      query: { filters: JSON.stringify({ type: ['container'], label: this.#labels() }) },
      signal,
      what: 'following its events',
    });
    if (body === undefined) return;
    connected();
    for await (const event of jsonLines(body)) {
      const { Action: action, Actor: actor } = event as {
        Action?: string;
        Actor?: { Attributes?: Record<string, string> };
      };
      const serverId = actor?.Attributes?.[LABELS.server];
      const kind = EVENTS[action ?? ''];
      if (serverId === undefined || kind === undefined) continue;
      yield { serverId, kind };
    }
    throw passing('Docker Engine ended the stream of its events');
  }

  async close(): Promise<void> {
    await this.#folders.closeAll();
    this.#engine.close();
  }

  /** Gives a container that was made earlier the limits that its flavor has now. Source: Engine API, ContainerUpdate. */
  async #limit(wish: ServerWish): Promise<void> {
    const itself = `/containers/${this.#name(wish.id)}`;
    const [container, cpus] = await Promise.all([
      this.#engine.json<InspectedContainer>({
        path: `${itself}/json`,
        accept: [404],
        what: 'looking at the container',
      }),
      this.#cpus(),
    ]);
    const limits = limitsOf(wish, cpus);
    if (container === undefined || !differs(limits, container.HostConfig)) return;
    await this.#engine.json({
      method: 'POST',
      path: `${itself}/update`,
      body: { ...limits },
      what: "changing the container's limits",
    });
  }

  /** Files that belong into the server's own file system, before it runs for the first time. */
  async #fill(name: string, entries: ReturnType<typeof firstFiles>): Promise<void> {
    if (entries.length === 0) return;
    await this.#engine.json({
      method: 'PUT',
      path: `/containers/${name}/archive`,
      query: { path: '/' },
      body: tarArchive(entries),
      what: 'writing the key pairs into the container',
    });
  }

  async #ended(name: string): Promise<void> {
    await this.#engine.json({
      method: 'POST',
      path: `/containers/${name}/wait`,
      accept: [404],
      timeout: 60_000,
      what: 'waiting for the container to end',
    });
  }

  async #nameOf(serverId: string): Promise<string> {
    return this.#nameIn((await this.inspect(serverId)) ?? { serverId });
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

  #name(serverId: string): string {
    return containerName(serverId, this.#options.suffix);
  }

  #rescueName(serverId: string): string {
    return rescueName(serverId, this.#options.suffix);
  }

  /** Of the container that an instance was told of. */
  #nameIn({ serverId, rescue }: Pick<Instance, 'serverId' | 'rescue'>): string {
    return rescue === undefined ? this.#name(serverId) : this.#rescueName(serverId);
  }

  #labels(): string[] {
    return [`${LABELS.cloud}=${this.#options.cloud}`, `${LABELS.host}=${this.#options.host}`];
  }
}

/** The container that is meant: the server's own, or what stands in for it. */

const EVENTS: Readonly<Record<string, DriverEvent['kind']>> = {
  start: 'started',
  die: 'ended',
  pause: 'changed',
  unpause: 'changed',
  destroy: 'removed',
};
