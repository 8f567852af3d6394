import type { Instance } from '../drivers/driver.ts';
import type { InterfaceWish } from '../wish.ts';

/** How interfaces come to servers: what differs between containers and virtual machines. */
export interface Plugs {
  /** Makes devices anew and adds their ports, without needing the server; what an earlier run left is removed first. */
  prepare(serverId: string, interfaces: readonly InterfaceWish[]): Promise<void>;
  /** Brings prepared devices into a running server; rejects if it has gone. */
  attach(instance: Instance, interfaces: readonly InterfaceWish[]): Promise<void>;
  /** Gives interfaces that are in place other addresses and routes. */
  configure(instance: Instance, interfaces: readonly InterfaceWish[]): Promise<void>;
  /** Of the interfaces of a running server those that are in place. A port that only the bridge lacks is added again. */
  inPlace(instance: Instance, interfaces: readonly InterfaceWish[]): Promise<ReadonlySet<string>>;
  /** Adds the ports that are missing in the bridge, of devices that are in place. */
  mend(serverId: string, interfaces: readonly InterfaceWish[]): Promise<void>;
  /** Removes ports and devices, from a running server, too. */
  unplug(devices: readonly string[]): Promise<void>;
  /** Devices of this server's ports. */
  devicesOf(serverId: string): string[];
}
