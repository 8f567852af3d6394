import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import { operation, type Operation } from '../../operation.ts';
import type { Room } from '../collections/operations.ts';
import { addInterface, removeInterface, type InterfaceRequest } from './interface-changes.ts';

/** The bodies of these operations are not wrapped. */
const body = Type.Object({
  subnet_id: Type.Optional(Type.String({ description: 'Id of a subnet' })),
  port_id: Type.Optional(Type.String({ description: 'Id of a port' })),
});

function checkRequest(request: InterfaceRequest): void {
  if (request.subnet_id === undefined && request.port_id === undefined) {
    throw badRequest(
      'Bad router request: Either subnet_id or port_id must be specified.',
      'BadRequest',
    );
  }
  for (const [name, value] of Object.entries(request)) {
    if (typeof value === 'string' && isUuid(value)) continue;
    throw badRequest(
      `Invalid input for ${name}. Reason: '${String(value).slice(0, 100)}' is not a valid UUID.`,
      'InvalidInput',
    );
  }
}

/** Adding and removing interfaces of routers. */
export const interfaceOperations = (room: Room): Operation[] =>
  (
    [
      ['add_router_interface', 'Connect a router to a subnet', addInterface],
      ['remove_router_interface', 'Disconnect a router from a subnet', removeInterface],
    ] as const
  ).map(([name, summary, work]) =>
    operation({
      name,
      method: 'PUT',
      path: `/v2.0/routers/{router_id}/${name}`,
      summary,
      role: 'member',
      success: 200,
      body,
      handle: async ({ caller, params, body: request }) => {
        const { subnet_id, port_id } = request;
        const wanted = {
          ...(subnet_id === undefined ? {} : { subnet_id }),
          ...(port_id === undefined ? {} : { port_id }),
        };
        checkRequest(wanted);
        return {
          body: await room.commit((change) => work(change, caller, params['router_id']!, wanted)),
        };
      },
    }),
  );
