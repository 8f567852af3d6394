import { Type } from 'typebox';
import { Fault } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import { transact } from '../../../database/database.ts';
import type { ShownPort } from '../../network/index.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { CONSOLE_ACTION_SCHEMAS, consoleAction } from '../consoles/api.ts';
import type { ComputeContext } from '../context.ts';
import { policy, requirePolicy, SERVER_ACTIONS } from '../policy.ts';
import { unexpectedMember } from '../errors.ts';
import { has } from '../microversions.ts';
import { nextLink } from '../paging.ts';
import { ACTIONS, actionOf, checkLock, runAction } from './actions.ts';
import { ADDRESS_ACTIONS, addressActionOf, GONE_ACTIONS, runAddressAction } from './addresses.ts';
import { createServers } from './create.ts';
import { deleteServer } from './delete.ts';
import { listServers, listServersInShort } from './list.ts';
import { requireServer, updateServer, type Server, type ServerChange } from './model.ts';
import { checkAccessAddress, checkHostname, checkName, newPassword } from './rules.ts';
import { CreateServerBody, isTrue, UpdateServerBody } from './schemas.ts';
import { surroundingsOf } from './surroundings.ts';
import { serverLinks, serverSummary, serverView, serverViewer, type ViewKind } from './view.ts';
import { readWish } from './wish.ts';

/** Actions with a reply, and those whose schema depends on the argument, are described where they are. */
const CONSOLE = 'os-getConsoleOutput';
const REBUILD = 'rebuild';
const ConsoleArgument = Type.Object(
  {
    length: Type.Optional(
      Type.Union([
        Type.Integer({ minimum: -1 }),
        Type.String({ pattern: '^(-1|[0-9]{1,9})$' }),
        Type.Null(),
      ]),
    ),
  },
  { additionalProperties: false },
);

const ActionBody = Type.Object(
  {
    ...Object.fromEntries(
      Object.entries({ ...ACTIONS, ...ADDRESS_ACTIONS }).map(([name, { schema, summary }]) => [
        name,
        Type.Optional({ ...schema, description: summary }),
      ]),
    ),
    [CONSOLE]: Type.Optional(Type.Union([ConsoleArgument, Type.Null()])),
    ...CONSOLE_ACTION_SCHEMAS,
  },
  { minProperties: 1 },
);

const seesHostStatus = (request: OperationRequest): boolean =>
  policy.allows('servers:show:host_status', request.caller, {}) &&
  has(request.microversion, 'serverHostStatus');

