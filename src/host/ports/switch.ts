import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import {
  connect,
  insert,
  mutate,
  named,
  select,
  update,
  type OpenVSwitch as Tables,
  type Operation,
  type OvsdbClient,
} from '../../ovn/index.ts';
import { passing } from '../fault.ts';
import { EXTERNAL_IDS } from '../names.ts';
import { Together } from '../together.ts';

/** A port of the integration bridge that we made. */
export interface SwitchPort {
  readonly device: string;
  readonly externalIds: Readonly<Record<string, string>>;
}

/** Ports to be added; see `Switch.add`. */
interface Addition {
  readonly ports: readonly SwitchPort[];
  readonly isNew: boolean;
}

const BRIDGE = 'br-int';

/** How long vswitchd may take for one change before we say that it does not answer, in milliseconds. */
const PATIENCE = 10_000;

/**
 * This host's Open vSwitch, through its database. Ports are added as soon as they are wanted, so that OVN prepares
 * its flows while the server is still being made.
 *
 * vswitchd keeps a socket on the device of a port. A device that is replaced by another of the same name, while the
 * port stays in the database or goes and comes back within one of vswitchd's turns, leaves it with the dead one's
 * socket: a port that looks well and carries nothing. So a port is removed with its device, vswitchd has to say that
 * it has done that (`cur_cfg`), and only then may the name be used again.
 */
export class Switch {
  readonly bridge = BRIDGE;
  readonly #client: OvsdbClient<Tables>;
  readonly #removals = new Map<string, Promise<void>>();
  #first: Promise<void> | undefined;
  readonly #additions = new Together<Addition>((additions) => this.#addAll(additions), 50);

