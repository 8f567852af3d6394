import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { sleep } from '../../../core/time.ts';
import { definite, HostFault, passing } from '../../fault.ts';
import { tapDevice } from '../../names.ts';
import type { InterfaceWish } from '../../wish.ts';
import type { DriverEvent, Instance } from '../driver.ts';
import { copyDisk, COPY_SNAPSHOT } from './disk.ts';
import { MachineFolder, type MachineNotes, type RunNotes } from './folder.ts';
import { FILES, interfaceSlot, machineCommand, ROOT, type MachinePlan } from './machine.ts';
import { machineProcess, type MachineProcess } from './process.ts';
import { Qmp } from './qmp.ts';

/** How long QEMU may take until its monitor answers, in milliseconds. */
const START_PATIENCE = 20_000;
/** How long writing or reading a guest's memory may take, in milliseconds. */
const MEMORY_PATIENCE = 20 * 60_000;
/** A guest that has just begun to boot does not hear the first press of the power button. */
const PRESS_AGAIN = 5_000;
/** How long a guest may take to let go of an interface, in milliseconds; one without a system never does. */
const DETACH_PATIENCE = 5_000;
/** Snapshot inside a disk that holds a suspended guest's memory. */
const SUSPEND_SNAPSHOT = 'ovenbird-suspend';

const INTERFACE = 'interface-';

/**
 * One virtual machine: a QEMU process of its own session that does not need us. What it is doing is asked of itself, by
 * the monitor in its folder, whoever started it.
 */
export class VirtualMachine {
  readonly serverId: string;
  readonly folder: MachineFolder;
  readonly #tell: (kind: DriverEvent['kind']) => void;
  #monitor: Qmp | undefined;
  #opening: Promise<Qmp> | undefined;

  constructor(servers: string, serverId: string, tell: (kind: DriverEvent['kind']) => void) {
    this.serverId = serverId;
    this.folder = new MachineFolder(servers, serverId);
    this.#tell = tell;
  }

  /** What it is at present; undefined when there is none. */
  async inspect(): Promise<Instance | undefined> {
    const notes = await this.folder.read<MachineNotes>('notes');
    if (notes === undefined) return undefined;
    const process = await this.process();
    let run = await this.folder.read<RunNotes>('run');
    let state: Instance['state'];
    if (process === undefined) {
      if (run !== undefined && run.finishedAt === undefined) {
        run = { ...run, finishedAt: Date.now() };
        await this.folder.write('run', run);
      }
      const isSuspended = run !== undefined && (await this.folder.has('suspended'));
      state = run === undefined ? 'created' : isSuspended ? 'suspended' : 'stopped';
    } else {
      if (run?.run !== process.run) {
        run = { run: process.run, startedAt: process.startedAt.getTime() };
        await this.folder.write('run', run);
      }
      const status = await this.#status(process);
      // It ended while it was asked.
      if (status === undefined) return this.inspect();
      state = status === 'paused' ? 'paused' : 'running';
    }
    return {
      serverId: this.serverId,
      containerId: this.serverId,
      imageId: notes.imageId,
      build: notes.build ?? 0,
      rescue: notes.rescue?.id,
      state,
      run: run?.run,
      startedAt: run === undefined ? undefined : new Date(run.startedAt),
      finishedAt: run?.finishedAt === undefined ? undefined : new Date(run.finishedAt),
      exitCode: undefined,
      processId: process?.pid,
    };
  }

  /** Its QEMU, while it lives. */
  async process(): Promise<MachineProcess | undefined> {
    const pid = await this.folder.processNumber();
    return pid === undefined ? undefined : machineProcess(pid, this.serverId);
  }

