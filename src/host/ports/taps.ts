import type { Driver, Instance } from '../drivers/driver.ts';
import { passing } from '../fault.ts';
import { EXTERNAL_IDS, tapDevice } from '../names.ts';
import type { InterfaceWish } from '../wish.ts';
import { ifPossible, ipBatch, line, links, type BatchLine } from './ip.ts';
import { BridgePorts } from './plugger.ts';
import type { Plugs } from './plugs.ts';
import type { Switch } from './switch.ts';

/** The part of a driver that opens tap devices. */
export type TapDriver = Required<
  Pick<Driver, 'attachInterface' | 'detachInterface' | 'interfaces' | 'ownerOf'>
>;

/** The driver as one that opens tap devices; a driver that says so and cannot is a mistake of ours. */
export function tapDriver(driver: Driver): TapDriver {
  if (!driver.attachInterface || !driver.detachInterface || !driver.interfaces || !driver.ownerOf) {
    throw new TypeError(`the driver ${driver.name} does not open tap devices`);
  }
  return driver as Driver & TapDriver;
}

/** Makes a port's tap device anew, for one user to open. */
export function tapCommands(wish: InterfaceWish, owner: number): BatchLine[] {
  const tap = tapDevice(wish.portId);
  const user = String(owner);
  return [
    ifPossible('link', 'del', tap),
    line('tuntap', 'add', 'dev', tap, 'mode', 'tap', 'user', user, 'group', user),
    // The host's end is a wire, not a host: it has no addresses and says nothing of its own.
    line('link', 'set', tap, 'mtu', String(wish.mtu), 'addrgenmode', 'none'),
    line('link', 'set', tap, 'up'),
  ];
}

/**
 * Plugs virtual machines into the integration bridge: a tap device and a port of the bridge for each interface. The
 * device carries something while QEMU has it open. Addresses are the guest's business: OVN's DHCP tells them.
 */
export class TapPlugger implements Plugs {
  readonly #driver: TapDriver;
  readonly #switch: Switch;
  readonly #ports: BridgePorts;

  constructor(bridge: Switch, host: string, driver: TapDriver) {
    this.#driver = driver;
    this.#switch = bridge;
    this.#ports = new BridgePorts(bridge, host);
  }

  async prepare(serverId: string, interfaces: readonly InterfaceWish[]): Promise<void> {
    if (interfaces.length === 0) return;
    await this.#switch.remove(interfaces.map(({ portId }) => tapDevice(portId)));
    const owner = this.#driver.ownerOf(serverId);
    await ipBatch(interfaces.flatMap((wish) => tapCommands(wish, owner)));
    await this.#ports.add(serverId, interfaces, true);
  }

  async attach(instance: Instance, interfaces: readonly InterfaceWish[]): Promise<void> {
    for (const wish of interfaces) {
      await this.#driver.attachInterface(instance.serverId, wish).catch((error: Error) => {
        throw passing(`its interfaces could not be plugged: ${error.message}`, error);
      });
    }
  }

  async configure(): Promise<void> {
    // The guest asks DHCP when its lease is half over.
  }

  async inPlace(
    instance: Instance,
    interfaces: readonly InterfaceWish[],
  ): Promise<ReadonlySet<string>> {
    if (interfaces.length === 0) return new Set();
    const [host, attached] = await Promise.all([
      links(),
      this.#driver.interfaces(instance.serverId),
    ]);
    const taps = new Set(host.map(({ ifname }) => ifname));
    const sound = interfaces.filter(
      ({ portId }) => attached.has(portId) && taps.has(tapDevice(portId)),
    );
    await this.mend(instance.serverId, sound);
    return new Set(sound.map(({ portId }) => portId));
  }

  mend(serverId: string, interfaces: readonly InterfaceWish[]): Promise<void> {
    return this.#ports.mend(serverId, interfaces);
  }

  async unplug(devices: readonly string[]): Promise<void> {
    if (devices.length === 0) return;
    for (const device of devices) {
      const ids = this.#switch.port(device)?.externalIds ?? {};
      const [serverId, portId] = [ids[EXTERNAL_IDS.server], ids[EXTERNAL_IDS.interface]];
      if (serverId !== undefined && portId !== undefined) {
        await this.#driver.detachInterface(serverId, portId);
      }
    }
    await this.#switch.remove(devices);
    await ipBatch(devices.map((device) => ifPossible('link', 'del', device)));
  }

  devicesOf(serverId: string): string[] {
    return this.#ports.devicesOf(serverId);
  }
}
