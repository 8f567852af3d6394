import { sql } from 'kysely';
import { badRequest, conflict } from '../../../core/errors.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { checkPortName } from '../dns/names.ts';
import { touchNames } from '../dns/touch.ts';
import { invalidInput, macAddressInUse, policyNotAuthorized, servicePortInUse } from '../errors.ts';
import { dissociateAddresses } from '../floatingips/association.ts';
import { touchLoggedPort } from '../logs/coverage.ts';
import { cannotBind, checkProfile } from '../port_bindings/rules.ts';
import { release } from '../resource_requests/allocations.ts';
import { checkSameSubnets } from '../routers/interfaces.ts';
import { checkGroups, checkStatefulness } from '../security_groups/lookup.ts';
import { touchTapFlows } from '../tap_flows/rules.ts';
import { touchTapMirrors } from '../tap_mirrors/owner.ts';
import { afterBinding, inUseByTrunk } from '../trunks/parents.ts';
import { giveAddresses, type FixedIpRequest } from './addressing.ts';
import {
  checkSecurity,
  createPortsFor,
  isTrusted,
  portNetwork,
  RESERVED_OWNERS,
} from './create.ts';
import { checkDhcpOption } from './dhcp.ts';
import { checkGuestUpdate, ownsNetworkOf } from './guests.ts';
import type { FixedIp, PortRow } from './noun.ts';
import { dhcpOptions, planOf, type PortValues } from './request.ts';

async function createAll(
  change: Change,
  caller: Caller,
  ports: readonly Values[],
): Promise<string[]> {
  const plans = ports.map((values) => planOf(change, values as unknown as PortValues));
  for (const { binding_profile: profile = {} } of plans) {
    await checkProfile(change.transaction, profile);
  }
  return createPortsFor(change, caller, plans);
}

async function update(change: Change, caller: Caller, row: PortRow, raw: Values): Promise<void> {
  const values = raw as Partial<PortValues>;
  const { transaction } = change;
  await checkGuestUpdate(transaction, caller, row, values);
  if (values.device_owner !== undefined && values.device_owner !== row.device_owner) {
    if (
      RESERVED_OWNERS.includes(values.device_owner) ||
      RESERVED_OWNERS.includes(row.device_owner)
    ) {
      throw invalidInput(
        `device_owner cannot be changed from '${row.device_owner}' to '${values.device_owner}': the service itself gives it.`,
      );
    }
  }
  if (
    row.router_id !== null &&
    values.device_id !== undefined &&
    values.device_id !== row.device_id
  ) {
    throw invalidInput(
      `device_id of a router's port cannot be changed: remove it from router ${row.router_id}.`,
    );
  }
  const secured = values.port_security_enabled ?? row.port_security_enabled;
  if (!secured && values.security_groups === undefined && row.security_groups.length > 0) {
    throw conflict(
      `Port has security group associated. Cannot disable port security or IP address until security group is removed: port ${row.id} has ${row.security_groups.join(', ')}.`,
      'PortSecurityPortHasSecurityGroup',
    );
  }
  checkSecurity(
    {
      security_groups: values.security_groups ?? row.security_groups,
      allowed_address_pairs: values.allowed_address_pairs ?? row.allowed_address_pairs,
    },
    secured,
  );
  if (values.mac_address !== undefined && values.mac_address !== row.mac_address) {
    await checkMacChange(change, caller, row);
  }
  if (values.dns_name !== undefined)
    checkPortName(values.dns_name, change.settings.options.dns_domain);
  for (const option of values.extra_dhcp_opts ?? []) checkDhcpOption(option);
  await checkProfile(transaction, values['binding:profile'] ?? {});
  if (values.security_groups !== undefined) await setGroups(change, row, values.security_groups);
  if (values.fixed_ips !== undefined) {
    await setAddresses(change, row, values.fixed_ips);
    if (row.router_id !== null) await checkSameSubnets(change, row);
  }
  await write(change, row, values);
  await afterBinding(change, row, values['binding:host_id']);
  await touchNames(change, [row, { ...row, dns_name: values.dns_name ?? '' }]);
  change.touch(`port:${row.id}`);
  if (values.fixed_ips !== undefined && row.router_id !== null)
    change.touch(`router:${row.router_id}`);
  await transaction
    .selectFrom('network.floatingips')
    .select('id')
    .where('fixed_port_id', '=', row.id)
    .execute()
    .then((floating) => change.touch(...floating.map(({ id }) => `floatingip:${id}`)));
}

async function checkMacChange(change: Change, caller: Caller, row: PortRow): Promise<void> {
  const isManager =
    caller.roles.has('manager') && (await ownsNetworkOf(change.transaction, caller, row));
  if (!caller.isAdmin && !isManager) {
    throw policyNotAuthorized(
      'update_port:mac_address is disallowed by policy: only administrators and managers of the network may change it.',
    );
  }
  if (row.binding_host_id === '') return;
  throw conflict(
    `Unable to complete operation on port ${row.id}, port is already bound, host ${row.binding_host_id}: its hardware address is in use there.`,
    'PortBound',
  );
}

