import { badRequest } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation } from '../../operation.ts';
import { Invalid } from '../attributes/attribute.ts';
import type { Change } from '../change.ts';
import { document, find, findOwned } from '../collections/noun.ts';
import type { Room } from '../collections/operations.ts';
import { subportList, trunkNoun, type TrunkRow } from './noun.ts';
import { add, take } from './rules.ts';
import type { SubportWish } from './subports.ts';

/** The subports of a body such as `{"sub_ports": [{"port_id": …}]}`. */
function subportsOf(body: unknown): SubportWish[] {
  const list = (body as { sub_ports?: unknown } | null | undefined)?.sub_ports;
  if (!Array.isArray(list) || list.length === 0) {
    throw badRequest(
      `Invalid input for operation: send {"sub_ports": [{"port_id": ...}]} with at least one subport.`,
      'InvalidInput',
    );
  }
  try {
    return subportList.convert(list) as SubportWish[];
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    throw badRequest(`Invalid input for operation: sub_ports: ${error.message}.`, 'InvalidInput');
  }
}

/** Subports of a trunk, one by one. */
export function trunkOperations(room: Room): Operation[] {
  const one = '/v2.0/trunks/{trunk_id}';
  const change = (
    action: string,
    work: (change: Change, caller: Caller, row: TrunkRow, wishes: SubportWish[]) => Promise<void>,
  ) =>
    operation({
      name: action,
      method: 'PUT',
      path: `${one}/${action}`,
      summary:
        action === 'add_subports' ? 'Add subports to a trunk' : 'Take subports out of a trunk',
      role: 'member',
      success: 200,
      handle: async ({ caller, params, body }) => {
        const wishes = subportsOf(body);
        const row = await room.commit(async (transaction) => {
          const trunk = await findOwned(
            transaction.transaction,
            trunkNoun,
            caller,
            params['trunk_id']!,
            action,
          );
          await work(transaction, caller, trunk, wishes);
          return find(transaction.transaction, trunkNoun, caller, trunk.id);
        });
        return { body: document(trunkNoun, row, caller) };
      },
    });
  return [
    change('add_subports', add),
    change('remove_subports', (transaction, _caller, row, wishes) =>
      take(transaction, row, wishes),
    ),
    operation({
      name: 'get_subports',
      method: 'GET',
      path: `${one}/get_subports`,
      summary: 'List the subports of a trunk',
      role: 'reader',
      success: 200,
      handle: async ({ caller, params }) => {
        const row = await find(room.database, trunkNoun, caller, params['trunk_id']!);
        return { body: { sub_ports: row.sub_ports } };
      },
    }),
  ];
}
