import { Type } from 'typebox';
import { badRequest, notFound } from '../../../core/errors.ts';
import { transact } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { limitsOf } from '../quotas/model.ts';
import { checkLock, checkState, SETTLED } from '../servers/actions.ts';
import { requireServer, updateServer, type Server } from '../servers/model.ts';
import { checkMetadata } from '../servers/rules.ts';
import { Metadata } from '../servers/schemas.ts';

const AllBody = Type.Object({ metadata: Metadata }, { additionalProperties: false });
const ItemBody = Type.Object({ meta: Metadata }, { additionalProperties: false });

/** https://docs.openstack.org/api-ref/compute/#server-metadata-servers-metadata */
export function serverMetadataOperations({ database }: ComputeContext): Operation[] {
  const collection = '/v2.1/servers/{server_id}/metadata';
  const item = `${collection}/{key}`;
  const find = (request: OperationRequest) =>
    requireServer(database, request.caller, request.params['server_id']!);
  const missing = () => notFound('Metadata item was not found');

  /** Changes the metadata of the locked server and gives what it is then. */
  const change = (
    request: OperationRequest,
    action: string,
    next: (server: Server) => Record<string, string>,
  ): Promise<Record<string, string>> =>
    transact(database, async (transaction) => {
      const server = await requireServer(
        transaction,
        request.caller,
        request.params['server_id']!,
        {
          lock: true,
        },
      );
      checkLock(request, server);
      checkState(action, server, SETTLED);
      const metadata = next(server);
      const limits = await limitsOf(transaction, server.project_id);
      checkMetadata(metadata, limits.metadata_items);
      await updateServer(transaction, server.id, { metadata: JSON.stringify(metadata) });
      return metadata;
    });

  return [
    operation({
      name: 'list_server_metadata',
      method: 'GET',
      path: collection,
      summary: "A server's metadata",
      role: policy.role('server-metadata:index'),
      success: 200,
      handle: async (request) => ({ body: { metadata: (await find(request)).metadata } }),
    }),
    operation({
      name: 'merge_server_metadata',
      method: 'POST',
      path: collection,
      summary: 'Add or change metadata of a server',
      role: policy.role('server-metadata:create'),
      success: 200,
      body: AllBody,
      async handle(request) {
        const { metadata } = request.body;
        const merged = await change(request, 'update metadata', (server) => ({
          ...server.metadata,
          ...metadata,
        }));
        return { body: { metadata: merged } };
      },
    }),
    operation({
      name: 'replace_server_metadata',
      method: 'PUT',
      path: collection,
      summary: "Replace a server's metadata",
      role: policy.role('server-metadata:update_all'),
      success: 200,
      body: AllBody,
      async handle(request) {
        return {
          body: { metadata: await change(request, 'update metadata', () => request.body.metadata) },
        };
      },
    }),
    operation({
      name: 'show_server_metadata_item',
      method: 'GET',
      path: item,
      summary: 'One item of metadata',
      role: policy.role('server-metadata:show'),
      success: 200,
      async handle(request) {
        const { metadata } = await find(request);
        const key = request.params['key']!;
        if (!Object.hasOwn(metadata, key)) throw missing();
        return { body: { meta: { [key]: metadata[key] } } };
      },
    }),
    operation({
      name: 'update_server_metadata_item',
      method: 'PUT',
      path: item,
      summary: 'Set one item of metadata',
      role: policy.role('server-metadata:update'),
      success: 200,
      body: ItemBody,
      async handle(request) {
        const { meta } = request.body;
        const key = request.params['key']!;
        if (Object.keys(meta).length !== 1)
          throw badRequest('Request body contains too many items');
        if (!Object.hasOwn(meta, key)) throw badRequest('Request body and URI mismatch');
        await change(request, 'update metadata', (server) => ({ ...server.metadata, ...meta }));
        return { body: { meta } };
      },
    }),
    operation({
      name: 'delete_server_metadata_item',
      method: 'DELETE',
      path: item,
      summary: 'Remove one item of metadata',
      role: policy.role('server-metadata:delete'),
      success: 204,
      async handle(request) {
        const key = request.params['key']!;
        await change(request, 'delete metadata', (server) => {
          if (!Object.hasOwn(server.metadata, key)) throw missing();
          const { [key]: _, ...rest } = server.metadata;
          return rest;
        });
        return {};
      },
    }),
  ];
}
