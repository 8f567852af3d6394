import { isUuid } from '../../../core/ids.ts';
import type { ComputeContext } from '../context.ts';
import { loadServers, portsOfServers } from '../servers/model.ts';
import { metadataDocument, type MetadataDocument } from './document.ts';

/** The document of the server that has this address in this network; undefined when there is none. */
export async function findMetadata(
  { database, network }: ComputeContext,
  networkId: string,
  address: string,
): Promise<MetadataDocument | undefined> {
  const port = await network.portAtAddress(database, networkId, address);
  if (!port || !port.deviceOwner.startsWith('compute:')) return undefined;
  return metadataOf({ database, network }, port.deviceId);
}

/** The document of a server; undefined when there is none. */
export async function metadataOf(
  { database, network }: Pick<ComputeContext, 'database' | 'network'>,
  serverId: string,
): Promise<MetadataDocument | undefined> {
  const [server] = isUuid(serverId) ? await loadServers(database, [serverId]) : [];
  if (!server) return undefined;
  const own = await portsOfServers(database, [server.id]);
  const ids = own.map(({ port_id: id }) => id);
  const [descriptions, floatingIps, groups] = await Promise.all([
    network.describePorts(database, ids),
    network.floatingIpsOfPorts(database, ids),
    network.securityGroupsOfPorts(database, ids),
  ]);
  return metadataDocument({
    server,
    ports: own.flatMap((one) => {
      const description = descriptions.find(({ id }) => id === one.port_id);
      return description ? [{ port: one, description }] : [];
    }),
    floatingIps,
    securityGroups: [...groups.values()].flat(),
  });
}
