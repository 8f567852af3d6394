import { sql } from 'kysely';
import { badRequest } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Change } from '../change.ts';
import { find, findOwned } from '../collections/noun.ts';
import { badResource, portInUse } from '../errors.ts';
import { giveAddresses } from '../ports/addressing.ts';
import { createPort, portNetwork } from '../ports/create.ts';
import { portNoun } from '../ports/noun.ts';
import { deletePort } from '../ports/rules.ts';
import { subnetNoun, type SubnetRow } from '../subnets/noun.ts';
import {
  checkInterfaceUnused,
  checkOverlap,
  interfaceNotFound,
  interfaceNotFoundForSubnet,
  routerSubnets,
  type RouterSubnet,
} from './interfaces.ts';
import { touchPorts } from './modes.ts';
import { routerNoun, type RouterRow } from './noun.ts';

/** The interface that a request means: of a subnet, or a port. */
export interface InterfaceRequest {
  readonly subnet_id?: string;
  readonly port_id?: string;
}

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

const isInternal = ({ device_owner }: RouterSubnet): boolean =>
  device_owner === 'network:router_interface';

const isV6 = ({ ip_address }: { readonly ip_address: string }): boolean => ip_address.includes(':');

/** The router's rows, and those of what depends on which subnets it is in. */
async function touchRouter(change: Change, router: RouterRow): Promise<void> {
  const { transaction } = change;
  await sql`update network.routers set revision_number = revision_number + 1, updated_at = now()
    where id = ${router.id}`.execute(transaction);
  change.touch(`router:${router.id}`);
  // Forwarded ports are reached from inside as well.
  const { rows } = await sql<{ id: string }>`select id from network.floatingips
    where router_id = ${router.id} and fixed_port_id is null`.execute(transaction);
  change.touch(...rows.map(({ id }) => `floatingip:${id}`));
  // How gateways are reached depends on the kinds of all networks.
  if (router.distributed) await touchPorts(change, router.id);
}

/** A port of the router on the subnet, with its gateway's address. */
async function addSubnet(change: Change, caller: Caller, router: RouterRow, id: string) {
  const subnet = await find(change.transaction, subnetNoun, caller, id);
  if (subnet.gateway_ip === null) {
    throw badResource(
      'router',
      `Subnet for router interface must have a gateway IP: subnet ${id} has none.`,
    );
  }
  const present = await routerSubnets(change.transaction, router.id);
  checkOverlap(present, [subnet], 'router');
  const network = (await portNetwork(change.transaction, subnet.network_id))!;
  const fixedIps = [{ subnet_id: subnet.id, ip_address: subnet.gateway_ip }];
  const shared = subnet.ip_version === 6 ? v6Port(present, network.id) : undefined;
  if (shared !== undefined) {
    // Two routers' ports on one network would advertise against each other (RFC 4861): one has all prefixes.
    await giveAddresses(change, [
      {
        port: await find(change.transaction, portNoun, caller, shared.port_id),
        subnets: network.subnets,
        requests: fixedIps,
        first: present.filter(({ port_id }) => port_id === shared.port_id).length,
      },
    ]);
    await bumpPort(change, shared.port_id);
    return reply(router, shared.port_id, network.id, [subnet.id]);
  }
  const portId = await createPort(change, network, {
    project_id: router.project_id,
    network_id: network.id,
    device_id: router.id,
    device_owner: 'network:router_interface',
    router_id: router.id,
    fixed_ips: fixedIps,
  });
  return reply(router, portId, network.id, [subnet.id]);
}

/** The router's port on this network that has only IPv6 addresses. */
const v6Port = (present: readonly RouterSubnet[], networkId: string): RouterSubnet | undefined =>
  present.find(
    (one) =>
      isInternal(one) &&
      one.network_id === networkId &&
      present.filter(({ port_id }) => port_id === one.port_id).every(isV6),
  );

const bumpPort = (change: Change, portId: string) => {
  change.touch(`port:${portId}`);
  return sql`update network.ports set revision_number = revision_number + 1, updated_at = now()
    where id = ${portId}`.execute(change.transaction);
};

