import type { Logger } from '../../../core/log.ts';
import { transact, type Database } from '../../../database/database.ts';
import type { PlacementService } from '../../placement/index.ts';
import { loadServers, updateServer, updateServerAt } from '../servers/model.ts';
import { undecidedServers } from './model.ts';
import { confirm } from './resize.ts';

/** Confirms moves about which nobody has decided in time (option `resize_confirm_window`). */
export async function confirmUndecided({
  database,
  placement,
  confirmWindow,
  log,
}: {
  readonly database: Database;
  readonly placement: Pick<PlacementService, 'release'>;
  /** Seconds; 0: never. */
  readonly confirmWindow: number;
  readonly log: Logger;
}): Promise<void> {
  if (confirmWindow === 0) return;
  const ids = await undecidedServers(database, confirmWindow);
  for (const server of await loadServers(database, ids)) {
    if (server.vm_state !== 'resized' || server.task_state !== null) continue;
    const done = await transact(database, async (transaction) => {
      // The server first, as everybody else does: whoever is faster decides.
      if (!(await updateServerAt(transaction, server, { task_state: null }))) return false;
      await updateServer(transaction, server.id, await confirm(placement, transaction, server));
      return true;
    });
    if (done) log.info({ server: server.id }, 'resize confirmed: nobody decided in time');
  }
}
