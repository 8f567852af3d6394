import type { Logger } from '../../../core/log.ts';
import { transact, type Database } from '../../../database/database.ts';
import type { Projector } from '../../../ovn/index.ts';
import type { NetworkService } from '../../network/index.ts';
import type { PlacementService } from '../../placement/index.ts';
import type { HostDirectory } from '../hosts/directory.ts';
import { finishEvents } from '../instance_actions/model.ts';
import { closeMove } from '../moves/model.ts';
import { tablesOf } from '../tables.ts';
import { portsOfServers, type Server } from './model.ts';
import { ownersOf } from './projection.ts';

/**
 * The last step of a deletion, when the host has nothing of the server left: ports, resources and row go in one
 * transaction. False when somebody else was faster.
 */
export async function removeServer(
  dependencies: {
    readonly database: Database;
    readonly network: Pick<NetworkService, 'change'>;
    readonly placement: Pick<PlacementService, 'release'>;
    readonly hosts: HostDirectory;
    readonly projector: Pick<Projector, 'mark'>;
    readonly log: Logger;
  },
  server: Server,
): Promise<boolean> {
  const { database, network, placement, hosts, projector, log } = dependencies;
  const done = await transact(database, async (transaction) => {
    const tables = tablesOf(transaction);
    const now = new Date();
    const row = await tables
      .updateTable('compute.servers')
      .set({
        vm_state: 'deleted',
        task_state: null,
        power_state: 0,
        updated_at: now,
        terminated_at: now,
        deleted_at: now,
      })
      .where('id', '=', server.id)
      .where('power', '=', 'deleted')
      .where('deleted_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    if (!row) return undefined;
    const ports = await portsOfServers(transaction, [server.id]);
    const change = network.change(transaction);
    for (const port of ports) {
      if (port.owned) await change.deletePort(port.port_id);
      else await change.unbindPort(port.port_id);
    }
    await tables.deleteFrom('compute.server_ports').where('server_id', '=', server.id).execute();
    await placement.release(transaction, server.id);
    await closeMove(
      transaction,
      placement,
      server.id,
      server.vm_state === 'resized' ? 'confirmed' : 'error',
    );
    await finishEvents(transaction, server.id, 'Success');
    return { change, ports };
  });
  if (!done) return false;
  done.change.mark();
  projector.mark(...ownersOf(server, done.ports, hosts));
  log.info({ server: server.id }, 'server deleted');
  return true;
}
