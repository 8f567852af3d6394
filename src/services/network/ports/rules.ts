import { sql } from 'kysely';
import { badRequest, conflict } from '../../../core/errors.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { invalidInput, macAddressInUse, policyNotAuthorized, servicePortInUse } from '../errors.ts';
import { dissociateAddresses } from '../floatingips/association.ts';
import { checkGroups } from '../security_groups/lookup.ts';
import type { AddressPairJson, ExtraDhcpOptionJson } from '../tables.ts';
import { giveAddresses, type FixedIpRequest } from './addressing.ts';
import {
  checkSecurity,
  createPortsFor,
  isTrusted,
  portNetwork,
  RESERVED_OWNERS,
  type PortPlan,
} from './create.ts';
import type { FixedIp, PortRow } from './noun.ts';

/** What a request says about a port. */
interface PortValues {
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly network_id: string;
  readonly admin_state_up: boolean;
  readonly mac_address?: string;
  readonly fixed_ips?: FixedIpRequest[];
  readonly device_id: string;
  readonly device_owner: string;
  readonly security_groups?: string[];
  readonly port_security_enabled?: boolean;
  readonly allowed_address_pairs: AddressPairJson[];
  readonly extra_dhcp_opts: { opt_name: string; opt_value: string | null; ip_version?: number }[];
  readonly dns_name: string;
  readonly 'binding:host_id': string | null;
  readonly 'binding:profile': Record<string, unknown> | null;
  readonly 'binding:vnic_type': string;
}

const createAll = (change: Change, caller: Caller, ports: readonly Values[]): Promise<string[]> =>
  createPortsFor(
    change,
    caller,
    ports.map((values) => planOf(values as unknown as PortValues)),
  );

function planOf(values: PortValues): PortPlan {
  return {
    project_id: values.project_id,
    name: values.name,
    description: values.description,
    network_id: values.network_id,
    mac_address: values.mac_address,
    fixed_ips: values.fixed_ips,
    admin_state_up: values.admin_state_up,
    device_id: values.device_id,
    device_owner: values.device_owner,
    port_security_enabled: values.port_security_enabled,
    security_groups: values.security_groups,
    allowed_address_pairs: values.allowed_address_pairs,
    extra_dhcp_opts: dhcpOptions([], values.extra_dhcp_opts),
    dns_name: values.dns_name,
    binding_host_id: values['binding:host_id'] ?? '',
    binding_profile: values['binding:profile'] ?? {},
    binding_vnic_type: values['binding:vnic_type'],
  };
}

/** Options after an update: those named are replaced, those with a null value go. */
function dhcpOptions(
  present: readonly ExtraDhcpOptionJson[],
  requested: PortValues['extra_dhcp_opts'],
): ExtraDhcpOptionJson[] {
  const options = new Map(
    present.map((option) => [`${option.ip_version} ${option.opt_name}`, option]),
  );
  for (const { opt_name, opt_value, ip_version = 4 } of requested) {
    const key = `${ip_version} ${opt_name}`;
    if (opt_value === null) options.delete(key);
    else options.set(key, { opt_name, opt_value, ip_version });
  }
  return [...options.values()];
}

async function update(change: Change, caller: Caller, row: PortRow, raw: Values): Promise<void> {
  const values = raw as Partial<PortValues>;
  const { transaction } = change;
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
  checkSecurity(
    {
      security_groups: values.security_groups ?? row.security_groups,
      allowed_address_pairs: values.allowed_address_pairs ?? row.allowed_address_pairs,
    },
    secured,
  );
  if (values.mac_address !== undefined && values.mac_address !== row.mac_address) {
    checkMacChange(caller, row);
  }
  if (values.security_groups !== undefined) await setGroups(change, row, values.security_groups);
  if (values.fixed_ips !== undefined) await setAddresses(change, row, values.fixed_ips);
  await write(change, row, values);
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

function checkMacChange(caller: Caller, row: PortRow): void {
  if (!caller.isAdmin) {
    throw policyNotAuthorized(
      'update_port:mac_address is disallowed by policy: only administrators may change it.',
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
        ...(values['binding:host_id'] !== undefined && {
          binding_host_id: values['binding:host_id'] ?? '',
        }),
        ...(values['binding:profile'] !== undefined && {
          binding_profile: JSON.stringify(values['binding:profile'] ?? {}),
        }),
        ...(values['binding:vnic_type'] !== undefined && {
          binding_vnic_type: values['binding:vnic_type'],
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

async function setGroups(change: Change, row: PortRow, groups: readonly string[]): Promise<void> {
  if (groups.length > 0 && isTrusted(row.device_owner)) {
    throw badRequest(
      `Port ${row.id} belongs to ${row.device_owner}, which no security group filters.`,
      'PortSecurityAndIPRequiredForSecurityGroups',
    );
  }
  await checkGroups(change.transaction, row.project_id, groups);
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
  if (row.router_id !== null || row.device_owner === 'network:floatingip') {
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
  await dissociateAddresses(change, id);
  await change.transaction.deleteFrom('network.ports').where('id', '=', id).execute();
  change.touch(`port:${id}`);
}

export const portRules: Rules<PortRow> = { createAll, update, delete: remove };
