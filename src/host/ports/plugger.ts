import { run } from '../command.ts';
import type { Instance } from '../drivers/driver.ts';
import { passing } from '../fault.ts';
import { EXTERNAL_IDS, peerDevice, tapDevice } from '../names.ts';
import { eachAlone, Together } from '../together.ts';
import type { InterfaceWish } from '../wish.ts';
import {
  configureCommands,
  isConfigured,
  moveCommand,
  pairCommands,
  type Wire,
} from './commands.ts';
import { ifPossible, ipBatch, links, namespaceOf } from './ip.ts';
import type { Plugs } from './plugs.ts';
import type { Switch, SwitchPort } from './switch.ts';

/** The ports of servers in the integration bridge, by what is written at them. */
export class BridgePorts {
  readonly #switch: Switch;
  readonly #host: string;

  /** @param host the one whose servers these are: hosts may share a switch */
  constructor(bridge: Switch, host: string) {
    this.#switch = bridge;
    this.#host = host;
  }

  /** What OVN and people find at a port. Source: ovn-controller(8) `iface-id`; the others as Nova writes them. */
  externalIds(serverId: string, wish: InterfaceWish): SwitchPort['externalIds'] {
    return {
      [EXTERNAL_IDS.interface]: wish.portId,
      [EXTERNAL_IDS.address]: wish.mac,
      [EXTERNAL_IDS.status]: 'active',
      [EXTERNAL_IDS.machine]: serverId,
      [EXTERNAL_IDS.server]: serverId,
      [EXTERNAL_IDS.host]: this.#host,
    };
  }

  /** Adds ports of devices that are there; see `Switch.add` for `isNew`. */
  add(serverId: string, interfaces: readonly InterfaceWish[], isNew: boolean): Promise<void> {
    return this.#switch.add(
      interfaces.map((wish) => ({
        device: tapDevice(wish.portId),
        externalIds: this.externalIds(serverId, wish),
      })),
      isNew,
    );
  }

  /** Adds the ports that are missing, of devices that are in place. */
  async mend(serverId: string, interfaces: readonly InterfaceWish[]): Promise<void> {
    const missing = interfaces.filter(
      ({ portId }) =>
        this.#switch.port(tapDevice(portId))?.externalIds[EXTERNAL_IDS.interface] !== portId,
    );
    await this.add(serverId, missing, false);
  }

  /** Devices of the ports that this host gave the server; another host of the switch may have it by now. */
  devicesOf(serverId: string): string[] {
    return [...this.#switch.ports().values()]
      .filter(
        ({ externalIds: ids }) =>
          ids[EXTERNAL_IDS.server] === serverId &&
          (ids[EXTERNAL_IDS.host] ?? this.#host) === this.#host,
      )
      .map(({ device }) => device);
  }
}

/** Of many devices at once: `ethtool` itself takes one. */
const withoutOffload = new Together<string>(
  eachAlone((devices) => {
    const [one] = devices;
    return devices.length === 1
      ? run('ethtool', ['-K', one!, 'tx', 'off'])
      : run('xargs', ['-n', '3', 'ethtool', '-K'], {
          input: devices.map((device) => `${device} tx off\n`).join(''),
        });
  }),
  40,
);

/** Plugs containers into the integration bridge: a veth pair and a port of the bridge for each interface. */
export class Plugger implements Plugs {
  readonly #switch: Switch;
  readonly #ports: BridgePorts;

  constructor(bridge: Switch, host: string) {
    this.#switch = bridge;
    this.#ports = new BridgePorts(bridge, host);
  }

  /** While a container is made and started, OVN already prepares its flows. */
  async prepare(serverId: string, interfaces: readonly InterfaceWish[]): Promise<void> {
    await this.wire(
      interfaces.map((wish) => ({
        wire: wish,
        externalIds: this.#ports.externalIds(serverId, wish),
      })),
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
      ...ports.map(({ wire }) => withoutOffload.add(peerDevice(wire.portId))),
      this.#switch.add(
        ports.map(({ wire, externalIds }) => ({ device: tapDevice(wire.portId), externalIds })),
        true,
      ),
    ]);
  }

  /** Moves prepared devices into the server's namespace and configures them. */
  async attach({ processId }: Instance, interfaces: readonly InterfaceWish[]): Promise<void> {
    const namespace = namespaceOf(processOf(processId));
    try {
      await ipBatch(interfaces.map(({ portId, device }) => moveCommand(portId, namespace, device)));
      await ipBatch(configureCommands(interfaces), namespace);
    } catch (error) {
      throw passing(`its interfaces could not be plugged: ${(error as Error).message}`, error);
    }
  }

  async configure({ processId }: Instance, interfaces: readonly InterfaceWish[]): Promise<void> {
    await ipBatch(configureCommands(interfaces), namespaceOf(processOf(processId)));
  }

  /** Device, port and what is inside have to be as wished. */
  async inPlace(
    { serverId, processId }: Instance,
    interfaces: readonly InterfaceWish[],
  ): Promise<ReadonlySet<string>> {
    if (interfaces.length === 0) return new Set();
    const [host, inside] = await Promise.all([links(), links(namespaceOf(processOf(processId)))]);
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

  mend(serverId: string, interfaces: readonly InterfaceWish[]): Promise<void> {
    return this.#ports.mend(serverId, interfaces);
  }

  async unplug(devices: readonly string[]): Promise<void> {
    if (devices.length === 0) return;
    await Promise.all([
      this.#switch.remove(devices),
      ipBatch(devices.map((device) => ifPossible('link', 'del', device))),
    ]);
  }

  devicesOf(serverId: string): string[] {
    return this.#ports.devicesOf(serverId);
  }
}

function processOf(processId: number | undefined): number {
  if (processId === undefined) throw passing('its first process has ended');
  return processId;
}
