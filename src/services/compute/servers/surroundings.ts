import type { ComputeContext } from '../context.ts';
import type { ShownPort } from '../../network/index.ts';
import type { ServerSurroundings } from './view.ts';

/** Puts things into lists by a key. */
export function groupBy<Thing>(
  things: readonly Thing[],
  key: (thing: Thing) => string,
): Map<string, Thing[]> {
  const groups = new Map<string, Thing[]>();
  for (const thing of things) {
    const group = groups.get(key(thing));
    if (group) group.push(thing);
    else groups.set(key(thing), [thing]);
  }
  return groups;
}

/** Ports, floating IPs, groups and hosts of these servers: a handful of statements, however many servers. */
export async function surroundingsOf(
  { database, network, hosts }: Pick<ComputeContext, 'database' | 'network' | 'hosts'>,
  serverIds: readonly string[],
  options: {
    readonly withHosts: boolean;
    /** Already being read, together with the servers themselves. */
    readonly ports?: Promise<ShownPort[]>;
  },
): Promise<ServerSurroundings> {
  const ports =
    serverIds.length === 0
      ? []
      : await (options.ports ?? network.shownPortsOfDevices(database, serverIds));
  const portIds = ports.map(({ id }) => id);
  const [floating, groups, all] = await Promise.all([
    portIds.length === 0 ? [] : network.floatingIpsOfPorts(database, portIds),
    portIds.length === 0 ? new Map() : network.securityGroupsOfPorts(database, portIds),
    options.withHosts ? hosts.list(database) : [],
  ]);
  return {
    ports: groupBy(ports, (port) => port.deviceId),
    floatingIps: groupBy(floating, (address) => address.portId),
    securityGroups: groups,
    hosts: new Map(all.map((host) => [host.name, host])),
  };
}
