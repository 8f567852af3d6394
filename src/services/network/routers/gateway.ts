import { sql } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Change } from '../change.ts';
import { badResource, networkNotFound, policyNotAuthorized } from '../errors.ts';
import { checkExternal } from '../networks/rules.ts';
import type { FixedIpRequest } from '../ports/addressing.ts';
import { createPort, portNetwork } from '../ports/create.ts';
import { checkOverlap, checkRoutes, routerSubnets } from './interfaces.ts';
import type { RouterGateway } from './noun.ts';
import type { HostRouteJson } from '../tables.ts';

/** `external_gateway_info` as a client sends it. */
export interface GatewayRequest {
  readonly network_id?: string;
  readonly enable_snat?: boolean;
  readonly external_fixed_ips?: readonly FixedIpRequest[];
}

/** The router whose gateway changes. */
export interface GatewayRouter {
  readonly id: string;
  readonly routes: readonly HostRouteJson[];
  readonly gateway: RouterGateway | null;
}

/** Whether the gateway that is there is the one asked for. */
function isSame(present: RouterGateway, request: GatewayRequest): boolean {
  if (present.network_id !== request.network_id) return false;
  return (request.external_fixed_ips ?? []).every(({ subnet_id, ip_address }) =>
    present.external_fixed_ips.some(
      (fixed) =>
        (subnet_id === undefined || fixed.subnet_id === subnet_id) &&
        (ip_address === undefined || fixed.ip_address === ip_address),
    ),
  );
}

/** Sets, changes or (null, or without a network) removes the gateway of a router. */
export async function setGateway(
  change: Change,
  caller: Caller,
  router: GatewayRouter,
  request: GatewayRequest | null,
): Promise<void> {
  const networkId = request?.network_id;
  if (request === null || networkId === undefined) {
    if (request !== null && Object.keys(request).length > 0) {
      throw badResource('router', 'external_gateway_info must have network_id.');
    }
    await removeGateway(change, router);
    return;
  }
  if (
    !caller.isAdmin &&
    (request.enable_snat === false || request.external_fixed_ips !== undefined)
  ) {
    const member = request.enable_snat === false ? 'enable_snat' : 'external_fixed_ips';
    throw policyNotAuthorized(
      `update_router:external_gateway_info:${member} is disallowed by policy: only administrators may set it.`,
    );
  }
  if (router.gateway === null || !isSame(router.gateway, request)) {
    await replaceGateway(change, caller, router, networkId, request.external_fixed_ips);
  }
  await sql`update network.routers set enable_snat = ${request.enable_snat ?? true} where id = ${router.id}`.execute(
    change.transaction,
  );
}

async function replaceGateway(
  change: Change,
  caller: Caller,
  router: GatewayRouter,
  networkId: string,
  fixedIps: readonly FixedIpRequest[] | undefined,
): Promise<void> {
  const network = await portNetwork(change.transaction, networkId);
  const known =
    network !== undefined &&
    (caller.isAdmin ||
      network.external ||
      network.shared ||
      network.project_id === caller.projectId);
  if (!known) throw networkNotFound(networkId);
  checkExternal(network, networkId, 'router');
  if (network.subnets.length === 0) {
    throw badResource(
      'router',
      `External network ${networkId} has no subnet to take an address from.`,
    );
  }
  if (router.gateway !== null) {
    if (router.gateway.network_id !== networkId)
      await removeGateway(change, { ...router, routes: [] });
    else await deleteGatewayPort(change, router.gateway.port_id);
  }
  checkOverlap(await routerSubnets(change.transaction, router.id), network.subnets, 'router');
  await createPort(change, network, {
    project_id: '',
    network_id: networkId,
    device_id: router.id,
    device_owner: 'network:router_gateway',
    router_id: router.id,
    fixed_ips: fixedIps,
  });
  if (router.routes.length > 0) {
    checkRoutes(router.routes, await routerSubnets(change.transaction, router.id));
  }
  // Address translation of the floating IPs is tied to the gateway port.
  await touchFloatingIps(change, router.id);
}

async function touchFloatingIps(change: Change, routerId: string): Promise<string[]> {
  const floating = await change.transaction
    .selectFrom('network.floatingips')
    .select('id')
    .where('router_id', '=', routerId)
    .execute();
  const ids = floating.map(({ id }) => id);
  change.touch(...ids.map((id) => `floatingip:${id}`));
  return ids;
}

async function deleteGatewayPort(change: Change, portId: string): Promise<void> {
  await change.transaction.deleteFrom('network.ports').where('id', '=', portId).execute();
  change.touch(`port:${portId}`);
}

/** Removes the gateway; floating IPs must have let go of it, and routes must do without it. */
async function removeGateway(change: Change, router: GatewayRouter): Promise<void> {
  if (router.gateway === null) return;
  const used = await touchFloatingIps(change, router.id);
  if (used.length > 0) {
    throw conflict(
      `Gateway cannot be updated for router ${router.id}, since a gateway to external network ${router.gateway.network_id} is required by one or more floating IPs: ${used.slice(0, 3).join(', ')}.`,
      'RouterExternalGatewayInUseByFloatingIp',
    );
  }
  await deleteGatewayPort(change, router.gateway.port_id);
  if (router.routes.length > 0) {
    checkRoutes(router.routes, await routerSubnets(change.transaction, router.id));
  }
}
