import { sql } from 'kysely';
import { idOf } from '../attributes/body.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import { standardColumns } from '../attributes/standard.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { routerInUse } from '../errors.ts';
import { reserve } from '../quotas/reserve.ts';
import type { HostRouteJson } from '../tables.ts';
import { checkZones } from '../zones/zones.ts';
import { removeGateway, setGateway, type GatewayRequest } from './gateway.ts';
import { checkRoutes, routerSubnets } from './interfaces.ts';
import { changeModes, saidModes, type RouterModes } from './modes.ts';
import type { RouterRow } from './noun.ts';

/** What a request says about a router. */
interface RouterValues extends RouterModes {
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly admin_state_up: boolean;
  readonly external_gateway_info: GatewayRequest | null;
  readonly routes?: HostRouteJson[];
  readonly availability_zone_hints: string[];
  readonly enable_default_route_ecmp?: boolean | null;
  readonly enable_default_route_bfd?: boolean | null;
}

async function create(change: Change, caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as RouterValues;
  checkZones(change, values.availability_zone_hints);
  await reserve(change, 'router', values.project_id);
  const id = idOf(values);
  const { options } = change.settings;
  await change.transaction
    .insertInto('network.routers')
    .values({
      ...standardColumns(values),
      id,
      admin_state_up: values.admin_state_up,
      availability_zone_hints: values.availability_zone_hints,
      enable_snat: options.enable_snat_by_default,
      enable_default_route_ecmp:
        values.enable_default_route_ecmp ?? options.enable_default_route_ecmp,
      enable_default_route_bfd: values.enable_default_route_bfd ?? options.enable_default_route_bfd,
      ha: values.ha ?? true,
      distributed: values.distributed ?? options.enable_distributed_floating_ip,
    })
    .execute();
  if (values.external_gateway_info !== null) {
    await setGateway(
      change,
      caller,
      { id, routes: [], gateways: [] },
      values.external_gateway_info,
    );
  }
  change.touch(`router:${id}`);
  return id;
}

async function update(change: Change, caller: Caller, row: RouterRow, raw: Values): Promise<void> {
  const {
    external_gateway_info: gateway,
    routes,
    enable_default_route_ecmp: ecmp,
    enable_default_route_bfd: bfd,
    ha,
    distributed,
    ...rest
  } = raw as Partial<RouterValues>;
  const modes = saidModes({ ha, distributed });
  const { transaction } = change;
  if (gateway !== undefined) {
    // New routes are checked below, with the new gateway.
    await setGateway(
      change,
      caller,
      { ...row, routes: routes === undefined ? row.routes : [] },
      gateway,
    );
  }
  if (routes !== undefined) checkRoutes(routes, await routerSubnets(transaction, row.id));
  await transaction
    .updateTable('network.routers')
    .set({
      ...rest,
      ...(routes === undefined ? {} : { routes: JSON.stringify(routes) }),
      // Null says nothing, as in Neutron.
      ...(ecmp === undefined || ecmp === null ? {} : { enable_default_route_ecmp: ecmp }),
      ...(bfd === undefined || bfd === null ? {} : { enable_default_route_bfd: bfd }),
      ...modes,
      revision_number: sql`revision_number + 1`,
      updated_at: sql`now()`,
    })
    .where('id', '=', row.id)
    .execute();
  change.touch(`router:${row.id}`);
  await changeModes(change, row, modes);
}

async function remove(change: Change, _caller: Caller, row: RouterRow): Promise<void> {
  const { transaction } = change;
  const subnets = await routerSubnets(transaction, row.id);
  const internal = subnets.filter(
    ({ device_owner }) => device_owner === 'network:router_interface',
  );
  if (internal.length > 0) {
    throw routerInUse(
      row.id,
      `still has ports on subnets ${internal.map(({ subnet_id }) => subnet_id).join(', ')}: remove them from the router first.`,
    );
  }
  for (const gateway of row.gateways) await removeGateway(change, row.id, gateway, []);
  await transaction.deleteFrom('network.routers').where('id', '=', row.id).execute();
  change.touch(`router:${row.id}`);
}

export const routerRules: Rules<RouterRow> = { create, update, delete: remove };
