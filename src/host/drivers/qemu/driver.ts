import { rm, statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import type { Logger } from '../../../core/log.ts';
import { run } from '../../command.ts';
import { definite, passing } from '../../fault.ts';
import type { DriveFile, ImageWish, InterfaceWish, ServerWish } from '../../wish.ts';
import {
  capabilitiesOf,
  secondsSince,
  type Usage,
  type ConsoleLimits,
  type ConsoleKind,
  type Driver,
  type DriverEvent,
  type HostDescription,
  type ImageSource,
  type Instance,
  type OpenConsole,
} from '../driver.ts';
import { EventQueue } from '../events.ts';
import { findAccelerator, QEMU, type Accelerator } from './accelerator.ts';
import { endOfConsole, shortenConsole } from './console.ts';
import { MachineConsoles } from './consoles.ts';
import { growDisk, makeDisk } from './disk.ts';
import { makeDrive } from './drive.ts';
import { MachineFolder, serversIn, type MachineNotes } from './folder.ts';
import { BaseImages } from './image.ts';
import { userOf } from './machine.ts';
import { usageOfMachine } from './usage.ts';
import { VirtualMachine } from './virtual-machine.ts';

export interface QemuOptions {
  /** Folder of this host (`paths(home).host(name)`): machines are below `servers/`, base images in `images/`. */
  readonly folder: string;
  /** Runs guests with this instead of what is found to work. */
  readonly accelerator?: Accelerator;
  readonly log: Logger;
}

/** How often the consoles' files are looked at, in milliseconds. */
const CONSOLE_PAUSE = 30_000;

/** Servers as virtual machines, each a QEMU process that lives on when we end. */
export class QemuDriver implements Driver {
  readonly name = 'qemu';
  readonly plug = 'tap';
  readonly capabilities = capabilitiesOf(
    'pause',
    'suspend',
    'console',
    'terminal',
    'display',
    'network',
    'attach_interface',
    'limits',
    'snapshot',
    'diagnostics',
    'image_cache',
    'resize',
    'config_drive',
    'rescue',
    'restart',
  );
  readonly #options: QemuOptions;
  readonly #servers: string;
  readonly #images: BaseImages;
  readonly #machines = new Map<string, VirtualMachine>();
  readonly #events = new EventQueue();
  readonly #consoles = new MachineConsoles();
  readonly #timer: NodeJS.Timeout;
  #accelerator: Promise<Accelerator> | undefined;
  #version: Promise<string> | undefined;
  #cleaned: Promise<void> | undefined;

  constructor(options: QemuOptions) {
    this.#options = options;
    this.#servers = path.join(options.folder, 'servers');
    this.#images = new BaseImages(path.join(options.folder, 'images'));
    if (options.accelerator !== undefined) {
      this.#accelerator = Promise.resolve(options.accelerator);
    }
    this.#timer = setInterval(() => void this.#shortenConsoles(), CONSOLE_PAUSE);
    this.#timer.unref();
  }

  async describe(): Promise<HostDescription> {
    this.#version ??= versionOfQemu().catch((error: unknown) => {
      this.#version = undefined;
      throw error;
    });
    const [version, disk] = await Promise.all([this.#version, statfs(this.#options.folder)]);
    const gib = (blocks: number) => Math.floor((blocks * disk.bsize) / 2 ** 30);
    return {
      version,
      vcpus: availableParallelism(),
      memoryMb: Math.floor(totalmem() / 2 ** 20),
      diskGb: gib(disk.blocks),
      freeDiskGb: gib(disk.bavail),
    };
  }

  list(): Promise<string[]> {
    return serversIn(this.#servers);
  }

  inspect(serverId: string): Promise<Instance | undefined> {
    return this.#machine(serverId).inspect();
  }

  async cacheImage(image: ImageWish, source: ImageSource, signal: AbortSignal): Promise<void> {
    await (this.#cleaned ??= this.#clean());
    await this.#images.prepare(image, source, signal);
  }

  async create(wish: ServerWish, source: ImageSource, signal: AbortSignal): Promise<Instance> {
    await (this.#cleaned ??= this.#clean());
    const machine = this.#machine(wish.id);
    if (!(await machine.folder.has('notes'))) {
      const image = await this.#images.prepare(wish.image, source, signal);
      await machine.folder.make();
      await makeDisk(machine.folder.path, image, wish.diskGb);
      await machine.folder.write('notes', {
        imageId: wish.image.id,
        build: wish.build,
        base: image.file,
      });
    }
    const instance = await machine.inspect();
    if (instance === undefined) throw passing('the virtual machine vanished while it was made');
    return instance;
  }

  async start(wish: ServerWish): Promise<Instance> {
    const machine = await this.#existing(wish.id);
    const before = await machine.inspect();
    if (before?.state !== 'running' && before?.state !== 'paused') {
      if (before?.state !== 'suspended') await growDisk(machine.folder.path, wish.diskGb);
      await machine.launch({
        serverId: wish.id,
        vcpus: Math.max(1, wish.vcpus),
        memoryMb: wish.memoryMb,
        accelerator: await this.accelerator(),
        user: userOf(wish.id),
        isRescued: before?.rescue !== undefined,
        hasDrive: wish.configDrive && (await machine.folder.has('drive')),
      });
    }
    const instance = await machine.inspect();
    if (instance === undefined) throw passing('the virtual machine vanished while it was started');
    return instance;
  }

  async fillDrive(serverId: string, files: readonly DriveFile[]): Promise<void> {
    const { folder } = this.#machine(serverId);
    await folder.make();
    await makeDrive(folder.file('drive'), files);
  }

  async rescue(wish: ServerWish, source: ImageSource, signal: AbortSignal): Promise<void> {
    const { folder } = await this.#existing(wish.id);
    const notes = await folder.read<MachineNotes>('notes');
    if (wish.rescue === undefined || notes === undefined) return;
    const image = await this.#images.prepare(wish.rescue.image, source, signal);
    // What an attempt that was cut off left may be of another image.
    await rm(folder.file('rescue'), { force: true });
    await makeDisk(folder.path, image, 0, 'rescue');
    await folder.write('notes', { ...notes, rescue: { id: wish.rescue.id, base: image.file } });
  }

  async unrescue(serverId: string): Promise<void> {
    const { folder } = await this.#existing(serverId);
    const notes = await folder.read<MachineNotes>('notes');
    if (notes?.rescue !== undefined) {
      const { rescue: _, ...own } = notes;
      await folder.write('notes', own);
    }
    await rm(folder.file('rescue'), { force: true });
  }

  async release({ serverId, run: itsRun }: Instance): Promise<void> {
    const machine = this.#machine(serverId);
    if ((await machine.process())?.run === itsRun) await machine.release();
  }

  async stop(serverId: string, seconds: number): Promise<Instance | undefined> {
    const machine = this.#machine(serverId);
    if (await machine.folder.has('notes')) await machine.stop(seconds);
    return machine.inspect();
  }

  async pause(serverId: string): Promise<void> {
    await (await this.#existing(serverId)).pause();
  }

  async unpause(serverId: string): Promise<void> {
    await (await this.#existing(serverId)).unpause();
  }

  async suspend(serverId: string): Promise<void> {
    await (await this.#existing(serverId)).suspend();
  }

  async remove(serverId: string): Promise<void> {
    const machine = this.#machine(serverId);
    const wasThere = await machine.folder.has('notes');
    await machine.remove();
    machine.close();
    this.#machines.delete(serverId);
    if (wasThere) this.#events.tell({ serverId, kind: 'removed' });
  }

  async console(serverId: string, limits: ConsoleLimits): Promise<Buffer> {
    return endOfConsole((await this.#existing(serverId)).folder.file('console'), limits);
  }

  async openConsole(serverId: string, kind: ConsoleKind): Promise<OpenConsole> {
    const machine = await this.#existing(serverId);
    if ((await machine.process()) === undefined) {
      throw definite(`server ${serverId} does not run`);
    }
    return this.#consoles.open(serverId, machine.folder, kind);
  }

  async usage({ serverId, startedAt }: Instance): Promise<Usage> {
    const machine = await this.#existing(serverId);
    const process = await machine.process();
    if (process === undefined) throw definite(`server ${serverId} does not run`);
    return {
      uptimeSeconds: secondsSince(startedAt),
      ...(await usageOfMachine(await machine.monitor(), process)),
    };
  }

  async snapshot(serverId: string, target: string, signal: AbortSignal): Promise<void> {
    await (await this.#existing(serverId)).copy(target, signal);
  }

  async attachInterface(serverId: string, wish: InterfaceWish): Promise<void> {
    const machine = await this.#existing(serverId);
    if ((await machine.interfaces()).has(wish.portId)) await machine.detach(wish.portId);
    await machine.attach(wish);
  }

  async detachInterface(serverId: string, portId: string): Promise<void> {
    await this.#machine(serverId).detach(portId);
  }

  interfaces(serverId: string): Promise<ReadonlySet<string>> {
    return this.#machine(serverId).interfaces();
  }

  /** Who owns the tap devices of a server. */
  ownerOf(serverId: string): number {
    return userOf(serverId);
  }

  async *events(connected: () => void, signal: AbortSignal): AsyncIterable<DriverEvent> {
    const following = this.#events.follow(signal);
    // By its monitor each machine tells of itself, and of its end.
    await Promise.all((await this.list()).map((id) => this.#watch(id)));
    connected();
    yield* following;
  }

  /** What guests are run with, found out once. */
  accelerator(): Promise<Accelerator> {
    this.#accelerator ??= findAccelerator().then((found) => {
      this.#options.log.info({ accelerator: found.name, why: found.why }, 'virtual machines');
      return found;
    });
    return this.#accelerator;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const machine of this.#machines.values()) machine.close();
  }

  #machine(serverId: string): VirtualMachine {
    let machine = this.#machines.get(serverId);
    if (machine === undefined) {
      machine = new VirtualMachine(this.#servers, serverId, (kind) =>
        this.#events.tell({ serverId, kind }),
      );
      this.#machines.set(serverId, machine);
    }
    return machine;
  }

  async #existing(serverId: string): Promise<VirtualMachine> {
    const machine = this.#machine(serverId);
    if (!(await machine.folder.has('notes'))) {
      throw definite(`there is no server ${serverId} on this host`);
    }
    return machine;
  }

  async #watch(serverId: string): Promise<void> {
    const machine = this.#machine(serverId);
    if ((await machine.process()) === undefined) return;
    await machine.monitor().catch(() => undefined); // its room asks again, and tells
  }

  async #clean(): Promise<void> {
    const notes = await Promise.all(
      (await this.list()).map((id) =>
        new MachineFolder(this.#servers, id).read<MachineNotes>('notes'),
      ),
    );
    await this.#images.clean(
      new Set(notes.flatMap((note) => [note?.base ?? [], note?.rescue?.base ?? []].flat())),
    );
  }

  async #shortenConsoles(): Promise<void> {
    for (const machine of this.#machines.values()) {
      await shortenConsole(machine.folder.file('console')).catch(() => undefined);
    }
  }
}

async function versionOfQemu(): Promise<string> {
  const { stdout } = await run(QEMU, ['--version']);
  return /version (\d+(?:\.\d+)*)/.exec(stdout)?.[1] ?? 'unknown';
}
