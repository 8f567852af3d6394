import type { Logger } from '../../../core/log.ts';
import { transact, type Database } from '../../../database/database.ts';
import type { Projector } from '../../../ovn/index.ts';
import type { NetworkService } from '../../network/index.ts';
import type { PlacementService } from '../../placement/index.ts';
import { loadAggregates } from '../aggregates/model.ts';
import { zoneOfHost } from '../aggregates/rules.ts';
import type { HostDirectory } from '../hosts/directory.ts';
import { finishEvents } from '../instance_actions/model.ts';
import { portsOfServers, updateServerAt, type Server } from '../servers/model.ts';
import { ownersOf } from '../servers/projection.ts';
import { openMove } from './model.ts';
import { arrival, bindPorts } from './travel.ts';

/**
 * The last step of leaving a host, when that has nothing of the server left: the server is given the next one, or is
 * without. False when somebody changed it meanwhile: it has to be looked at again.
 */
export async function leaveHost(
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
  const next = server.leaving_for === '' ? null : server.leaving_for;
  const ports = await portsOfServers(database, [server.id]);
  const change = await transact(database, async (transaction) => {
    const zone = next === null ? null : zoneOfHost(await loadAggregates(transaction), next);
    const there = {
      ...arrival(server, next),
      ...(zone === null ? {} : { availability_zone: zone }),
    };
    if (!(await updateServerAt(transaction, server, there))) return undefined;
    const changes = network.change(transaction);
    const itself = { id: server.id, availability_zone: zone ?? server.availability_zone };
    if (next === null) {
      await placement.release(transaction, server.id);
      await finishEvents(transaction, server.id, 'Success');
      await bindPorts(changes, itself, ports, '');
      return changes;
    }
    const move = await openMove(transaction, server.id);
    const served = move?.status === 'reverting' ? move.old_allocations : move?.allocations;
    const allocations = new Map(Object.entries(served ?? {}));
    await bindPorts(changes, itself, ports, hosts.chassisOf(next), allocations);
    return changes;
  });
  if (!change) return false;
  change.mark();
  projector.mark(
    ...ownersOf(server, ports, hosts),
    ...ownersOf({ id: server.id, host: next }, ports, hosts),
  );
  log.info({ server: server.id, from: server.host, to: next }, 'server left its host');
  return true;
}
