import { run } from '../command.ts';
import { passing } from '../fault.ts';
import { EXTERNAL_IDS, peerDevice, tapDevice } from '../names.ts';
import type { InterfaceWish } from '../wish.ts';
import {
  configureCommands,
  isConfigured,
  moveCommand,
  pairCommands,
  type Wire,
} from './commands.ts';
import { ifPossible, ipBatch, links, namespaceOf } from './ip.ts';
import type { Switch, SwitchPort } from './switch.ts';

/** Plugs servers into the integration bridge: a veth pair and a port of the bridge for each interface. */
export class Plugger {
  readonly #switch: Switch;

  constructor(bridge: Switch) {
    this.#switch = bridge;
  }

  /**
   * Makes the devices anew and adds their ports, without needing the server: while its container is made and started,
   * OVN already prepares its flows. What is there of an earlier run is removed first.
   */
  async prepare(serverId: string, interfaces: readonly InterfaceWish[]): Promise<void> {
    await this.wire(
      interfaces.map((wish) => ({ wire: wish, externalIds: externalIds(serverId, wish) })),
    );
  }

  /** Makes veth pairs and adds them to the bridge. */
  async wire(
    ports: readonly { readonly wire: Wire; readonly externalIds: SwitchPort['externalIds'] }[],
  ): Promise<void> {
    if (ports.length === 0) return;
    await this.#switch.remove(ports.map(({ wire }) => tapDevice(wire.portId)));
    await ipBatch(ports.flatMap(({ wire }) => pairCommands(wire)));
    await Promise.all([
      // The datapath in user space does not finish checksums that the sender left to its device.
      ...ports.map(({ wire }) => run('ethtool', ['-K', peerDevice(wire.portId), 'tx', 'off'])),
      this.#switch.add(
        ports.map(({ wire, externalIds }) => ({ device: tapDevice(wire.portId), externalIds })),
        true,
      ),
    ]);
  }

  /** Moves prepared devices into the server's namespace and configures them; rejects if the server has gone. */
  async attach(processId: number, interfaces: readonly InterfaceWish[]): Promise<void> {
    const namespace = namespaceOf(processId);
    try {
      await ipBatch(interfaces.map(({ portId, device }) => moveCommand(portId, namespace, device)));
      await ipBatch(configureCommands(interfaces), namespace);
    } catch (error) {
      throw passing(`its interfaces could not be plugged: ${(error as Error).message}`, error);
    }
  }

  /** Gives interfaces that are in place other addresses and routes. */
  async configure(processId: number, interfaces: readonly InterfaceWish[]): Promise<void> {
    await ipBatch(configureCommands(interfaces), namespaceOf(processId));
  }

  /**
   * Of the interfaces of a running server those that are in place: device, port and what is inside. A port that
   * only the bridge lacks is added again.
   */
  async inPlace(
    serverId: string,
    processId: number,
    interfaces: readonly InterfaceWish[],
  ): Promise<ReadonlySet<string>> {
    if (interfaces.length === 0) return new Set();
    const [host, inside] = await Promise.all([links(), links(namespaceOf(processId))]);
    const taps = new Set(host.map(({ ifname }) => ifname));
    const sound = interfaces.filter(
      (wish) =>
        taps.has(tapDevice(wish.portId)) &&
        isConfigured(
          wish,
          inside.find(({ ifname }) => ifname === wish.device),
        ),
    );
    await this.mend(serverId, sound);
    return new Set(sound.map(({ portId }) => portId));
  }

  /** Adds the ports that are missing in the bridge, of devices that are in place. */
  async mend(serverId: string, interfaces: readonly InterfaceWish[]): Promise<void> {
    const missing = interfaces.filter(
      ({ portId }) =>
        this.#switch.port(tapDevice(portId))?.externalIds[EXTERNAL_IDS.interface] !== portId,
    );
    await this.#switch.add(
      missing.map((wish) => ({
        device: tapDevice(wish.portId),
        externalIds: externalIds(serverId, wish),
      })),
      false,
    );
  }

  /** Removes ports and devices. */
  async unplug(devices: readonly string[]): Promise<void> {
    if (devices.length === 0) return;
    await Promise.all([
      this.#switch.remove(devices),
      ipBatch(devices.map((device) => ifPossible('link', 'del', device))),
    ]);
  }

  /** Devices of this server's ports. */
  devicesOf(serverId: string): string[] {
    return [...this.#switch.ports().values()]
      .filter(({ externalIds: ids }) => ids[EXTERNAL_IDS.server] === serverId)
      .map(({ device }) => device);
  }
}

/** What OVN and people find at a port. Source: ovn-controller(8) `iface-id`; the others as Nova writes them. */
const externalIds = (serverId: string, wish: InterfaceWish) => ({
  [EXTERNAL_IDS.interface]: wish.portId,
  [EXTERNAL_IDS.address]: wish.mac,
  [EXTERNAL_IDS.status]: 'active',
  [EXTERNAL_IDS.machine]: serverId,
  [EXTERNAL_IDS.server]: serverId,
});
