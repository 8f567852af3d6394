import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import type { Database } from '../../../database/database.ts';
import type { Ovenbird, OvsdbClient, Projector } from '../../../ovn/index.ts';
import type { NetworkService } from '../../network/index.ts';
import { interfaceOwner, metadataOwner, serverOwner } from './projection.ts';

/**
 * Has hosts told when the network service changes what they configured: a port's addresses, a subnet's gateway
 * or resolvers, a network's MTU. What is missed (a process that dies) is found by the settler's full sweep.
 * Gives the way to stop.
 */
export function followNetworks(dependencies: {
  database: Database;
  network: Pick<NetworkService, 'onChange' | 'portsOfSubnets'>;
  ovenbird: OvsdbClient<Ovenbird>;
  projector: Projector;
  log: Logger;
}): () => void {
  const { database, network, ovenbird, projector, log } = dependencies;
  const interfaces = ovenbird.mirror.table('Interface');
  const servers = ovenbird.mirror.table('Server');
  const metadata = ovenbird.mirror.table('Metadata_Port');

  /** Owners of all rows that a host has because of a port. */
  const ownersOfPort = (portId: string): string[] => {
    const row = interfaces.first('port_id', portId);
    const server = row && servers.first('interfaces', row._uuid);
    return [
      ...(row ? [interfaceOwner(portId)] : []),
      // Resolvers are the server's.
      ...(server ? [serverOwner(server.id)] : []),
      ...metadata.find('port_id', portId).map((port) => metadataOwner(port.host, port.network_id)),
    ];
  };
  const ownersOfNetwork = (id: string): string[] => [
    ...interfaces.find('network_id', id).flatMap((row) => ownersOfPort(row.port_id)),
    ...metadata.find('network_id', id).map((port) => metadataOwner(port.host, port.network_id)),
  ];

  return network.onChange((changed) => {
    const named = (prefix: string) =>
      changed
        .filter((owner) => owner.startsWith(prefix))
        .map((owner) => owner.slice(prefix.length));
    projector.mark(
      ...named('port:').flatMap(ownersOfPort),
      ...named('network:').flatMap(ownersOfNetwork),
    );
    const subnets = named('subnet:');
    if (subnets.length === 0) return;
    network
      .portsOfSubnets(database, subnets)
      .then((ports) => projector.mark(...ports.flatMap(ownersOfPort)))
      .catch((error: unknown) =>
        log.warn(
          { reason: messageOf(error) },
          'a change of subnets reaches hosts with the next sweep',
        ),
      );
  });
}
