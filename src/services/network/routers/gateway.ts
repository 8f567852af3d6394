import { sql } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Change } from '../change.ts';
import { badResource, networkNotFound, policyNotAuthorized } from '../errors.ts';
import { checkExternal } from '../networks/rules.ts';
import type { FixedIpRequest } from '../ports/addressing.ts';
import { createPort, portNetwork } from '../ports/create.ts';
import { deletePort } from '../ports/rules.ts';
import { keepGatewayPolicy, setGatewayPolicy } from '../qos/attachments.ts';
import { seesNetwork } from '../rbac/access.ts';
import { checkOverlap, checkRoutes, routerSubnets } from './interfaces.ts';
import type { RouterGateway } from './noun.ts';
import { placeGateways } from './placement.ts';
import type { HostRouteJson } from '../tables.ts';

/** `external_gateway_info`, or one of `external_gateways`, as a client sends it. */
export interface GatewayRequest {
  readonly network_id?: string;
  readonly enable_snat?: boolean;
  readonly external_fixed_ips?: readonly FixedIpRequest[];
  readonly qos_policy_id?: string | null;
}

/** The router whose gateways change. */
export interface GatewayRouter {
  readonly id: string;
  readonly routes: readonly HostRouteJson[];
  readonly gateways: readonly RouterGateway[];
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

/** What only administrators may say about a gateway. */
export function checkPolicy(caller: Caller, request: GatewayRequest, where: string): void {
  if (caller.isAdmin) return;
  if (request.enable_snat !== false && request.external_fixed_ips === undefined) return;
  const member = request.enable_snat === false ? 'enable_snat' : 'external_fixed_ips';
  throw policyNotAuthorized(
    `${where}:${member} is disallowed by policy: only administrators may set it.`,
  );
}

/** Sets, changes or (null, or without a network) removes the first gateway of a router. */
export async function setGateway(
  change: Change,
  caller: Caller,
  router: GatewayRouter,
  request: GatewayRequest | null,
): Promise<void> {
  const networkId = request?.network_id;
  const [present, ...others] = router.gateways;
  if (request === null || networkId === undefined) {
    if (request !== null && Object.keys(request).length > 0) {
      throw badResource('router', 'external_gateway_info must have network_id.');
    }
    if (present !== undefined) await removeGateway(change, router.id, present, others);
    await checkRoutesNow(change, router);
    return;
  }
  checkPolicy(caller, request, 'update_router:external_gateway_info');
  if (present === undefined || !isSame(present, request)) {
    if (present !== undefined) {
      if (present.network_id === networkId) await deletePort(change, present.port_id);
      else await removeGateway(change, router.id, present, others);
    }
    const portId = await addGateway(
      change,
      caller,
      router.id,
      { ...request, network_id: networkId },
      true,
    );
    if (present?.network_id === networkId && request.qos_policy_id === undefined) {
      await keepGatewayPolicy(change, portId, present.qos_policy_id ?? null);
    }
    await checkRoutesNow(change, router);
  } else {
    await setGatewayPolicy(
      change,
      caller,
      present.port_id,
      present.qos_policy_id ?? null,
      request.qos_policy_id,
    );
  }
  await setSnat(
    change,
    router.id,
    request.enable_snat ?? change.settings.options.enable_snat_by_default,
  );
}

/** Whether packets that leave through a gateway get its address: one choice for all gateways of a router. */
export async function setSnat(change: Change, routerId: string, enabled: boolean): Promise<void> {
  await sql`update network.routers set enable_snat = ${enabled} where id = ${routerId}`.execute(
    change.transaction,
  );
}

/** One more gateway: before the others, or behind them. Gives its port. */
export async function addGateway(
  change: Change,
  caller: Caller,
  routerId: string,
  request: GatewayRequest & { readonly network_id: string },
  first: boolean,
): Promise<string> {
  const { transaction } = change;
  const { network_id: networkId, external_fixed_ips: fixedIps } = request;
  const network = await portNetwork(transaction, networkId);
  if (network === undefined || !seesNetwork(network, caller)) throw networkNotFound(networkId);
  checkExternal(network, networkId, 'router');
  checkOverlap(await routerSubnets(transaction, routerId), network.subnets, 'router', true);
  const portId = await createPort(change, network, {
    project_id: '',
    network_id: networkId,
    device_id: routerId,
    device_owner: 'network:router_gateway',
    router_id: routerId,
    fixed_ips: fixedIps !== undefined && fixedIps.length > 0 ? fixedIps : undefined,
  });
  await sql`insert into network.router_gateways (port_id, router_id, position)
    select ${portId}, ${routerId},
      coalesce(${first ? sql`min(position) - 1` : sql`max(position) + 1`}, 0)
    from network.router_gateways where router_id = ${routerId}`.execute(transaction);
  await placeGateways(transaction, change.settings, [portId]);
  await setGatewayPolicy(change, caller, portId, null, request.qos_policy_id);
  // Address translation of the floating IPs is tied to the gateway ports.
  await touchFloatingIps(change, routerId);
  change.touch(`router:${routerId}`);
  return portId;
}

/** Floating IPs that lead through the router (to this external network); their rows may have to change. */
export async function touchFloatingIps(
  change: Change,
  routerId: string,
  networkId?: string,
): Promise<string[]> {
  const which = networkId === undefined ? sql`` : sql` and floating_network_id = ${networkId}`;
  const { rows } = await sql<{ id: string }>`
    select id from network.floatingips where router_id = ${routerId}${which}`.execute(
    change.transaction,
  );
  const ids = rows.map(({ id }) => id);
  change.touch(...ids.map((id) => `floatingip:${id}`));
  return ids;
}

/** Removes a gateway; floating IPs must have let go of it, unless another gateway is on the same network. */
export async function removeGateway(
  change: Change,
  routerId: string,
  gateway: RouterGateway,
  others: readonly RouterGateway[],
): Promise<void> {
  const used = await touchFloatingIps(change, routerId, gateway.network_id);
  if (used.length > 0 && !others.some(({ network_id }) => network_id === gateway.network_id)) {
    throw conflict(
      `Gateway cannot be updated for router ${routerId}, since a gateway to external network ${gateway.network_id} is required by one or more floating IPs: ${used.slice(0, 3).join(', ')}.`,
      'RouterExternalGatewayInUseByFloatingIp',
    );
  }
  await deletePort(change, gateway.port_id);
  change.touch(`router:${routerId}`);
}

/** The extra routes must still do with what gateways and interfaces there are. */
export async function checkRoutesNow(
  change: Change,
  { id, routes }: Pick<GatewayRouter, 'id' | 'routes'>,
): Promise<void> {
  if (routes.length > 0) checkRoutes(routes, await routerSubnets(change.transaction, id));
}
