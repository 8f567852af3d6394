import { peerDevice, tapDevice } from '../names.ts';
import type { InterfaceWish } from '../wish.ts';
import { ifPossible, line, type BatchLine, type Link } from './ip.ts';

/** What a veth pair needs to be known of a port. */
export type Wire = Pick<InterfaceWish, 'portId' | 'mac' | 'mtu'>;

/** Makes the pair anew, both ends in the host's namespace. */
export function pairCommands(wire: Wire): BatchLine[] {
  const tap = tapDevice(wire.portId);
  const mtu = String(wire.mtu);
  const peer = ['peer', 'name', peerDevice(wire.portId), 'mtu', mtu, 'address', wire.mac];
  return [
    ifPossible('link', 'del', tap),
    line('link', 'add', tap, 'mtu', mtu, 'type', 'veth', ...peer),
    // The host's end is a wire, not a host: it has no addresses and says nothing of its own.
    line('link', 'set', tap, 'addrgenmode', 'none'),
    line('link', 'set', tap, 'up'),
  ];
}

/** Gives the server's end to a namespace, under its final name. */
export const moveCommand = (portId: string, namespace: string, device: string): BatchLine =>
  line('link', 'set', peerDevice(portId), 'netns', namespace, 'name', device);

const isV6 = (text: string): boolean => text.includes(':');

const DEFAULTS = new Set(['0.0.0.0/0', '::/0']);

/**
 * Brings the interfaces up inside: addresses first, then links, then routes. Of several default routes of a family
 * the one of the lowest position wins, since its metric is the lowest.
 */
export function configureCommands(interfaces: readonly InterfaceWish[]): BatchLine[] {
  const lines: BatchLine[] = [line('link', 'set', 'lo', 'up')];
  for (const { device, addresses } of interfaces) {
    lines.push(ifPossible('address', 'flush', 'dev', device, 'scope', 'global'));
    for (const address of addresses) {
      // OVN lets nobody else have the address: looking for duplicates would only cost a second.
      const nodad = isV6(address) ? ['nodad'] : [];
      lines.push(line('address', 'replace', address, 'dev', device, ...nodad));
    }
    lines.push(line('link', 'set', device, 'up'));
  }
  for (const { device, routes, position } of interfaces) {
    for (const { destination, nextHop } of routes) {
      // `onlink`: a next hop outside the subnet is the network's business (169.254.169.254 by way of a port).
      const via = nextHop === undefined ? [] : ['via', nextHop];
      const onlink = nextHop === undefined ? [] : ['onlink'];
      const metric = DEFAULTS.has(destination)
        ? ['metric', String((isV6(destination) ? 1024 : 0) + 100 + position)]
        : [];
      lines.push(
        line('route', 'replace', destination, ...via, 'dev', device, ...metric, ...onlink),
      );
    }
  }
  return lines;
}

/** Whether a link inside is as it should be: then it need not be touched. */
export function isConfigured(wish: InterfaceWish, link: Link | undefined): boolean {
  if (link === undefined || link.address !== wish.mac || !link.flags.includes('UP')) return false;
  const has = new Set(
    (link.addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`),
  );
  return wish.addresses.every((address) => has.has(address.toLowerCase()));
}
