import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { sleep } from '../core/time.ts';
import { connect, type Ovenbird, type OvsdbClient } from '../ovn/index.ts';
import { ControlPlane } from './control-plane.ts';
import type { Driver } from './drivers/driver.ts';
import type { HttpAddress } from './http-client.ts';
import { HostRow } from './host-row.ts';
import { driveFiles } from './metadata/drive.ts';
import { MetadataKeeper } from './metadata/keeper.ts';
import { MetadataPorts } from './metadata/ports.ts';
import { MetadataService } from './metadata/service.ts';
import { EXTERNAL_IDS } from './names.ts';
import { ifPossible, ipBatch, links } from './ports/ip.ts';
import { Plugger } from './ports/plugger.ts';
import { Switch } from './ports/switch.ts';
import { TapPlugger, tapDriver } from './ports/taps.ts';
import { Reporter } from './reporter.ts';
import { currentSession, StartRecords } from './servers/record.ts';
import { Rooms } from './servers/rooms.ts';
import { TapKeeper } from './taps/keeper.ts';
import { Tasks } from './tasks/tasks.ts';

export interface AgentOptions {
  readonly cloud: { readonly id: string; readonly name: string };
  readonly host: string;
  /** Folder of this host (`paths(home).host(name)`). */
  readonly folder: string;
  /** Of the database `Ovenbird`. */
  readonly ovenbird: string;
  /**
   * OVN's chassis that this host's servers are plugged into: its own name, or that of another host of this machine,
   * whose agent then answers metadata for both.
   */
  readonly chassis: string;
  /** How many hosts this machine is: what it has is divided among them; default 1. */
  readonly share?: number;
  /** Of the chassis's Open vSwitch; undefined for a driver without network. */
  readonly openVSwitch: string | undefined;
  readonly controlPlane: HttpAddress;
  /** The host token. */
  readonly token: () => string;
  readonly driver: Driver;
  /** How long a server stays that no row wants, in milliseconds; default 30,000. */
  readonly orphanPatience?: number;
  /** How long a new server waits for OVN's flows at most, in milliseconds; default 1,000. */
  readonly flowPatience?: number;
  readonly log: Logger;
}

