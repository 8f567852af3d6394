import type { Instance } from '../drivers/driver.ts';
import { tapDevice } from '../names.ts';
import type { Plugs } from '../ports/plugs.ts';
import type { Switch } from '../ports/switch.ts';
import type { InterfaceWish } from '../wish.ts';

const signature = (wish: InterfaceWish): string => JSON.stringify(wish);

/**
 * The interfaces of one server: which of them are in place in its present run. What is in place is looked up once for
 * each run that this agent did not plug itself, and then known.
 */
export class ServerNetwork {
  readonly #serverId: string;
  readonly #plugger: Plugs;
  readonly #switch: Switch;
  /** Run that the map below is about. */
  #run: string | undefined;
  /** Port → what it was configured as. */
  #inPlace = new Map<string, string>();
  #prepared: { readonly key: string; readonly work: Promise<void> } | undefined;

  constructor(serverId: string, plugger: Plugs, bridge: Switch) {
    this.#serverId = serverId;
    this.#plugger = plugger;
    this.#switch = bridge;
  }

  get plugged(): readonly string[] {
    return [...this.#inPlace.keys()];
  }

  /** Begins to make devices and ports for a start that is to come; `plug` waits for it. */
  prepare(interfaces: readonly InterfaceWish[]): void {
    const key = interfaces.map(signature).join();
    if (this.#prepared?.key === key) return;
    const before = this.#prepared?.work.catch(() => undefined) ?? Promise.resolve();
    const work = before.then(() => this.#plugger.prepare(this.#serverId, interfaces));
    work.catch(() => undefined); // `plug` reports it
    this.#prepared = { key, work };
  }

  /** Brings what `prepare` made into a run that just began. */
  async plug(instance: Instance, interfaces: readonly InterfaceWish[]): Promise<void> {
    this.prepare(interfaces);
    const prepared = this.#prepared;
    this.#prepared = undefined;
    await prepared?.work;
    if (instance.processId === undefined || instance.run === undefined) return;
    await this.#plugger.attach(instance, interfaces);
    this.#run = instance.run;
    this.#inPlace = new Map(interfaces.map((wish) => [wish.portId, signature(wish)]));
  }

  /** Makes the interfaces of a running server as wished: adds, changes and removes. */
  async adjust(instance: Instance, interfaces: readonly InterfaceWish[]): Promise<void> {
    const { processId, run } = instance;
    if (processId === undefined || run === undefined) return;
    if (this.#run !== run) {
      const sound = await this.#plugger.inPlace(instance, interfaces);
      this.#run = run;
      this.#inPlace = new Map(
        interfaces
          .filter(({ portId }) => sound.has(portId))
          .map((wish) => [wish.portId, signature(wish)]),
      );
    }
    const wanted = new Set(interfaces.map(({ portId }) => portId));
    const devices = new Set(interfaces.map(({ portId }) => tapDevice(portId)));
    const surplus = this.#plugger
      .devicesOf(this.#serverId)
      .filter((device) => !devices.has(device));
    await this.#plugger.unplug(surplus);
    for (const portId of this.#inPlace.keys())
      if (!wanted.has(portId)) this.#inPlace.delete(portId);

    const changed = interfaces.filter(
      (wish) =>
        this.#inPlace.has(wish.portId) && this.#inPlace.get(wish.portId) !== signature(wish),
    );
    const readdressed = changed.filter((wish) => !this.#isRewired(wish));
    if (readdressed.length > 0) await this.#plugger.configure(instance, readdressed);
    for (const wish of readdressed) this.#inPlace.set(wish.portId, signature(wish));

    const missing = interfaces.filter((wish) => this.#inPlace.get(wish.portId) !== signature(wish));
    if (missing.length > 0) {
      // A device that changes is taken out first: it cannot be made anew while the server holds on to it.
      const changing = missing.filter(({ portId }) => this.#inPlace.delete(portId));
      await this.#plugger.unplug(changing.map(({ portId }) => tapDevice(portId)));
      await this.#plugger.prepare(this.#serverId, missing);
      await this.#plugger.attach(instance, missing);
      for (const wish of missing) this.#inPlace.set(wish.portId, signature(wish));
    }
    await this.#plugger.mend(
      this.#serverId,
      interfaces.filter((wish) => !missing.includes(wish)),
    );
  }

  /** Waits, but not for long, until OVN carries what the server sends, so that its first packets are not lost. */
  async carried(interfaces: readonly InterfaceWish[], milliseconds: number): Promise<void> {
    const ids = interfaces.map(({ portId }) => portId);
    if (ids.length > 0 && milliseconds > 0) await this.#switch.carried(ids, milliseconds);
  }

  /** Removes all ports and devices: the server does not run. */
  async unplug(): Promise<void> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    await prepared?.work.catch(() => undefined);
    this.#run = undefined;
    this.#inPlace.clear();
    await this.#plugger.unplug(this.#plugger.devicesOf(this.#serverId));
  }

  /** The device itself has to change, not only its addresses. */
  #isRewired(wish: InterfaceWish): boolean {
    const before = JSON.parse(this.#inPlace.get(wish.portId) ?? 'null') as InterfaceWish | null;
    return before?.mac !== wish.mac || before.mtu !== wish.mtu || before.device !== wish.device;
  }
}
