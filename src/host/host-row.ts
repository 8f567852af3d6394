import { arch, freemem, loadavg, uptime } from 'node:os';
import type { Logger } from '../core/log.ts';
import { messageOf } from '../core/errors.ts';
import { insert, update, wait, type Ovenbird, type OvsdbClient } from '../ovn/index.ts';
import type { Driver, HostDescription } from './drivers/driver.ts';

/** Seconds between two signs of life. */
export const HEARTBEAT_SECONDS = 10;

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** What the agent adds to what the driver says of the host. */
export interface HostFacts {
  readonly name: string;
  readonly chassis: string;
  /** How many hosts have an equal part of this machine. */
  readonly share: number;
  readonly datapath: 'ovn' | 'none';
  readonly addresses: Readonly<Record<string, string>>;
  /** Sums over the servers that have a container here. */
  readonly usage: () => Readonly<Record<string, number>>;
  /** The host's troubles beside the engine's own. */
  readonly trouble: () => string | undefined;
}

/** Keeps this host's row: there, true, and not older than the heartbeat. */
export class HostRow {
  readonly #client: OvsdbClient<Ovenbird>;
  readonly #driver: Driver;
  readonly #facts: HostFacts;
  readonly #log: Logger;
  readonly #startedAt = Math.floor(Date.now() / 1000);
  #description: HostDescription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(client: OvsdbClient<Ovenbird>, driver: Driver, facts: HostFacts, log: Logger) {
    this.#client = client;
    this.#driver = driver;
    this.#facts = facts;
    this.#log = log;
  }

  /** Writes the row now and then at every heartbeat. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => this.refresh(), HEARTBEAT_SECONDS * 1000);
    this.refresh();
    await this.#writing;
  }

  /** Something changed that the row tells. */
  refresh(): void {
    if (this.#closed) return;
    if (this.#writing !== undefined) {
      this.#again = true;
      return;
    }
    this.#writing = this.#write()
      .catch((error: unknown) => {
        if (!this.#closed)
          this.#log.warn({ err: error }, 'the row of this host could not be written');
      })
      .finally(() => {
        this.#writing = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.refresh();
      });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#writing;
  }

  async #write(): Promise<void> {
    let trouble = this.#facts.trouble();
    try {
      this.#description = await this.#driver.describe();
    } catch (error) {
      trouble = messageOf(error);
    }
    const columns = this.#columns(trouble);
    const { name } = this.#facts;
    const row = this.#client.mirror.table('Host').first('name', name);
    if (row === undefined) {
      // The guard makes it one row, whatever another connection of ours did meanwhile.
      await this.#client.transact([
        wait('Host', [['name', '==', name]], '==', [], 0, ['name']),
        insert('Host', { name, ...columns }),
      ]);
    } else {
      await this.#client.transact([update('Host', row._uuid, columns)]);
    }
  }

  #columns(trouble: string | undefined) {
    const host = this.#description;
    const { share } = this.#facts;
    const processors = host?.vcpus ?? 0;
    const load = processors === 0 ? 0 : Math.round(((loadavg()[0] ?? 0) * 100) / processors);
    return {
      chassis: this.#facts.datapath === 'ovn' ? [this.#facts.chassis] : [],
      driver: this.#driver.name,
      hypervisor_version: host?.version ?? 'unknown',
      architecture: ARCHITECTURES[arch()] ?? arch(),
      // Hosts of one machine together offer no more than it has; only of processors none can be without.
      vcpus: Math.ceil(processors / share),
      memory_mb: Math.floor((host?.memoryMb ?? 0) / share),
      disk_gb: Math.floor((host?.diskGb ?? 0) / share),
      usage: {
        ...this.#facts.usage(),
        machine_vcpus: processors,
        free_disk_gb: Math.floor((host?.freeDiskGb ?? 0) / share),
        load_percent: load,
        free_memory_mb: Math.floor(freemem() / 1024 ** 2),
        booted_at: Math.round(Date.now() / 1000 - uptime()),
        ...Object.fromEntries(
          loadavg().map((value, index) => [`load_${[1, 5, 15][index]}`, Math.round(value * 100)]),
        ),
      },
      addresses: { ...this.#facts.addresses },
      datapath: this.#facts.datapath,
      capabilities: { ...this.#driver.capabilities },
      started_at: this.#startedAt,
      heartbeat: Math.floor(Date.now() / 1000),
      message: trouble === undefined ? [] : [trouble.slice(0, 1000)],
    };
  }
}
