import { Type } from 'typebox';
import { notFound } from '../../../core/errors.ts';
import { transact } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { since } from '../microversions.ts';
import { checkLock, checkState, SETTLED } from '../servers/actions.ts';
import { requireServer, updateServer, type Server } from '../servers/model.ts';
import { checkTags } from '../servers/rules.ts';

/** https://docs.openstack.org/api-ref/compute/#server-tags-servers-tags */
export function serverTagOperations({ database }: ComputeContext): Operation[] {
  const collection = '/v2.1/servers/{server_id}/tags';
  const item = `${collection}/{tag}`;
  const common = { since: since('serverTags') };
  const find = (request: OperationRequest) =>
    requireServer(database, request.caller, request.params['server_id']!);
  const missing = (server: Server, tag: string) =>
    notFound(`Server ${server.id} has no tag '${tag.slice(0, 255)}'`);
  const change = (
    request: OperationRequest,
    next: (server: Server) => readonly string[],
  ): Promise<Server> =>
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
      checkState('update tags', server, SETTLED);
      await updateServer(transaction, server.id, { tags: checkTags(next(server)) });
      return server;
    });

  return [
    operation({
      ...common,
      name: 'list_server_tags',
      method: 'GET',
      path: collection,
      summary: "A server's tags",
      role: policy.role('os-server-tags:index'),
      success: 200,
      handle: async (request) => ({ body: { tags: (await find(request)).tags } }),
    }),
    operation({
      ...common,
      name: 'replace_server_tags',
      method: 'PUT',
      path: collection,
      summary: "Replace a server's tags",
      role: policy.role('os-server-tags:update_all'),
      success: 200,
      body: Type.Object({ tags: Type.Array(Type.String()) }, { additionalProperties: false }),
      async handle(request) {
        const tags = checkTags(request.body.tags);
        await change(request, () => tags);
        return { body: { tags } };
      },
    }),
    operation({
      ...common,
      name: 'delete_server_tags',
      method: 'DELETE',
      path: collection,
      summary: "Remove all of a server's tags",
      role: policy.role('os-server-tags:delete_all'),
      success: 204,
      async handle(request) {
        await change(request, () => []);
        return {};
      },
    }),
    operation({
      ...common,
      name: 'show_server_tag',
      method: 'GET',
      path: item,
      summary: 'Whether a server has a tag',
      role: policy.role('os-server-tags:show'),
      success: 204,
      async handle(request) {
        const server = await find(request);
        if (!server.tags.includes(request.params['tag']!))
          throw missing(server, request.params['tag']!);
        return {};
      },
    }),
    operation({
      ...common,
      name: 'add_server_tag',
      method: 'PUT',
      path: item,
      summary: 'Give a server a tag',
      role: policy.role('os-server-tags:update'),
      success: 201,
      async handle(request) {
        const tag = request.params['tag']!;
        const before = await change(request, ({ tags }) => [...tags, tag]);
        const location = `${request.serviceUrl}/v2.1/servers/${before.id}/tags/${encodeURIComponent(tag)}`;
        return before.tags.includes(tag)
          ? { status: 204, headers: { location } }
          : { headers: { location } };
      },
    }),
    operation({
      ...common,
      name: 'remove_server_tag',
      method: 'DELETE',
      path: item,
      summary: 'Take a tag from a server',
      role: policy.role('os-server-tags:delete'),
      success: 204,
      async handle(request) {
        const tag = request.params['tag']!;
        await change(request, (server) => {
          if (!server.tags.includes(tag)) throw missing(server, tag);
          return server.tags.filter((other) => other !== tag);
        });
        return {};
      },
    }),
  ];
}
