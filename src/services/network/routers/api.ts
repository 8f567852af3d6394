import { sql } from 'kysely';
import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation } from '../../operation.ts';
import type { Change } from '../change.ts';
import { find, findOwned, type Noun } from '../collections/noun.ts';
import type { Room } from '../collections/operations.ts';
import { badResource, portInUse } from '../errors.ts';
import { portNoun } from '../ports/noun.ts';
import { createPort, portNetwork } from '../ports/create.ts';
import { subnetNoun, type SubnetRow } from '../subnets/noun.ts';
import {
  checkInterfaceUnused,
  checkOverlap,
  interfaceNotFound,
  interfaceNotFoundForSubnet,
  routerSubnets,
} from './interfaces.ts';
import { routerNoun, type RouterRow } from './noun.ts';

/** The bodies of these operations are not wrapped. */
const body = Type.Object({
  subnet_id: Type.Optional(Type.String({ description: 'Id of a subnet' })),
  port_id: Type.Optional(Type.String({ description: 'Id of a port' })),
});

interface InterfaceRequest {
  readonly subnet_id?: string;
  readonly port_id?: string;
}

/** What the caller may see of this id; what is no id is no such object. */
const seen = <Row extends { id: string; project_id: string }>(
  change: Change,
  noun: Noun<Row>,
  caller: Caller,
  id: string,
) => find(change.transaction, noun, caller, id);

const reply = (
  router: RouterRow,
  portId: string,
  networkId: string,
  subnetIds: readonly string[],
) => ({
  id: router.id,
  tenant_id: router.project_id,
  project_id: router.project_id,
  port_id: portId,
  network_id: networkId,
  subnet_id: subnetIds[0],
  subnet_ids: subnetIds,
});

const bumpRouter = (change: Change, id: string) => {
  change.touch(`router:${id}`);
  return sql`update network.routers set revision_number = revision_number + 1, updated_at = now()
    where id = ${id}`.execute(change.transaction);
};

/** A port of the router on the subnet, with its gateway's address. */
async function addSubnet(change: Change, caller: Caller, router: RouterRow, id: string) {
  const subnet = await seen(change, subnetNoun, caller, id);
  if (subnet.gateway_ip === null) {
    throw badResource(
      'router',
      `Subnet for router interface must have a gateway IP: subnet ${id} has none.`,
    );
  }
  checkOverlap(await routerSubnets(change.transaction, router.id), [subnet], 'router');
  const network = (await portNetwork(change.transaction, subnet.network_id))!;
  const portId = await createPort(change, network, {
    project_id: router.project_id,
    network_id: network.id,
    device_id: router.id,
    device_owner: 'network:router_interface',
    router_id: router.id,
    fixed_ips: [{ subnet_id: subnet.id, ip_address: subnet.gateway_ip }],
  });
  return reply(router, portId, network.id, [subnet.id]);
}

/** A port that exists becomes the router's, with the addresses it has. */
async function addPort(change: Change, caller: Caller, router: RouterRow, id: string) {
  const port = await findOwned(change.transaction, portNoun, caller, id, 'add_router_interface');
  if (port.device_id !== '' || port.router_id !== null)
    throw portInUse(port.id, port.network_id, port.device_id);
  if (port.fixed_ips.length === 0)
    throw badResource('router', 'Router port must have at least one fixed IP.');
  if (port.fixed_ips.filter(({ ip_address }) => !ip_address.includes(':')).length > 1) {
    throw badResource('router', 'Cannot have multiple IPv4 subnets on router port.');
  }
  const subnets: SubnetRow[] = [];
  for (const { subnet_id } of port.fixed_ips)
    subnets.push(await seen(change, subnetNoun, caller, subnet_id));
  checkOverlap(await routerSubnets(change.transaction, router.id), subnets, 'router');
  await change.transaction
    .updateTable('network.ports')
    .set({
      device_id: router.id,
      device_owner: 'network:router_interface',
      router_id: router.id,
      port_security_enabled: false,
      revision_number: sql`revision_number + 1`,
      updated_at: sql`now()`,
    })
    .where('id', '=', port.id)
    .execute();
  await change.transaction
    .deleteFrom('network.port_security_groups')
    .where('port_id', '=', port.id)
    .execute();
  change.touch(`port:${port.id}`);
  return reply(
    router,
    port.id,
    port.network_id,
    subnets.map((subnet) => subnet.id),
  );
}

async function add(change: Change, caller: Caller, id: string, request: InterfaceRequest) {
  const { subnet_id: subnetId, port_id: portId } = request;
  const router = await findOwned(
    change.transaction,
    routerNoun,
    caller,
    id,
    'add_router_interface',
  );
  if (subnetId !== undefined && portId !== undefined) {
    throw badResource('router', 'Cannot specify both subnet-id and port-id.');
  }
  const result =
    portId !== undefined
      ? await addPort(change, caller, router, portId)
      : await addSubnet(change, caller, router, subnetId!);
  await bumpRouter(change, router.id);
  return result;
}

async function remove(change: Change, caller: Caller, id: string, request: InterfaceRequest) {
  const { subnet_id: subnetId, port_id: portId } = request;
  const router = await findOwned(
    change.transaction,
    routerNoun,
    caller,
    id,
    'remove_router_interface',
  );
  const all = await routerSubnets(change.transaction, router.id);
  const internal = all.filter(({ device_owner }) => device_owner === 'network:router_interface');
  const entry = internal.find(
    (candidate) =>
      (portId === undefined || candidate.port_id === portId) &&
      (subnetId === undefined || candidate.subnet_id === subnetId),
  );
  if (entry === undefined) {
    if (portId === undefined) throw interfaceNotFoundForSubnet(router.id, subnetId!);
    throw interfaceNotFound(router.id, portId);
  }
  const own = internal.filter(({ port_id }) => port_id === entry.port_id);
  await checkInterfaceUnused(
    change,
    router.id,
    router.routes,
    own.map(({ subnet_id, cidr }) => ({ id: subnet_id, cidr })),
  );
  await change.transaction.deleteFrom('network.ports').where('id', '=', entry.port_id).execute();
  change.touch(`port:${entry.port_id}`);
  await bumpRouter(change, router.id);
  const subnetIds = own.map(({ subnet_id }) => subnet_id);
  return reply(
    router,
    entry.port_id,
    entry.network_id,
    subnetId === undefined ? subnetIds : [subnetId],
  );
}

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
      ['add_router_interface', 'Connect a router to a subnet', add],
      ['remove_router_interface', 'Disconnect a router from a subnet', remove],
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
