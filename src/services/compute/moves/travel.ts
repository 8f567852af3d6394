import type { NetworkChange } from '../../network/index.ts';
import { allocationOf, type PortAllocations } from '../servers/claim.ts';
import { deviceOwner } from '../servers/create.ts';
import type { Server, ServerChange, ServerPort } from '../servers/model.ts';

/** What a server is once it has left its host for another one, or for none (shelved). */
export function arrival(server: Server, next: string | null): ServerChange {
  if (next === null)
    return {
      host: null,
      leaving_for: null,
      vm_state: 'shelved_offloaded',
      task_state: null,
      power: 'stopped',
      power_state: 4,
    };
  return {
    host: next,
    leaving_for: null,
    // What the former host reported is older than this.
    generation: server.generation + 1,
    power: runsAfterwards(server) ? 'running' : 'stopped',
    ...(server.task_state === 'resize_migrated' ? { task_state: 'resize_finish' } : {}),
  };
}

/** One that was stopped when its way began stays so; a resized one is what it is on its present host. */
const runsAfterwards = ({ vm_state: state, power }: Server): boolean =>
  state === 'resized' ? power !== 'stopped' : state === 'active';

/** Has the server's ports where the server is; an empty chassis: nowhere. */
export async function bindPorts(
  change: NetworkChange,
  server: Pick<Server, 'id' | 'availability_zone'>,
  ports: readonly Pick<ServerPort, 'port_id'>[],
  chassis: string,
  allocations: PortAllocations = new Map(),
): Promise<void> {
  for (const { port_id: id } of ports)
    await change.bindPort(undefined, id, {
      host: chassis,
      deviceId: server.id,
      deviceOwner: deviceOwner(server.availability_zone),
      ...allocationOf(allocations, id),
    });
}
