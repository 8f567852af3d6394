import type { Transaction } from '../../../database/database.ts';
import type { PlacementService } from '../../placement/index.ts';
import type { Server, ServerChange } from '../servers/model.ts';
import { consumerOf } from './destination.ts';
import { closeMove, openMove } from './model.ts';

/**
 * Ends a server's open move, if it has one, without its having left its host: it has what it had before, in placement and
 * as flavor. One that has arrived already, or did not mean to leave, is what it is now.
 */
export async function abandonMove(
  placement: Pick<PlacementService, 'handOver' | 'release'>,
  transaction: Transaction,
  server: Server,
): Promise<ServerChange> {
  const move = await openMove(transaction, server.id);
  if (!move) return {};
  const isAtHome = server.host === move.source_host && move.source_host !== move.dest_host;
  const turnsBack = isAtHome && move.status === 'migrating';
  if (turnsBack) await placement.handOver(transaction, move.uuid, consumerOf(server));
  await closeMove(transaction, placement, server.id, 'error');
  return turnsBack
    ? { flavor: JSON.stringify(move.old_flavor), flavor_id: move.old_flavor_id }
    : {};
}