async function write(change: Change, row: PortRow, values: Partial<PortValues>): Promise<void> {
  const plain = [
    'name',
    'description',
    'admin_state_up',
    'mac_address',
    'device_id',
    'device_owner',
    'port_security_enabled',
    'dns_name',
    'dns_domain',
    'data_plane_status',
    'numa_affinity_policy',
  ] as const;
  const columns = Object.fromEntries(
    plain.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]),
  );
  try {
    await change.transaction
      .updateTable('network.ports')
      .set({
        ...columns,
        ...(values.allowed_address_pairs && {
          allowed_address_pairs: JSON.stringify(values.allowed_address_pairs),
        }),
        ...(values.extra_dhcp_opts && {
          extra_dhcp_opts: JSON.stringify(dhcpOptions(row.extra_dhcp_opts, values.extra_dhcp_opts)),
        }),
        ...boundColumns(change, row, values),
        ...(row.ip_allocation !== 'immediate' &&
          values.fixed_ips !== undefined &&
          values.fixed_ips.length > 0 && { ip_allocation: 'immediate' }),
        ...(values['binding:profile'] !== undefined && {
          binding_profile: JSON.stringify(values['binding:profile'] ?? {}),
        }),
        revision_number: sql`revision_number + 1`,
        updated_at: sql`now()`,
      })
      .where('id', '=', row.id)
      .execute();
  } catch (error) {
    if (violatedConstraint(error) !== 'ports_mac') throw error;
    throw macAddressInUse(row.network_id, values.mac_address!);
  }
}

/** Whether a host can take the port is asked again whenever it is bound, and while it could not be. */
function boundColumns({ settings }: Change, row: PortRow, values: Partial<PortValues>) {
  const host =
    values['binding:host_id'] === undefined
      ? row.binding_host_id
      : (values['binding:host_id'] ?? '');
  const vnic_type = values['binding:vnic_type'] ?? row.binding_vnic_type;
  const same = host === row.binding_host_id && vnic_type === row.binding_vnic_type;
  if (same && !row.binding_failed) return {};
  return {
    binding_host_id: host,
    binding_vnic_type: vnic_type,
    binding_failed: cannotBind(settings.chassis(), { host, vnic_type }),
  };
}

async function setGroups(change: Change, row: PortRow, groups: readonly string[]): Promise<void> {
  if (groups.length > 0 && isTrusted(row.device_owner)) {
    throw badRequest(
      `Port ${row.id} belongs to ${row.device_owner}, which no security group filters.`,
      'PortSecurityAndIPRequiredForSecurityGroups',
    );
  }
  checkStatefulness(await checkGroups(change.transaction, row.project_id, groups), groups);
  await touchLoggedPort(change, row.id, groups);
  await change.transaction
    .deleteFrom('network.port_security_groups')
    .where('port_id', '=', row.id)
    .execute();
  if (groups.length === 0) return;
  await change.transaction
    .insertInto('network.port_security_groups')
    .values(groups.map((group) => ({ port_id: row.id, security_group_id: group })))
    .execute();
}

/** New addresses for a port; those it has and that the request names, or whose subnet it names, stay. */
async function setAddresses(
  change: Change,
  row: PortRow,
  requests: readonly FixedIpRequest[],
): Promise<void> {
  if (row.device_owner === 'network:floatingip') {
    throw invalidInput(
      `the addresses of port ${row.id} cannot be changed: it belongs to ${row.device_owner}.`,
    );
  }
  const { transaction } = change;
  const kept = new Set<FixedIp>();
  const wanted = requests.filter(({ subnet_id, ip_address }) => {
    const match = row.fixed_ips.find(
      (fixed) =>
        !kept.has(fixed) &&
        (ip_address === undefined || fixed.ip_address === ip_address) &&
        (subnet_id === undefined || fixed.subnet_id === subnet_id),
    );
    if (match !== undefined) kept.add(match);
    return match === undefined;
  });
  const gone = row.fixed_ips
    .filter((fixed) => !kept.has(fixed))
    .map(({ ip_address }) => ip_address);
  if (gone.length > 0) {
    await sql`delete from network.ip_allocations where port_id = ${row.id}
      and host(ip_address) = any(${gone})`.execute(transaction);
    await dissociateAddresses(change, row.id, gone);
  }
  if (wanted.length === 0) return;
  const network = await portNetwork(transaction, row.network_id);
  const last = await transaction
    .selectFrom('network.ip_allocations')
    .select((expression) => expression.fn.max('position').as('position'))
    .where('port_id', '=', row.id)
    .executeTakeFirst();
  await giveAddresses(change, [
    {
      port: row,
      subnets: network!.subnets,
      requests: wanted,
      first: (last?.position ?? -1) + 1,
    },
  ]);
}

async function remove(change: Change, _caller: Caller, row: PortRow): Promise<void> {
  if (row.router_id !== null || RESERVED_OWNERS.includes(row.device_owner)) {
    throw servicePortInUse(
      row.id,
      `has device owner ${row.device_owner}${
        row.router_id === null ? '' : `; remove it from router ${row.router_id} instead`
      }`,
    );
  }
  await deletePort(change, row.id);
}

/** Deletes a port with its addresses, and frees the floating IPs that led to it. */
export async function deletePort(change: Change, id: string): Promise<void> {
  await release(change, id);
  await dissociateAddresses(change, id);
  await touchLoggedPort(change, id);
  await touchTapMirrors(change, id);
  await touchTapFlows(change, id);
  try {
    const gone = await change.transaction
      .deleteFrom('network.ports')
      .where('id', '=', id)
      .returning(['id', 'dns_name', 'network_id'])
      .executeTakeFirst();
    if (gone !== undefined) await touchNames(change, [gone]);
  } catch (error) {
    throw inUseByTrunk(error, id) ?? error;
  }
  change.touch(`port:${id}`);
}

export const portRules: Rules<PortRow> = { createAll, update, delete: remove };
