import { notFound } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { requireServer } from '../servers/model.ts';
import { surroundingsOf } from '../servers/surroundings.ts';
import { addressesOf } from '../servers/view.ts';

/** What belongs to a server and is only read: addresses, volumes. */
export function serverPartOperations(context: ComputeContext): Operation[] {
  const { database } = context;
  const find = (request: OperationRequest) =>
    requireServer(database, request.caller, request.params['server_id']!);
  const addresses = async (request: OperationRequest) => {
    const server = await find(request);
    return addressesOf(server.id, await surroundingsOf(context, [server.id], { withHosts: false }));
  };
  /** Addresses here have no types and hardware addresses, as in Nova. */
  const plain = (list: readonly object[]) =>
    list.map((entry) => {
      const { version, addr } = entry as { version: number; addr: string };
      return { version, addr };
    });
  const common = { method: 'GET', role: 'reader', success: 200 } as const;
  return [
    operation({
      ...common,
      name: 'list_server_addresses',
      path: '/v2.1/servers/{server_id}/ips',
      summary: "A server's addresses by network",
      async handle(request) {
        const networks = Object.entries(await addresses(request));
        return {
          body: {
            addresses: Object.fromEntries(networks.map(([name, list]) => [name, plain(list)])),
          },
        };
      },
    }),
    operation({
      ...common,
      name: 'show_server_addresses',
      path: '/v2.1/servers/{server_id}/ips/{network_label}',
      summary: "A server's addresses in one network",
      async handle(request) {
        const label = request.params['network_label']!;
        const networks = await addresses(request);
        if (!Object.hasOwn(networks, label))
          throw notFound('Instance is not a member of specified network');
        return { body: { [label]: plain(networks[label]!) } };
      },
    }),
    operation({
      ...common,
      name: 'list_volume_attachments',
      path: '/v2.1/servers/{server_id}/os-volume_attachments',
      summary: "A server's volumes: there is no volume service, so none",
      async handle(request) {
        await find(request);
        return { body: { volumeAttachments: [] } };
      },
    }),
    operation({
      ...common,
      name: 'show_volume_attachment',
      path: '/v2.1/servers/{server_id}/os-volume_attachments/{volume_id}',
      summary: "One of a server's volumes",
      async handle(request) {
        const server = await find(request);
        throw notFound(
          `Instance ${server.id} is not attached to volume ${request.params['volume_id']!.slice(0, 255)}`,
        );
      },
    }),
  ];
}
