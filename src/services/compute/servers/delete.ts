import { transact } from '../../../database/database.ts';
import type { OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { recordActions } from '../instance_actions/model.ts';
import { checkLock } from './actions.ts';
import { requireServer, updateServer } from './model.ts';
import { serverOwner } from './projection.ts';

/** A server in ERROR is deleted within this time or later, in milliseconds: clients take ERROR for a failed deletion. */
const FAILED_GOES_WITHIN = 3000;

/** Orders a server's end. It is gone when its host has removed what it has of it. */
export async function deleteServer(
  context: ComputeContext,
  request: OperationRequest,
): Promise<void> {
  const { database, projector, settler } = context;
  const id = request.params['server_id']!;
  const failed = await transact(database, async (transaction) => {
    const server = await requireServer(transaction, request.caller, id, { lock: true });
    checkLock(request, server);
    if (server.power === 'deleted') return false;
    await updateServer(transaction, server.id, { power: 'deleted', task_state: 'deleting' });
    await recordActions(transaction, request.caller, request.requestId, [server], 'delete', {
      name: 'compute_terminate_instance',
    });
    return server.vm_state === 'error';
  });
  projector.mark(serverOwner(id));
  if (failed) await settler.gone(id, FAILED_GOES_WITHIN);
  else settler.mark(id);
}