  constructor(remote: string, log: Logger) {
    this.#client = connect({
      database: 'Open_vSwitch',
      remotes: remote,
      monitor: {
        Open_vSwitch: { columns: ['cur_cfg'] },
        Bridge: { columns: ['name', 'ports', 'mirrors'] },
        Port: { columns: ['name', 'interfaces', 'protected'] },
        Interface: { columns: ['name', 'external_ids', 'ofport', 'error'] },
        // Without the counters, which change every few seconds.
        Mirror: {
          columns: [
            'external_ids',
            'output_port',
            'output_vlan',
            'select_all',
            'select_dst_port',
            'select_src_port',
            'select_vlan',
            'snaplen',
          ],
        },
      },
      log,
    });
  }

  get state() {
    return this.#client.state;
  }

  /** For reading only: what is committed goes through this class. */
  get client(): Pick<OvsdbClient<Tables>, 'mirror'> {
    return this.#client;
  }

  ready(milliseconds?: number): Promise<void> {
    return this.#client.ready(milliseconds);
  }

  /** The ports of the integration bridge that carry one of our ids, by device. */
  ports(): ReadonlyMap<string, SwitchPort> {
    const found = new Map<string, SwitchPort>();
    for (const row of this.#client.mirror.table('Interface').rows()) {
      const ids = row.external_ids;
      if (ids[EXTERNAL_IDS.server] !== undefined || ids[EXTERNAL_IDS.metadata] !== undefined) {
        found.set(row.name, { device: row.name, externalIds: ids });
      }
    }
    return found;
  }

  port(device: string): SwitchPort | undefined {
    const row = this.#client.mirror.table('Interface').first('name', device);
    return row === undefined ? undefined : { device, externalIds: row.external_ids };
  }

  /** Whose ports they are in OVN → row in `Port`, whoever plugged them. */
  logicalPorts(): ReadonlyMap<string, string> {
    const { mirror } = this.#client;
    const bridge = mirror.table('Bridge').first('name', BRIDGE);
    const found = new Map<string, string>();
    for (const uuid of bridge?.ports ?? []) {
      for (const one of mirror.table('Port').get(uuid)?.interfaces ?? []) {
        const id = mirror.table('Interface').get(one)?.external_ids[EXTERNAL_IDS.interface];
        if (id !== undefined) found.set(id, uuid);
      }
    }
    return found;
  }

  /** Commits, and resolves when vswitchd has carried it out. */
  async carryOut(operations: readonly Operation[]): Promise<void> {
    await this.#connected();
    await this.#settle(operations);
  }

  /** Calls the listener when ports or mirrors of the bridge changed. */
  watchMirrors(listener: () => void): () => void {
    return this.#client.mirror.watch(listener, ['Bridge', 'Port', 'Interface', 'Mirror']);
  }

  /** Calls the listener with our external ids of every port that changed or went, and after each reconnect. */
  watch(listener: (externalIds: readonly Readonly<Record<string, string>>[]) => void): () => void {
    return this.#client.mirror.watch(
      (changes) => {
        const ids = changes.flatMap(({ before, after }) => [
          ...(before === undefined ? [] : [before.external_ids]),
          ...(after === undefined ? [] : [after.external_ids]),
        ]);
        if (ids.length > 0) listener(ids);
      },
      ['Interface'],
    );
  }

  /**
   * Adds ports. Their devices must be there. With `isNew` the devices were just made: a port of that name, which a
   * transaction of unknown outcome may have left, would hold on to another device, and is refused. Else ports that
   * are there are given these ids.
   */
  async add(ports: readonly SwitchPort[], isNew: boolean): Promise<void> {
    if (ports.length === 0) return;
    await this.#connected();
    await (this.#first ??= this.#settle());
    await Promise.all(ports.map(({ device }) => this.#removals.get(device)));
    await this.#additions.add({ ports, isNew });
  }

  /** Adds the ports of several servers in one transaction: vswitchd looks at all its ports after each. */
  async #addAll(additions: readonly Addition[]): Promise<(Error | undefined)[]> {
    const bridge = this.#client.mirror.table('Bridge').first('name', BRIDGE);
    if (bridge === undefined)
      throw passing(`Open vSwitch of this host has no bridge ${BRIDGE} yet`);
    const operations: Operation[] = [];
    const added = new Set<string>();
    const failures = additions.map(({ ports, isNew }) => {
      const there = ports.map(({ device }) =>
        this.#client.mirror.table('Interface').first('name', device),
      );
      const taken = ports.find(
        ({ device }, at) => added.has(device) || (isNew && there[at] !== undefined),
      );
      if (taken !== undefined) return passing(`the port ${taken.device} is there already`);
      for (const [at, { device, externalIds }] of ports.entries()) {
        const row = there[at];
        if (row !== undefined) {
          operations.push(update('Interface', row._uuid, { external_ids: { ...externalIds } }));
          continue;
        }
        const names = { interface: `interface${added.size}`, port: `port${added.size}` };
        added.add(device);
        operations.push(
          insert('Interface', { name: device, external_ids: { ...externalIds } }, names.interface),
          insert('Port', { name: device, interfaces: [named(names.interface)] }, names.port),
          mutate('Bridge', bridge._uuid, ['ports', 'insert', [named(names.port)]]),
        );
      }
      return undefined;
    });
    if (operations.length > 0) await this.#client.transact(operations);
    return failures;
  }

  /** Removes ports and resolves when vswitchd has let go of their devices. */
  async remove(devices: readonly string[]): Promise<void> {
    if (devices.length === 0) return;
    await this.#connected();
    const ports = devices.flatMap((device) =>
      this.#client.mirror.table('Port').find('name', device),
    );
    const underWay = devices.map((device) => this.#removals.get(device));
    if (ports.length > 0) {
      const work = this.#remove(ports);
      for (const { name } of ports) {
        const mine = work.finally(() => {
          if (this.#removals.get(name) === mine) this.#removals.delete(name);
        });
        mine.catch(() => undefined);
        this.#removals.set(name, mine);
      }
      await work;
    }
    await Promise.all(underWay);
  }

  /** Resolves when OVN has put the flows of these ports in place, or after the time given (milliseconds). */
  async carried(portIds: readonly string[], milliseconds: number): Promise<boolean> {
    const installed = () => {
      const rows = [...this.#client.mirror.table('Interface').rows()];
      return portIds.every((id) =>
        rows.some(
          ({ external_ids: ids }) =>
            ids[EXTERNAL_IDS.interface] === id && ids['ovn-installed'] === 'true',
        ),
      );
    };
    if (milliseconds === 0 || installed()) return installed();
    return new Promise((resolve) => {
      const end = (result: boolean) => {
        clearTimeout(timer);
        unwatch();
        resolve(result);
      };
      const timer = setTimeout(() => end(false), milliseconds);
      const unwatch = this.#client.mirror.watch(() => installed() && end(true), ['Interface']);
    });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** What the mirror says is only to be acted on while it is the database's present state. */
  async #connected(): Promise<void> {
    if (this.#client.state.connected) return;
    await this.#client.ready(PATIENCE).catch((error: unknown) => {
      throw passing(`Open vSwitch of this host does not answer: ${messageOf(error)}`, error);
    });
  }

  async #remove(ports: readonly Tables['Port'][]): Promise<void> {
    const operations: Operation[] = [];
    for (const port of ports) {
      for (const bridge of this.#client.mirror.table('Bridge').find('ports', port._uuid)) {
        operations.push(mutate('Bridge', bridge._uuid, ['ports', 'delete', [port._uuid]]));
      }
    }
    await this.#settle(operations);
  }

  /** Commits, and resolves when vswitchd has carried out all that was in the database then. */
  async #settle(operations: readonly Operation[] = []): Promise<void> {
    try {
      const { results } = await this.#client.transact([
        ...operations,
        mutate('Open_vSwitch', [], ['next_cfg', '+=', 1]),
        select('Open_vSwitch', [], ['next_cfg']),
      ]);
      const wanted = Number(results.at(-1)?.rows?.[0]?.['next_cfg'] ?? 0);
      await this.#configured(wanted);
    } catch (error) {
      this.#first = undefined;
      throw error;
    }
  }

  #configured(wanted: number): Promise<void> {
    const table = this.#client.mirror.table('Open_vSwitch');
    const done = () => [...table.rows()].some(({ cur_cfg: current }) => current >= wanted);
    if (done()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        unwatch();
        reject(passing('Open vSwitch of this host does not answer'));
      }, PATIENCE);
      const unwatch = this.#client.mirror.watch(() => {
        if (!done()) return;
        clearTimeout(timer);
        unwatch();
        resolve();
      }, ['Open_vSwitch']);
    });
  }
}