  /** Starts QEMU and waits until it answers; the guest waits for `release`. */
  async launch(plan: MachinePlan): Promise<void> {
    for (const name of ['pid', 'monitor', 'serial', 'display'] as const) {
      await rm(this.folder.file(name), { force: true });
    }
    const log = openSync(this.folder.file('log'), 'w', 0o600);
    const [program = '', ...args] = machineCommand(plan);
    let failure: string | undefined;
    try {
      const child = spawn(program, args, {
        cwd: this.folder.path,
        detached: true,
        stdio: ['ignore', log, log],
        env: { PATH: process.env['PATH'], LANG: 'C.UTF-8' },
      });
      child.once('error', (error) => (failure = error.message));
      child.once('exit', (code, signal) => (failure = `it ended with ${signal ?? code}`));
      child.unref();
    } finally {
      closeSync(log);
    }
    const deadline = performance.now() + START_PATIENCE;
    for (;;) {
      if (failure !== undefined) {
        const words = (await readFile(this.folder.file('log'), 'utf8')).trim().slice(-500);
        throw new HostFault(`QEMU could not be started: ${words || failure}`, { doubtful: true });
      }
      if ((await this.process()) !== undefined) {
        const isThere = await this.monitor().then(
          () => true,
          () => false,
        );
        if (isThere) break;
      }
      if (performance.now() > deadline) {
        throw passing(`QEMU did not answer within ${START_PATIENCE / 1000} s of its start`);
      }
      await sleep(10);
    }
    this.#tell('started');
  }