/**
 * The agent of one host: follows its rows of `Ovenbird` and makes them real. It keeps nothing that it cannot read
 * back from the rows, the engine and Open vSwitch, so it may end at any moment and start again.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #log: Logger;
  readonly #client: OvsdbClient<Ovenbird>;
  readonly #controlPlane: ControlPlane;
  readonly #reporter: Reporter;
  readonly #switch: Switch | undefined;
  readonly #stop = new AbortController();
  readonly #ends: (() => unknown)[] = [];
  readonly #tasks: Tasks;
  #hostRow: HostRow | undefined;
  #rooms: Rooms | undefined;
  #metadata: MetadataKeeper | undefined;
  #taps: TapKeeper | undefined;
  #following: Promise<void> | undefined;
  #engineTrouble: string | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#log = options.log;
    const mine = { where: [['host', '==', options.host]] } as const;
    this.#client = connect({
      database: 'Ovenbird',
      remotes: options.ovenbird,
      monitor: {
        Cloud: true,
        Host: { where: [['name', '==', options.host]] },
        Server: mine,
        Interface: mine,
        Metadata_Port: mine,
        Tap_Flow: mine,
        Task: mine,
      },
      log: options.log,
    });
    this.#controlPlane = new ControlPlane(options.controlPlane, options.token);
    this.#reporter = new Reporter(this.#client, options.host, options.log);
    this.#switch =
      options.openVSwitch === undefined ? undefined : new Switch(options.openVSwitch, options.log);
    this.#tasks = new Tasks(
      this.#client,
      options.host,
      options.driver,
      this.#controlPlane,
      options.folder,
      this.#switch,
      options.log,
    );
  }

  /** Resolves when the host's row is written and its servers are being looked after. */
  async start(): Promise<void> {
    const { driver, host, folder, cloud } = this.#options;
    const records = new StartRecords(path.join(folder, 'servers'));
    const session = await currentSession(folder);
    await this.#forever('the database Ovenbird', () => this.#client.ready());
    const bridge = this.#switch;
    if (bridge !== undefined) await this.#forever('Open vSwitch', () => bridge.ready());
    const isChassis = this.#options.chassis === host;
    const plugger = bridge === undefined ? undefined : new Plugger(bridge, host);
    const plugs =
      bridge !== undefined && driver.plug === 'tap'
        ? new TapPlugger(bridge, host, tapDriver(driver))
        : plugger;
    if (isChassis) await this.#clearPrepared();
    await driver.endConsoles?.();
    this.#rooms = new Rooms({
      client: this.#client,
      host,
      driver,
      source: (id, signal) => this.#controlPlane.image(id, signal),
      drive: async (id) => driveFiles(await this.#controlPlane.metadataOf(id)),
      records,
      session,
      reporter: this.#reporter,
      network:
        plugs === undefined || bridge === undefined
          ? undefined
          : { plugger: plugs, switch: bridge },
      flowPatience: this.#options.flowPatience ?? 1_000,
      orphanPatience: this.#options.orphanPatience ?? 30_000,
      trusted: () => this.#trusted(),
      log: this.#log,
    });
    if (isChassis && plugger !== undefined && bridge !== undefined) {
      const service = new MetadataService(
        (network, address) => this.#controlPlane.metadata(network, address),
        this.#log,
        (signal) => this.#controlPlane.signal(signal),
      );
      const owner = { cloudName: cloud.name, host };
      const ports = new MetadataPorts(plugger, bridge, service, owner, this.#log);
      this.#metadata = new MetadataKeeper(
        this.#client,
        host,
        ports,
        () => this.#trusted(),
        this.#log,
      );
    }
    if (bridge !== undefined) {
      this.#taps = new TapKeeper(this.#client, host, bridge, () => this.#trusted(), this.#log);
    }
    this.#hostRow = new HostRow(
      this.#client,
      driver,
      {
        name: host,
        chassis: this.#options.chassis,
        share: this.#options.share ?? 1,
        datapath: bridge === undefined ? 'none' : 'ovn',
        addresses: { hostname: hostname() },
        usage: () => this.#rooms?.usage() ?? {},
        trouble: () => this.#trouble(),
      },
      this.#log,
    );
    await this.#hostRow.start();
    this.#watch();
    this.#following = this.#follow();
    this.#look();
    await this.#findStrays(records);
    this.#log.info({ host, driver: driver.name }, 'the host is looked after');
  }

  /** Ends the agent; servers go on. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the agent is ending'));
    for (const end of this.#ends) end();
    this.#reporter.close();
    await Promise.all([
      this.#rooms?.close(),
      this.#hostRow?.close(),
      this.#metadata?.close(),
      this.#taps?.close(),
      this.#tasks.close(),
    ]);
    await this.#following;
    await this.#options.driver.close();
    this.#controlPlane.close();
    await Promise.all([this.#client.close(), this.#switch?.close()]);
  }

  #watch(): void {
    this.#ends.push(
      this.#client.mirror.watch((changes) => {
        const servers = new Set<string>();
        const tables = new Set<string>();
        for (const change of changes) {
          tables.add(change.table);
          if (change.table !== 'Server') continue;
          for (const row of [change.before, change.after]) if (row) servers.add(row.id);
        }
        if (tables.has('Interface')) this.#rooms?.ordered();
        else if (servers.size > 0) this.#rooms?.ordered(servers);
        if (tables.has('Metadata_Port') || tables.has('Cloud')) this.#metadata?.look();
        if (tables.has('Tap_Flow') || tables.has('Cloud')) this.#taps?.look();
        if (tables.has('Task')) this.#tasks.look();
        const hostGone = changes.some(
          ({ table, after }) => table === 'Host' && after === undefined,
        );
        if (hostGone) this.#hostRow?.refresh();
      }),
      this.#client.watchConnection((connected) => {
        if (!connected) return;
        this.#hostRow?.refresh();
        this.#reporter.refresh();
        this.#look();
      }),
    );
    if (this.#switch === undefined) return;
    this.#ends.push(
      this.#switch.watchMirrors(() => this.#taps?.look()),
      this.#switch.watch((all) => {
        for (const ids of all) {
          const server = ids[EXTERNAL_IDS.server];
          if (server !== undefined && this.#rooms?.has(server)) this.#rooms.wake(server, 'event');
          if (ids[EXTERNAL_IDS.metadata] !== undefined) this.#metadata?.look();
        }
      }),
    );
  }

  #look(): void {
    this.#rooms?.ordered();
    this.#metadata?.look();
    this.#taps?.look();
    this.#tasks.look();
  }

  /** Rooms also for what is here and has no row: it is removed when its time is over. */
  async #findStrays(records: StartRecords): Promise<void> {
    const found = new Set(await records.list());
    for (const { externalIds: ids } of this.#switch?.ports().values() ?? []) {
      const server = ids[EXTERNAL_IDS.server];
      const isOurs = (ids[EXTERNAL_IDS.host] ?? this.#options.chassis) === this.#options.host;
      if (server !== undefined && isOurs) found.add(server);
    }
    await this.#options.driver.list().then(
      (ids) => ids.forEach((id) => found.add(id)),
      () => undefined, // `follow` asks again when the engine is back
    );
    for (const id of found) if (this.#rooms?.has(id) === false) this.#rooms.wake(id, 'order');
  }

  /** Follows the engine's events; after each gap everything is looked at. */
  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    for (let pause = 100; !signal.aborted; pause = Math.min(pause * 2, 2_000)) {
      try {
        const connected = () => {
          pause = 100;
          this.#engineTrouble = undefined;
          this.#hostRow?.refresh();
          this.#rooms?.wakeAll();
          void this.#options.driver
            .list()
            .then((ids) => ids.forEach((id) => this.#rooms?.wake(id, 'order')))
            .catch(() => undefined);
        };
        for await (const { serverId } of this.#options.driver.events(connected, signal)) {
          this.#rooms?.wake(serverId, 'event');
        }
      } catch (error) {
        if (signal.aborted) return;
        if (this.#engineTrouble === undefined) this.#log.warn({ err: error }, 'no events');
        this.#engineTrouble = messageOf(error);
        this.#hostRow?.refresh();
      }
      await sleep(pause, signal).catch(() => undefined);
    }
  }

  /**
   * Whether what the database lacks may be removed here: it answers, and it says that it is this cloud's. One that is
   * being filled again after a disaster is given the orphans' time besides.
   */
  #trusted(): boolean {
    const [cloud] = [...this.#client.mirror.table('Cloud').rows()];
    return this.#client.state.connected && cloud?.id === this.#options.cloud.id;
  }

  #trouble(): string | undefined {
    const state = this.#switch?.state;
    if (state?.connected === false) {
      return `Open vSwitch of this host does not answer: ${state.lastError ?? 'no reason known'}`;
    }
    return this.#engineTrouble;
  }

  /** Devices of which an earlier agent had not yet given one end away: their rooms make them anew. */
  async #clearPrepared(): Promise<void> {
    if (this.#switch === undefined) return;
    const left = (await links()).filter(({ ifname }) => /^ovg[0-9a-f-]{11}/.test(ifname));
    await ipBatch(left.map(({ ifname }) => ifPossible('link', 'del', ifname)));
  }

  async #forever(what: string, attempt: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (this.#stop.signal.aborted) throw error;
        this.#log.warn({ err: error }, `still waiting for ${what}`);
      }
    }
  }
}

/** Reads the host token anew for each call; a missing file is told by the refusal that follows. */
export const tokenFrom = (file: string) => (): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
};
