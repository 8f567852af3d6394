import type { ServerSurroundings } from './view.ts';

/** Addresses by network name: fixed ones with the floating IPs that lead to them. */
export function addressesOf(
  serverId: string,
  { ports, floatingIps }: Pick<ServerSurroundings, 'ports' | 'floatingIps'>,
): Record<string, object[]> {
  const networks: Record<string, object[]> = {};
  for (const port of ports.get(serverId) ?? []) {
    const list = (networks[port.networkName] ??= []);
    for (const { ipAddress, ipVersion } of port.addresses) {
      const entry = (address: string, type: 'fixed' | 'floating') => ({
        version: type === 'floating' ? 4 : ipVersion,
        addr: address,
        'OS-EXT-IPS:type': type,
        'OS-EXT-IPS-MAC:mac_addr': port.macAddress,
      });
      list.push(entry(ipAddress, 'fixed'));
      for (const floating of floatingIps.get(port.id) ?? [])
        if (floating.fixedIpAddress === ipAddress)
          list.push(entry(floating.floatingIpAddress, 'floating'));
    }
  }
  return networks;
}

export type Addresses = Readonly<Record<string, readonly object[]>>;

/** The same without types and hardware addresses. */
export const plainAddresses = (networks: Addresses): Record<string, object[]> =>
  Object.fromEntries(
    Object.entries(networks).map(([name, list]) => [
      name,
      list.map((entry) => {
        const { version, addr } = entry as { version: number; addr: string };
        return { version, addr };
      }),
    ]),
  );