  /** Lets a guest begin, or go on where it was suspended; does nothing to one that has begun. */
  async release(): Promise<void> {
    const monitor = await this.monitor();
    if ((await this.#query(monitor)) !== 'prelaunch') return;
    if (await this.folder.has('suspended')) {
      await monitor.job(
        'snapshot-load',
        'load',
        { tag: SUSPEND_SNAPSHOT, vmstate: ROOT, devices: [ROOT] },
        MEMORY_PATIENCE,
      );
      // From here on the disk may change: its old memory must never be loaded again.
      await rm(this.folder.file('suspended'), { force: true });
      await this.#forgetMemory(monitor);
    }
    await monitor.execute('cont');
  }

  async pause(): Promise<void> {
    await (await this.#running()).execute('stop');
  }

  async unpause(): Promise<void> {
    await (await this.#running()).execute('cont');
  }

  /** Writes the guest's memory into its disk and ends QEMU. */
  async suspend(): Promise<void> {
    const monitor = await this.#running();
    await monitor.execute('stop');
    await this.#forgetMemory(monitor);
    await monitor.job(
      'snapshot-save',
      'save',
      { tag: SUSPEND_SNAPSHOT, vmstate: ROOT, devices: [ROOT] },
      MEMORY_PATIENCE,
    );
    await writeFile(this.folder.file('suspended'), '', { mode: 0o600 });
    await this.#end();
  }

  /** Presses the power button and waits so many seconds for the guest to end; then, or with 0, ends QEMU. */
  async stop(seconds: number): Promise<void> {
    const process = await this.process();
    if (process !== undefined && seconds > 0) {
      const monitor = await this.monitor().catch(() => undefined);
      const deadline = performance.now() + seconds * 1000;
      // A guest that is frozen hears nothing.
      await monitor?.execute('cont').catch(() => undefined);
      for (let left = seconds * 1000; left > 0; left = deadline - performance.now()) {
        await monitor?.execute('system_powerdown').catch(() => undefined);
        if (await this.#gone(process, Math.min(left, PRESS_AGAIN))) break;
      }
    }
    if (process !== undefined) await this.#end();
    // What was suspended and is stopped now starts from its disk.
    await rm(this.folder.file('suspended'), { force: true });
  }

  /** Ends it and removes all of it. */
  async remove(): Promise<void> {
    await this.#end();
    await this.folder.remove();
  }

  /** Copies the disk as it is at this moment, while the guest goes on, into a file that stands alone. */
  async copy(target: string, signal: AbortSignal): Promise<void> {
    if ((await this.process()) === undefined) {
      return copyDisk(this.folder.path, target, false, signal);
    }
    const monitor = await this.monitor();
    const forget = () =>
      monitor
        .execute('blockdev-snapshot-delete-internal-sync', { device: ROOT, name: COPY_SNAPSHOT })
        .catch(() => undefined);
    await forget();
    await monitor.execute('blockdev-snapshot-internal-sync', { device: ROOT, name: COPY_SNAPSHOT });
    try {
      await copyDisk(this.folder.path, target, true, signal);
    } finally {
      await forget();
    }
  }

  /** Ports whose interfaces the machine has. */
  async interfaces(): Promise<ReadonlySet<string>> {
    if ((await this.process()) === undefined) return new Set();
    const devices = await (
      await this.monitor()
    ).execute<{ name: string }[]>('qom-list', { path: '/machine/peripheral' });
    return new Set(
      devices
        .filter(({ name }) => name.startsWith(INTERFACE))
        .map(({ name }) => name.slice(INTERFACE.length)),
    );
  }

  /** Gives the machine a network card whose other end is the port's tap device, which must be there. */
  async attach(wish: InterfaceWish): Promise<void> {
    const { portId, mac, mtu, position } = wish;
    const monitor = await this.monitor();
    const names = { netdev: `tap-${portId}`, device: `${INTERFACE}${portId}` };
    await monitor.execute('netdev_add', {
      type: 'tap',
      id: names.netdev,
      ifname: tapDevice(portId),
      script: 'no',
      downscript: 'no',
      // The datapath in user space does not finish checksums that the sender left to its device.
      vnet_hdr: false,
    });
    const addr = interfaceSlot(position);
    await monitor.execute('device_add', {
      driver: 'virtio-net-pci',
      id: names.device,
      netdev: names.netdev,
      mac,
      host_mtu: mtu,
      romfile: '',
      ...(addr === undefined ? {} : { addr }),
    });
  }

  /** Takes a network card away. A guest that does not let go of it keeps a card that leads nowhere. */
  async detach(portId: string): Promise<void> {
    if ((await this.process()) === undefined) return;
    const monitor = await this.monitor();
    const device = `${INTERFACE}${portId}`;
    const deleted = monitor.next(
      ({ event, data }) => event === 'DEVICE_DELETED' && data['device'] === device,
      DETACH_PATIENCE,
    );
    const isAsked = await monitor.execute('device_del', { id: device }).then(
      () => true,
      () => false, // it has none
    );
    if (isAsked) await deleted;
    await monitor.execute('netdev_del', { id: `tap-${portId}` }).catch(() => undefined);
  }

  /** The connection to its monitor; made when there is none. */
  async monitor(): Promise<Qmp> {
    if (this.#monitor !== undefined && !this.#monitor.isClosed) return this.#monitor;
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  /** Leaves it to itself. */
  close(): void {
    const monitor = this.#monitor;
    this.#monitor = undefined;
    monitor?.close();
  }

  async #open(): Promise<Qmp> {
    const monitor = await Qmp.open(this.folder.path, FILES.monitor).catch((error: unknown) => {
      throw passing(`QEMU of server ${this.serverId} does not answer`, error);
    });
    this.#monitor = monitor;
    monitor.listen(({ event }) => {
      if (event === 'STOP' || event === 'RESUME') this.#tell('changed');
    });
    const process = await this.process();
    void monitor.closed.then(async () => {
      if (this.#monitor !== monitor) return; // we closed it
      this.#monitor = undefined;
      if (process !== undefined) await this.#gone(process, 5_000);
      this.#tell('ended');
    });
    return monitor;
  }

  async #running(): Promise<Qmp> {
    if ((await this.process()) === undefined) {
      throw definite(`server ${this.serverId} does not run`);
    }
    return this.monitor();
  }

  /** What QEMU says it does; undefined when it ended meanwhile. */
  async #status(process: MachineProcess): Promise<string | undefined> {
    try {
      return await this.#query(await this.monitor());
    } catch (error) {
      if (await this.#gone(process, 1_000)) return undefined;
      throw error;
    }
  }

  async #query(monitor: Qmp): Promise<string> {
    return (await monitor.execute<{ status: string }>('query-status')).status;
  }

  async #forgetMemory(monitor: Qmp): Promise<void> {
    await monitor
      .job('snapshot-delete', 'forget', { tag: SUSPEND_SNAPSHOT, devices: [ROOT] }, MEMORY_PATIENCE)
      .catch((error: unknown) => {
        if (!(error instanceof HostFault && error.definite)) throw error;
      });
  }

  /** Ends QEMU: asked first, so that it leaves its files in order. */
  async #end(): Promise<void> {
    const process = await this.process();
    if (process === undefined) return;
    await this.monitor()
      .then((monitor) => monitor.execute('quit', {}, 3_000))
      .catch(() => undefined);
    if (await this.#gone(process, 3_000)) return;
    kill(process.pid);
    if (!(await this.#gone(process, 10_000))) {
      throw passing(`QEMU of server ${this.serverId} (process ${process.pid}) does not end`);
    }
  }

  async #gone({ pid, run }: MachineProcess, milliseconds: number): Promise<boolean> {
    const deadline = performance.now() + milliseconds;
    for (;;) {
      if (machineProcess(pid, this.serverId)?.run !== run) return true;
      if (performance.now() > deadline) return false;
      await sleep(20);
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}
