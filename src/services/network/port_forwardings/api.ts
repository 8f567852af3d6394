import { sql } from 'kysely';
import { Type } from 'typebox';
import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { unwrap, unwrapMany, valuesOfCreation, valuesOfUpdate } from '../attributes/body.ts';
import { document, find, findOwned, nounNotFound, select, type Noun } from '../collections/noun.ts';
import { list, type Room } from '../collections/operations.ts';
import { floatingIpNoun } from '../floatingips/noun.ts';
import type { NetworkDatabase } from '../tables.ts';
import { portForwardingNoun as noun, type PortForwardingRow } from './noun.ts';
import { deletePortForwardings } from './removal.ts';
import { createPortForwarding, updatePortForwarding, type PortForwardingValues } from './rules.ts';

const path = '/v2.0/floatingips/{floatingip_id}/port_forwardings';
const one = `${path}/{port_forwarding_id}`;

/** The forwarding below this floating IP. */
async function findBelow(
  database: NetworkDatabase,
  caller: Caller,
  floatingId: string,
  id: string,
): Promise<PortForwardingRow> {
  const row = await find(database, noun, caller, id);
  if (row.floatingip_id !== floatingId) throw nounNotFound(noun, id);
  return row;
}

/** The floating IP of a request that changes its forwardings, locked. */
const lockFloating = (
  database: NetworkDatabase,
  { caller, params }: OperationRequest,
  action: string,
) => findOwned(database, floatingIpNoun, caller, params['floatingip_id']!, action);

/** Port forwardings are parts of floating IPs (alias floating-ip-port-forwarding). */
export const portForwardingOperations = (room: Room): Operation[] => [
  operation({
    name: 'get_floatingip_port_forwardings',
    method: 'GET',
    path,
    summary: 'List the port forwardings of a floating IP',
    role: 'reader',
    success: 200,
    handle: async (request) => {
      const { caller, params, query } = request;
      const { id } = await find(room.database, floatingIpNoun, caller, params['floatingip_id']!);
      const below: Noun<PortForwardingRow> = {
        ...noun,
        path: path.replace('{floatingip_id}', id),
      };
      return {
        body: await list(room.database, below, {
          ...request,
          query: { ...query, floatingip_id: [id] },
        }),
      };
    },
  }),
  operation({
    name: 'get_floatingip_port_forwarding',
    method: 'GET',
    path: one,
    summary: 'Show a port forwarding',
    role: 'reader',
    success: 200,
    handle: async ({ caller, params, query }) => {
      const { id } = await find(room.database, floatingIpNoun, caller, params['floatingip_id']!);
      const row = await findBelow(room.database, caller, id, params['port_forwarding_id']!);
      return { body: { port_forwarding: document(noun, row, caller, query['fields']) } };
    },
  }),
  operation({
    name: 'create_floatingip_port_forwarding',
    method: 'POST',
    path,
    summary: 'Forward ports of a floating IP',
    role: 'member',
    success: 201,
    body: Type.Unknown(),
    handle: async (request) => {
      const { caller, body } = request;
      const action = 'create_floatingip_port_forwarding';
      const { objects, bulk } = unwrapMany(body, noun.singular, noun.plural);
      const wanted = objects.map((object) =>
        valuesOfCreation(noun.attributes, action, caller, object),
      );
      const rows = await room.commit(async (change) => {
        const ids: string[] = [];
        for (const values of wanted) {
          // Again each time: the one before may have given it its router.
          const floating = await lockFloating(change.transaction, request, action);
          ids.push(
            await createPortForwarding(change, caller, floating, values as PortForwardingValues),
          );
        }
        const made = await select(change.transaction, noun, sql`o.id = any(${ids}::uuid[])`);
        return ids.map((id) => made.find((row) => row.id === id)!);
      });
      const documents = rows.map((row) => document(noun, row, caller));
      return {
        body: bulk ? { port_forwardings: documents } : { port_forwarding: documents[0] },
      };
    },
  }),
  operation({
    name: 'update_floatingip_port_forwarding',
    method: 'PUT',
    path: one,
    summary: 'Change a port forwarding',
    role: 'member',
    success: 200,
    body: Type.Unknown(),
    handle: async (request) => {
      const { caller, body, params } = request;
      const action = 'update_floatingip_port_forwarding';
      const values = valuesOfUpdate(noun.attributes, action, caller, unwrap(body, noun.singular));
      const row = await room.commit(async (change) => {
        const { transaction } = change;
        const floating = await lockFloating(transaction, request, action);
        const id = params['port_forwarding_id']!;
        const present = await findBelow(transaction, caller, floating.id, id);
        await updatePortForwarding(
          change,
          caller,
          floating,
          present,
          values as PortForwardingValues,
        );
        return find(transaction, noun, caller, present.id);
      });
      return { body: { port_forwarding: document(noun, row, caller) } };
    },
  }),
  operation({
    name: 'delete_floatingip_port_forwarding',
    method: 'DELETE',
    path: one,
    summary: 'Forward ports no more',
    role: 'member',
    success: 204,
    handle: async (request) => {
      const { caller, params } = request;
      await room.commit(async (change) => {
        const { transaction } = change;
        const action = 'delete_floatingip_port_forwarding';
        const floating = await lockFloating(transaction, request, action);
        const id = params['port_forwarding_id']!;
        await deletePortForwardings(change, [
          await findBelow(transaction, caller, floating.id, id),
        ]);
      });
      return {};
    },
  }),
];
