import { conflict } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import type { Transaction } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { ComputeContext } from '../context.ts';
import { portsOfServers, type Server } from '../servers/model.ts';
import { claimHost, consumerOf, type Destination, type Errand } from './destination.ts';
import { insertMove, type Move } from './model.ts';

/**
 * A server begins to move: it has what its destination gives it. What it had in placement, whose its place stays until the
 * move is over, is the move's, so that it can always go back. Fails (400) when no host can take it.
 */
export async function beginMove(
  context: ComputeContext,
  transaction: Transaction,
  caller: Caller,
  server: Server,
  type: Move['type'],
  errand: Errand,
): Promise<Destination> {
  const { network, placement } = context;
  const ports = (await portsOfServers(transaction, [server.id])).map(({ port_id: id }) => id);
  const uuid = newUuid();
  await placement.handOver(transaction, server.id, {
    ...consumerOf(server),
    id: uuid,
    type: 'MIGRATION',
  });
  const destination = await claimHost(context, transaction, caller, server, errand);
  await insertMove(transaction, caller, server, {
    uuid,
    type,
    source_host: server.host ?? '',
    dest_host: destination.name,
    new_flavor_id: errand.flavor.id,
    allocations: Object.fromEntries(destination.allocations),
    old_allocations: Object.fromEntries(await network.portAllocations(transaction, ports)),
  });
  return destination;
}

/** Refuses (409) what only a host that lives can begin. */
export async function requireUp(
  { hosts }: Pick<ComputeContext, 'hosts'>,
  transaction: Transaction,
  server: Server,
): Promise<void> {
  const host = (await hosts.list(transaction)).find(({ name }) => name === server.host);
  if (host?.up !== true)
    throw conflict(
      `Service is unavailable at this time: host ${server.host ?? ''} of server ${server.id} is down. Wait for it, or evacuate the server.`,
    );
}
