import { Type } from 'typebox';
import { Fault, notFound } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { has, since } from '../microversions.ts';
import { policy } from '../policy.ts';
import { requireServer } from '../servers/model.ts';
import { findToken } from './model.ts';
import { CONSOLE_ACTIONS, consoleTypeOf, type ConsoleType } from './types.ts';

const PATH = 'console';

/**
 * Where a token opens its console in a browser. `novnc` is as noVNC 1.1 and later have it: the parameter `path` says
 * where the WebSocket is, below the root of the host.
 */
export function consoleUrl(serviceUrl: string, type: ConsoleType, token: string): string {
  if (type === 'serial') return `${serviceUrl}/${PATH}/serial?token=${token}`;
  const path = `${new URL(serviceUrl).pathname.slice(1)}/${PATH}/vnc?token=${token}`;
  return `${serviceUrl}/${PATH}/vnc?path=${encodeURIComponent(path)}`;
}

/** The address of a new token. */
async function inviteTo(
  { consoles, database }: ComputeContext,
  { caller, params, serviceUrl }: OperationRequest,
  protocol: string,
  type: string,
): Promise<string> {
  const server = await requireServer(database, caller, params['server_id']!);
  const known = consoleTypeOf(protocol, type);
  return consoleUrl(serviceUrl, known, await consoles.invite(server, caller.userId, known));
}

/** Schemas of the actions until 2.5, by their members of the body. */
export const CONSOLE_ACTION_SCHEMAS = Object.fromEntries(
  Object.entries(CONSOLE_ACTIONS).map(([name, { types }]) => [
    name,
    Type.Optional(
      Type.Object(
        { type: Type.Union(types.map((type) => Type.Literal(type))) },
        {
          additionalProperties: false,
          description: 'Until 2.5: the address of a console (later: `remote-consoles`)',
        },
      ),
    ),
  ]),
);

/** The console that a body asks for by one of the actions; undefined when it asks for none. */
export async function consoleAction(context: ComputeContext, request: OperationRequest) {
  const body = request.body as Record<string, { readonly type: string }>;
  const name = Object.keys(CONSOLE_ACTIONS).find((each) => Object.hasOwn(body, each));
  if (name === undefined) return undefined;
  if (!has(request.microversion, 'consoleActions'))
    throw notFound(`The resource could not be found: from 2.6 on ${name} is remote-consoles.`);
  const { protocol } = CONSOLE_ACTIONS[name as keyof typeof CONSOLE_ACTIONS];
  const { type } = body[name]!;
  const url = await inviteTo(context, request, protocol, type);
  return { status: 200, body: { console: { type, url } } };
}

const bodyOf = (protocols: readonly string[], types: readonly string[]) =>
  Type.Object(
    {
      remote_console: Type.Object(
        {
          protocol: Type.Union(protocols.map((name) => Type.Literal(name))),
          type: Type.Union(types.map((name) => Type.Literal(name))),
        },
        { additionalProperties: false },
      ),
    },
    { additionalProperties: false },
  );

const PROTOCOLS = ['vnc', 'spice', 'rdp', 'serial'];
const TYPES = ['novnc', 'xvpvnc', 'rdp-html5', 'spice-html5', 'serial'];

/** https://docs.openstack.org/api-ref/compute/#server-consoles-servers-remote-consoles */
export function consoleOperations(context: ComputeContext): Operation[] {
  const create = (
    range: { readonly since: string; readonly until?: string },
    body: ReturnType<typeof bodyOf>,
  ) =>
    operation({
      name: 'create_remote_console',
      method: 'POST',
      path: '/v2.1/servers/{server_id}/remote-consoles',
      summary: 'An address that opens a console in a browser, once',
      role: policy.role('os-remote-consoles'),
      success: 200,
      ...range,
      body,
      async handle(request) {
        const { protocol, type } = request.body.remote_console;
        const url = await inviteTo(context, request, protocol, type);
        return { body: { remote_console: { protocol, type, url } } };
      },
    });
  return [
    create({ since: since('remoteConsoles'), until: '2.7' }, bodyOf(PROTOCOLS, TYPES)),
    create({ since: since('webmksConsole') }, bodyOf([...PROTOCOLS, 'mks'], [...TYPES, 'webmks'])),
    operation({
      name: 'show_console_token',
      method: 'GET',
      path: '/v2.1/os-console-auth-tokens/{console_token}',
      summary: 'Which console a token opens, and where',
      role: policy.role('os-console-auth-tokens'),
      success: 200,
      async handle({ params, serviceUrl, microversion }) {
        const token = params['console_token']!;
        const found = await findToken(context.database, token);
        if (found === undefined) throw notFound('Token not found');
        if (!has(microversion, 'consoleTokensOfAll'))
          throw new Fault('unauthorized', 'The requested console type details are not accessible');
        // Hosts listen nowhere: the console is where its WebSocket is.
        const url = new URL(consoleUrl(serviceUrl, found.type, token));
        return {
          body: {
            console: {
              instance_uuid: found.serverId,
              host: url.hostname,
              port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
              internal_access_path: `${url.pathname}?token=${token}`,
            },
          },
        };
      },
    }),
  ];
}