/** https://docs.openstack.org/api-ref/compute/#servers-servers */
export function serverOperations(context: ComputeContext): Operation[] {
  const { database, network, projector } = context;

  const document = async (
    server: Server,
    request: OperationRequest,
    kind: ViewKind,
    ports?: Promise<ShownPort[]>,
  ) => {
    const withHosts = seesHostStatus(request);
    const around = await surroundingsOf(context, [server.id], {
      withHosts,
      ...(ports ? { ports } : {}),
    });
    return { server: serverView(server, request, around, kind) };
  };

  /** A rebuilt server is shown as it is now, with the password that nobody sets. */
  const rebuilt = async (request: OperationRequest, body: Readonly<Record<string, unknown>>) => {
    const server = await requireServer(database, request.caller, request.params['server_id']!);
    const isFull = has(request.microversion, 'serverFullUpdateReply');
    const shown = await document(server, request, isFull ? 'show' : 'basic');
    const { adminPass } = body[REBUILD] as { adminPass?: string };
    // As `user_data` it is below, from when on Nova tells it.
    const { 'OS-EXT-SRV-ATTR:user_data': _, ...view } = shown.server;
    return {
      body: {
        server: {
          ...view,
          ...(has(request.microversion, 'rebuildKeyName') ? { key_name: server.key_name } : {}),
          ...(has(request.microversion, 'rebuildUserData') ? { user_data: server.user_data } : {}),
          adminPass: adminPass || newPassword(),
        },
      },
      headers: { location: `${request.serviceUrl}/v2.1/servers/${server.id}` },
    };
  };

  return [
    operation({
      name: 'list_servers',
      method: 'GET',
      path: '/v2.1/servers',
      summary: 'Servers in short',
      role: policy.role('servers:index'),
      success: 200,
      async handle(request) {
        const { servers, page, isFull } = await listServersInShort(context, request);
        return {
          body: {
            servers: servers.map((server) => serverSummary(server, request)),
            ...nextLink(request, 'servers', page, servers.at(-1)?.id, isFull),
          },
        };
      },
    }),
    operation({
      name: 'list_servers_detail',
      method: 'GET',
      path: '/v2.1/servers/detail',
      summary: 'Servers with all their members',
      role: policy.role('servers:detail'),
      success: 200,
      async handle(request) {
        const { servers, page, isFull } = await listServers(context, request);
        const withHosts = seesHostStatus(request);
        const around = await surroundingsOf(
          context,
          servers.map(({ id }) => id),
          { withHosts },
        );
        const view = serverViewer(request, 'list');
        // One document after the other becomes text: of a thousand none is there for long.
        const documents = servers.map((server) => JSON.stringify(view(server, around)));
        const rest = JSON.stringify(
          nextLink(request, 'servers', page, servers.at(-1)?.id, isFull),
        ).slice(1, -1);
        return {
          body: `{"servers":[${documents.join(',')}]${rest === '' ? '' : `,${rest}`}}`,
        };
      },
    }),
    operation({
      name: 'create_server',
      method: 'POST',
      path: '/v2.1/servers',
      summary: 'Make one or several servers',
      role: policy.role('servers:create'),
      success: 202,
      body: CreateServerBody,
      async handle(request) {
        const given = request.body.server;
        const wish = await readWish(context, request, request.body);
        const { servers, reservationId } = await createServers(context, request, wish);
        if (isTrue(given.return_reservation_id)) return { body: { reservation_id: reservationId } };
        const { id } = servers[0]!;
        const groups = given.security_groups ?? [];
        return {
          body: {
            server: {
              id,
              links: serverLinks(request, id),
              'OS-DCF:diskConfig': wish.diskConfig,
              security_groups: groups.length > 0 ? groups : [{ name: 'default' }],
              adminPass: given.adminPass || newPassword(),
            },
          },
          headers: { location: `${request.serviceUrl}/v2.1/servers/${id}` },
        };
      },
    }),
    operation({
      name: 'show_server',
      method: 'GET',
      path: '/v2.1/servers/{server_id}',
      summary: 'One server',
      role: policy.role('servers:show'),
      success: 200,
      async handle(request) {
        const id = request.params['server_id']!;
        // Asked together; whose server it is decides whether the ports are shown.
        const ports = isUuid(id) ? network.shownPortsOfDevices(database, [id]) : undefined;
        ports?.catch(() => undefined);
        const server = await requireServer(database, request.caller, id);
        return { body: await document(server, request, 'show', ports) };
      },
    }),
    operation({
      name: 'update_server',
      method: 'PUT',
      path: '/v2.1/servers/{server_id}',
      summary: 'Rename or describe a server',
      role: policy.role('servers:update'),
      success: 200,
      body: UpdateServerBody,
      async handle(request) {
        const { server: given } = request.body;
        if (given.description !== undefined && !has(request.microversion, 'serverDescription'))
          throw unexpectedMember('description', 'field/attribute server');
        if (given.hostname !== undefined && !has(request.microversion, 'chosenHostname'))
          throw unexpectedMember('hostname', 'field/attribute server');
        const change: ServerChange = {
          ...(given.name === undefined ? {} : { name: checkName(given.name) }),
          ...(given.description === undefined ? {} : { description: given.description }),
          ...(given.hostname === undefined
            ? {}
            : { hostname: checkHostname(given.hostname, request.microversion) }),
          ...(given.accessIPv4 === undefined
            ? {}
            : { access_ip_v4: checkAccessAddress(given.accessIPv4, 4) }),
          ...(given.accessIPv6 === undefined
            ? {}
            : { access_ip_v6: checkAccessAddress(given.accessIPv6, 6) }),
          ...(given['OS-DCF:diskConfig'] === undefined
            ? {}
            : { disk_config: given['OS-DCF:diskConfig'] }),
        };
        const server = await transact(database, async (transaction) => {
          const found = await requireServer(
            transaction,
            request.caller,
            request.params['server_id']!,
            {
              lock: true,
            },
          );
          checkLock(request, found);
          return Object.keys(change).length === 0
            ? found
            : updateServer(transaction, found.id, change);
        });
        if (change.name !== undefined || change.hostname !== undefined)
          projector.mark(`server:${server.id}`);
        const kind = has(request.microversion, 'serverFullUpdateReply') ? 'show' : 'basic';
        return { body: await document(server, request, kind) };
      },
    }),
    operation({
      name: 'delete_server',
      method: 'DELETE',
      path: '/v2.1/servers/{server_id}',
      summary: 'Delete a server',
      role: policy.role('servers:delete'),
      success: 204,
      async handle(request) {
        await deleteServer(context, request);
        return {};
      },
    }),
    operation({
      name: 'server_action',
      method: 'POST',
      path: '/v2.1/servers/{server_id}/action',
      summary: `Act on a server: ${[...Object.keys({ ...ACTIONS, ...ADDRESS_ACTIONS }), CONSOLE].join(', ')}`,
      role: 'member',
      success: 202,
      body: ActionBody,
      async handle(request) {
        const body = request.body as Record<string, unknown>;
        for (const [name, rule] of Object.entries(SERVER_ACTIONS))
          if (Object.hasOwn(body, name)) requirePolicy(rule, request.caller);
        if (GONE_ACTIONS.some((name) => Object.hasOwn(body, name)))
          throw new Fault('gone', 'This resource is no longer available.');
        const address = addressActionOf(body);
        if (address !== undefined) {
          await runAddressAction(context, request as OperationRequest, address, body[address]);
          return {};
        }
        const opened = await consoleAction(context, request);
        if (opened !== undefined) return opened;
        if (!Object.hasOwn(body, CONSOLE)) {
          actionOf(body);
          const reply = await runAction(context, request, body);
          return Object.hasOwn(body, REBUILD) ? rebuilt(request, body) : reply;
        }
        const server = await requireServer(database, request.caller, request.params['server_id']!);
        const { length } = (body[CONSOLE] ?? {}) as { length?: number | string | null };
        const lines = length === undefined || length === null ? -1 : Number(length);
        const output = await context.console.read(server, lines < 0 ? undefined : lines);
        return { status: 200, body: { output } };
      },
    }),
  ];
}
