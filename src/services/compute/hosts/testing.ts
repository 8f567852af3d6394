import { update, insert, remove, type Ovenbird, type OvsdbClient } from '../../../ovn/index.ts';

/** What a played host says that it has. */
export interface TestHostProperties {
  readonly vcpus: number;
  readonly memory_mb: number;
  readonly disk_gb: number;
  readonly driver: 'docker' | 'qemu' | 'fake';
  readonly datapath: 'ovn' | 'none';
}

type Server = Ovenbird['Server'];

const now = (): number => Math.floor(Date.now() / 1000);

/** Plays a host's agent on the real database: follows its rows and writes the observed columns. */
export class TestHost {
  readonly client: OvsdbClient<Ovenbird>;
  readonly name: string;
  readonly #has: TestHostProperties;
  #held = false;
  #working: Promise<void> = Promise.resolve();
  #unwatch: (() => void) | undefined;
  /** Servers whose process has ended by itself, with the generation that it was started for. */
  readonly #ended = new Map<string, number>();
  /** Everything that was ever seen running here and not removed: a real host's containers. */
  readonly containers = new Set<string>();

  constructor(client: OvsdbClient<Ovenbird>, name: string, has: Partial<TestHostProperties> = {}) {
    this.client = client;
    this.name = name;
    this.#has = {
      vcpus: 8,
      memory_mb: 16_384,
      disk_gb: 100,
      driver: 'fake',
      datapath: 'none',
      ...has,
    };
  }

  async start(): Promise<void> {
    await this.client.ready();
    await this.client.transact([
      insert('Host', {
        name: this.name,
        ...this.#has,
        hypervisor_version: '28.2.2',
        architecture: 'x86_64',
        usage: { booted_at: now() - 2 * 86_400 - 3 * 3600 - 270, load_1: 25, load_5: 100 },
        started_at: now(),
        heartbeat: now(),
        capabilities: {
          console: true,
          pause: true,
          suspend: true,
          snapshot: this.#has.driver !== 'fake',
          diagnostics: this.#has.driver === 'qemu',
          image_cache: this.#has.driver !== 'fake',
          attach_interface: true,
          resize: true,
          config_drive: true,
          rescue: true,
          password: this.#has.driver === 'docker',
          restart: true,
        },
      }),
    ]);
    this.#unwatch = this.client.mirror.watch(() => this.look(), ['Server']);
    this.look();
  }

  async stop(): Promise<void> {
    this.#unwatch?.();
    await this.#working;
    await this.client.close();
  }

  /** Does nothing until `release`: the agent is dead. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.look();
  }

  /** Writes a heartbeat of so many seconds ago. */
  async beat(secondsAgo = 0): Promise<void> {
    await this.client.transact([
      update('Host', [['name', '==', this.name]], { heartbeat: now() - secondsAgo }),
    ]);
  }

  /** The server's process ends by itself, after it ran for so many seconds. */
  async exit(id: string, ranSeconds = 60): Promise<void> {
    const row = this.row(id)!;
    this.#ended.set(id, row.generation);
    await this.report(id, {
      state: 'stopped',
      exit_code: 3,
      started_at: now() - ranSeconds,
      finished_at: now(),
    });
  }

  row(id: string): Server | undefined {
    return this.client.mirror.table('Server').first('id', id);
  }

  async report(id: string, columns: Record<string, string | number | string[]>): Promise<void> {
    await this.client.transact([update('Server', [['id', '==', id]], columns)]);
  }

  look(): void {
    this.#working = this.#working.then(() => this.#work()).catch(() => undefined);
  }

  async #work(): Promise<void> {
    if (this.#held) return;
    const rows = this.client.mirror.table('Server').find('host', this.name);
    for (const id of this.containers)
      if (!rows.some((row) => row.id === id)) this.containers.delete(id);
    for (const row of rows) {
      const wanted = this.#wanted(row);
      if (
        row.state[0] === wanted &&
        (wanted === 'deleted' || row.observed_generation === row.generation)
      )
        continue;
      if (wanted === 'deleted') this.containers.delete(row.id);
      else this.containers.add(row.id);
      await this.report(row.id, {
        state: wanted,
        observed_generation: row.generation,
        ...(wanted === 'running' ? { started_at: now(), exit_code: [], finished_at: [] } : {}),
      });
    }
  }

  #wanted(row: Server): Server['power'] {
    if (row.power !== 'running') return row.power;
    return (this.#ended.get(row.id) ?? -1) >= row.generation ? 'stopped' : 'running';
  }

  /** The host's row disappears, as if it had never been. */
  async vanish(): Promise<void> {
    await this.client.transact([remove('Host', [['name', '==', this.name]])]);
  }
}
