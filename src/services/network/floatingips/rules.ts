import { sql } from 'kysely';
import { idOf } from '../attributes/body.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import { standardColumns } from '../attributes/standard.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { badResource, invalidIpForNetwork, networkNotFound, subnetNotFound } from '../errors.ts';
import { checkExternal } from '../networks/rules.ts';
import { createPort, portNetwork, type PortNetwork } from '../ports/create.ts';
import { checkForwardsNothing } from '../port_forwardings/removal.ts';
import { seesNetwork } from '../rbac/access.ts';
import { reserve } from '../quotas/reserve.ts';
import { alreadyAssociated, planAssociation, type Association } from './association.ts';
import type { FloatingIpRow } from './noun.ts';

/** What a request says about a floating IP. */
interface FloatingIpValues {
  readonly project_id: string;
  readonly description: string;
  readonly floating_network_id: string;
  readonly floating_ip_address: string | null;
  readonly subnet_id: string | null;
  readonly port_id?: string | null;
  readonly fixed_ip_address?: string | null;
}

async function create(change: Change, caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as FloatingIpValues;
  const { transaction } = change;
  const network = await portNetwork(transaction, values.floating_network_id);
  if (network === undefined || !seesNetwork(network, caller)) {
    throw networkNotFound(values.floating_network_id);
  }
  checkExternal(network, network.id, 'floatingip');
  await reserve(change, 'floatingip', values.project_id);
  const id = idOf(values);
  const { subnets, fixedIps } = whichAddress(network, values);
  const portId = await createPort(
    change,
    { ...network, subnets },
    {
      project_id: '',
      network_id: network.id,
      device_id: id,
      device_owner: 'network:floatingip',
      status: 'N/A',
      fixed_ips: fixedIps,
    },
  );
  const { ip_address: address } = (await transaction
    .selectFrom('network.ip_allocations')
    .select('ip_address')
    .where('port_id', '=', portId)
    .executeTakeFirst())!;
  const floating = { id, floating_network_id: network.id, floating_ip_address: address };
  const association = await associationOf(
    change,
    caller,
    floating,
    values.port_id,
    values.fixed_ip_address,
  );
  await transaction
    .insertInto('network.floatingips')
    .values({
      ...standardColumns(values),
      ...floating,
      floating_port_id: portId,
      fixed_port_id: association?.fixed_port_id ?? null,
      fixed_ip_address: association?.fixed_ip_address ?? null,
      router_id: association?.router_id ?? null,
      status: association === undefined ? 'DOWN' : 'ACTIVE',
    })
    .execute()
    .catch((error: unknown) => refuse(error, floating, association));
  touch(change, id, association?.fixed_port_id);
  return id;
}

/** The external subnets and address: those asked for, or any address of any subnet with IPv4. */
function whichAddress(network: PortNetwork, values: FloatingIpValues) {
  const all = network.subnets.filter(({ ip_version }) => ip_version === 4);
  if (all.length === 0) {
    throw badResource('floatingip', `Network ${network.id} does not contain any IPv4 subnet.`);
  }
  const subnets = all.filter(({ id }) => values.subnet_id === null || id === values.subnet_id);
  if (subnets.length === 0) throw subnetNotFound(values.subnet_id!);
  const address = values.floating_ip_address;
  if (address?.includes(':')) throw invalidIpForNetwork(address);
  return { subnets, fixedIps: address === null ? undefined : [{ ip_address: address }] };
}

/** `undefined` when it shall lead nowhere. */
async function associationOf(
  change: Change,
  caller: Caller,
  floating: { id: string; floating_network_id: string; floating_ip_address: string },
  portId: string | null | undefined,
  fixedIp: string | null | undefined,
): Promise<Association | undefined> {
  if (portId === null || portId === undefined) {
    if (fixedIp !== null && fixedIp !== undefined) {
      throw badResource('floatingip', 'fixed_ip_address cannot be specified without a port_id.');
    }
    return undefined;
  }
  return planAssociation(change, caller, floating, portId, fixedIp);
}

function refuse(
  error: unknown,
  floating: { id: string; floating_network_id: string; floating_ip_address: string },
  association: Association | undefined,
): never {
  if (association !== undefined && violatedConstraint(error) === 'floatingips_fixed') {
    throw alreadyAssociated(floating, association.fixed_port_id, association.fixed_ip_address);
  }
  throw error;
}

/** A port's row names its floating IP, so it changes with it. */
function touch(change: Change, id: string, ...portIds: (string | null | undefined)[]): void {
  change.touch(`floatingip:${id}`);
  for (const portId of portIds) if (portId) change.touch(`port:${portId}`);
}

async function update(
  change: Change,
  caller: Caller,
  row: FloatingIpRow,
  raw: Values,
  sent: Values = raw,
): Promise<void> {
  const values = raw as Partial<FloatingIpValues>;
  const { transaction } = change;
  // A body that names neither leaves the association alone; an empty one asks for dissociation, as in the first clients.
  const empty = Object.keys(sent).length === 0;
  const moves = empty || values.port_id !== undefined || values.fixed_ip_address !== undefined;
  const portId = empty ? null : values.port_id === undefined ? row.fixed_port_id : values.port_id;
  if (portId !== null) await checkForwardsNothing(change, row.id);
  const association = moves
    ? await associationOf(change, caller, row, portId, values.fixed_ip_address)
    : undefined;
  await transaction
    .updateTable('network.floatingips')
    .set({
      ...(values.description === undefined ? {} : { description: values.description }),
      // One that forwards ports goes on doing so: to dissociate it means nothing.
      ...(moves &&
        (association !== undefined || row.fixed_port_id !== null) && {
          fixed_port_id: association?.fixed_port_id ?? null,
          fixed_ip_address: association?.fixed_ip_address ?? null,
          router_id: association?.router_id ?? null,
          status: association === undefined ? 'DOWN' : 'ACTIVE',
        }),
      revision_number: sql`revision_number + 1`,
      updated_at: sql`now()`,
    })
    .where('id', '=', row.id)
    .execute()
    .catch((error: unknown) => refuse(error, row, association));
  touch(change, row.id, row.fixed_port_id, association?.fixed_port_id);
}

async function remove(change: Change, _caller: Caller, row: FloatingIpRow): Promise<void> {
  const { transaction } = change;
  await checkForwardsNothing(change, row.id);
  await transaction.deleteFrom('network.floatingips').where('id', '=', row.id).execute();
  await transaction.deleteFrom('network.ports').where('id', '=', row.floating_port_id).execute();
  touch(change, row.id, row.fixed_port_id);
}

export const floatingIpRules: Rules<FloatingIpRow> = { create, update, delete: remove };