/** A port that exists becomes the router's, with the addresses it has. */
async function addPort(change: Change, caller: Caller, router: RouterRow, id: string) {
  const port = await findOwned(change.transaction, portNoun, caller, id, 'add_router_interface');
  if (port.device_id !== '' || port.router_id !== null) {
    throw portInUse(port.id, port.network_id, port.device_id);
  }
  if (port.fixed_ips.length === 0) {
    throw badResource('router', 'Router port must have at least one fixed IP.');
  }
  if (port.fixed_ips.filter((fixed) => !isV6(fixed)).length > 1) {
    throw badResource('router', 'Cannot have multiple IPv4 subnets on router port.');
  }
  const subnets: SubnetRow[] = [];
  for (const { subnet_id } of port.fixed_ips) {
    subnets.push(await find(change.transaction, subnetNoun, caller, subnet_id));
  }
  const present = await routerSubnets(change.transaction, router.id);
  const other = present.find(
    (one) => isInternal(one) && one.network_id === port.network_id && isV6(one),
  );
  if (other !== undefined && port.fixed_ips.some(isV6)) {
    throw badResource(
      'router',
      `Cannot have multiple router ports with the same network id if both contain IPv6 subnets. Existing port ${other.port_id} has IPv6 subnet(s) and network id ${other.network_id}.`,
    );
  }
  checkOverlap(present, subnets, 'router');
  await change.transaction
    .updateTable('network.ports')
    .set({
      device_id: router.id,
      device_owner: 'network:router_interface',
      router_id: router.id,
      port_security_enabled: false,
    })
    .where('id', '=', port.id)
    .execute();
  await change.transaction
    .deleteFrom('network.port_security_groups')
    .where('port_id', '=', port.id)
    .execute();
  await bumpPort(change, port.id);
  return reply(
    router,
    port.id,
    port.network_id,
    subnets.map((subnet) => subnet.id),
  );
}

/** Connects a router, which is then locked, to a subnet or makes a port its own. Gives the reply. */
export async function addInterface(
  change: Change,
  caller: Caller,
  id: string,
  request: InterfaceRequest,
) {
  const { subnet_id: subnetId, port_id: portId } = request;
  const action = 'add_router_interface';
  const router = await findOwned(change.transaction, routerNoun, caller, id, action);
  if (subnetId !== undefined && portId !== undefined) {
    throw badResource('router', 'Cannot specify both subnet-id and port-id.');
  }
  const result =
    portId !== undefined
      ? await addPort(change, caller, router, portId)
      : await addSubnet(change, caller, router, subnetId!);
  await touchRouter(change, router);
  return result;
}

/** Which of a router's addresses a request means; of a port all, of a subnet only the one in it. */
function meant(
  router: RouterRow,
  internal: readonly RouterSubnet[],
  { subnet_id: subnetId, port_id: portId }: InterfaceRequest,
): readonly RouterSubnet[] {
  if (portId === undefined) {
    const found = internal.filter(({ subnet_id }) => subnet_id === subnetId);
    if (found.length === 0) throw interfaceNotFoundForSubnet(router.id, subnetId!);
    return found.slice(0, 1);
  }
  const found = internal.filter(({ port_id }) => port_id === portId);
  if (found.length === 0) throw interfaceNotFound(router.id, portId);
  if (subnetId !== undefined && !found.some(({ subnet_id }) => subnet_id === subnetId)) {
    throw badRequest(
      `Subnet on port ${portId} does not match the requested subnet ${subnetId}.`,
      'SubnetMismatchForPort',
    );
  }
  return found;
}

/** Disconnects a router, which is then locked. A port with several prefixes loses only the one that is named. */
export async function removeInterface(
  change: Change,
  caller: Caller,
  id: string,
  request: InterfaceRequest,
) {
  const action = 'remove_router_interface';
  const { transaction } = change;
  const router = await findOwned(transaction, routerNoun, caller, id, action);
  const internal = (await routerSubnets(transaction, router.id)).filter(isInternal);
  const gone = meant(router, internal, request);
  const { port_id: portId, network_id: networkId } = gone[0]!;
  await checkInterfaceUnused(
    change,
    router.id,
    router.routes,
    gone.map(({ subnet_id, cidr }) => ({ id: subnet_id, cidr })),
  );
  if (internal.filter(({ port_id }) => port_id === portId).length > gone.length) {
    await sql`delete from network.ip_allocations where port_id = ${portId}
      and subnet_id = any(${gone.map(({ subnet_id }) => subnet_id)}::uuid[])`.execute(transaction);
    await bumpPort(change, portId);
  } else {
    await deletePort(change, portId);
  }
  await touchRouter(change, router);
  return reply(
    router,
    portId,
    networkId,
    request.subnet_id === undefined ? gone.map(({ subnet_id }) => subnet_id) : [request.subnet_id],
  );
}
