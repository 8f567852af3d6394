import { notFound } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { since } from '../microversions.ts';
import { requireServer } from '../servers/model.ts';
import { surroundingsOf } from '../servers/surroundings.ts';
import { addressesOf, plainAddresses } from '../servers/address-view.ts';

/** What belongs to a server and is mostly only read. */
export function serverPartOperations(context: ComputeContext): Operation[] {
  const { database } = context;
  const find = (request: OperationRequest) =>
    requireServer(database, request.caller, request.params['server_id']!);
  const addresses = async (request: OperationRequest) => {
    const server = await find(request);
    return addressesOf(server.id, await surroundingsOf(context, [server.id], { withHosts: false }));
  };
  const common = { method: 'GET', success: 200 } as const;
  return [
    operation({
      ...common,
      name: 'list_server_addresses',
      role: policy.role('ips:index'),
      path: '/v2.1/servers/{server_id}/ips',
      summary: "A server's addresses by network",
      async handle(request) {
        return { body: { addresses: plainAddresses(await addresses(request)) } };
      },
    }),
    operation({
      ...common,
      name: 'show_server_addresses',
      role: policy.role('ips:show'),
      path: '/v2.1/servers/{server_id}/ips/{network_label}',
      summary: "A server's addresses in one network",
      async handle(request) {
        const label = request.params['network_label']!;
        const networks = plainAddresses(await addresses(request));
        if (!Object.hasOwn(networks, label))
          throw notFound('Instance is not a member of specified network');
        return { body: { [label]: networks[label] } };
      },
    }),
    operation({
      ...common,
      name: 'show_server_topology',
      role: policy.role('compute:server:topology:index'),
      path: '/v2.1/servers/{server_id}/topology',
      summary: 'Nodes of memory and processors that a server was given: no host here divides them',
      since: since('serverTopology'),
      async handle(request) {
        await find(request);
        return { body: { nodes: [], pagesize_kb: null } };
      },
    }),
    operation({
      ...common,
      name: 'show_server_password',
      role: policy.role('os-server-password:show'),
      path: '/v2.1/servers/{server_id}/os-server-password',
      summary:
        'The password that a server has told, encrypted for its owner: empty, none tells one',
      async handle(request) {
        await find(request);
        return { body: { password: '' } };
      },
    }),
    operation({
      name: 'clear_server_password',
      method: 'DELETE',
      path: '/v2.1/servers/{server_id}/os-server-password',
      summary: 'Forget the password that a server has told',
      role: policy.role('os-server-password:clear'),
      success: 204,
      async handle(request) {
        await find(request);
        return {};
      },
    }),
  ];
}
