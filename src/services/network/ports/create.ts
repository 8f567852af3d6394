import { sql } from 'kysely';
import { badRequest, conflict, type Fault } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import { randomMac } from '../addresses/mac.ts';
import type { Change } from '../change.ts';
import {
  invalidInput,
  macAddressInUse,
  networkNotFound,
  policyNotAuthorized,
  securityGroupNotFound,
  subnetNotFound,
} from '../errors.ts';
import { quotaColumns, reserve, type QuotaUse } from '../quotas/reserve.ts';
import { ensureDefaultGroup } from '../security_groups/default.ts';
import { checkGroups } from '../security_groups/lookup.ts';
import type { AddressPairJson, ExtraDhcpOptionJson, NetworkDatabase } from '../tables.ts';
import { giveAddresses, type FixedIpRequest } from './addressing.ts';
import type { AllocationSubnet } from './allocation.ts';

/** A network with its subnets, as the making of a port needs them. */
export interface PortNetwork {
  readonly id: string;
  readonly project_id: string;
  readonly shared: boolean;
  readonly external: boolean;
  readonly port_security_enabled: boolean;
  readonly subnets: readonly AllocationSubnet[];
}

/** A port as it should be made. */
export interface PortPlan {
  readonly id?: string;
  /** Empty for ports of the cloud itself: gateways, floating IPs. */
  readonly project_id: string;
  readonly name?: string;
  readonly description?: string;
  readonly network_id: string;
  readonly mac_address?: string;
  readonly fixed_ips?: readonly FixedIpRequest[];
  readonly admin_state_up?: boolean;
  readonly status?: 'DOWN' | 'ACTIVE' | 'N/A';
  readonly device_id: string;
  readonly device_owner: string;
  readonly port_security_enabled?: boolean;
  /** Ids; default the project's default group. */
  readonly security_groups?: readonly string[];
  readonly allowed_address_pairs?: readonly AddressPairJson[];
  readonly extra_dhcp_opts?: readonly ExtraDhcpOptionJson[];
  readonly dns_name?: string;
  readonly binding_host_id?: string;
  readonly binding_vnic_type?: string;
  readonly binding_profile?: Record<string, unknown>;
  readonly router_id?: string;
}

/** Device owners that only this service gives. */
export const RESERVED_OWNERS: readonly string[] = [
  'network:router_interface',
  'network:router_gateway',
  'network:floatingip',
  'network:distributed',
];

/** Ports of the network's own devices are trusted: no port security, no groups. */
export const isTrusted = (deviceOwner: string): boolean => deviceOwner.startsWith('network:');

const networkColumns = sql`n.id, n.project_id, n.shared, n.external, n.port_security_enabled,
  (select coalesce(json_agg(s order by s.created_at, s.id), '[]') from network.subnets s
    where s.network_id = n.id) as subnets`;

/** The network and its subnets; undefined when there is none. */
export async function portNetwork(
  database: NetworkDatabase,
  id: string,
): Promise<PortNetwork | undefined> {
  const result = await sql<PortNetwork>`
    select ${networkColumns} from network.networks n where n.id = ${id}`.execute(database);
  return result.rows[0];
}

/** With the network, what else the making of a client's port must know: one question instead of three. */
interface PortContext extends PortNetwork, QuotaUse {
  readonly default_group: string | null;
}

async function portContext(
  database: NetworkDatabase,
  plan: PortPlan,
): Promise<PortContext | undefined> {
  const result = await sql<PortContext>`
    select ${networkColumns}, ${quotaColumns('port', plan.project_id)},
      (select g.id from network.security_groups g
        where g.project_id = ${plan.project_id} and g.is_default) as default_group
    from network.networks n where n.id = ${plan.network_id}`.execute(database);
  return result.rows[0];
}

/** Makes a port for a client: on a network it may use, with what it may choose there. Gives the id. */
export async function createPortFor(
  change: Change,
  caller: Caller,
  plan: PortPlan,
): Promise<string> {
  const network = await portContext(change.transaction, plan);
  const owns = network !== undefined && (caller.isAdmin || network.project_id === caller.projectId);
  if (network === undefined || !(owns || network.shared || network.external)) {
    throw networkNotFound(plan.network_id);
  }
  if (!owns) checkGuest(network, plan);
  if (RESERVED_OWNERS.includes(plan.device_owner)) {
    throw invalidInput(`device_owner '${plan.device_owner}' is only given by the service itself.`);
  }
  await reserve(change, 'port', plan.project_id, 1, network);
  return createPort(change, network, plan, network.default_group);
}

/** What only the owner of a network may choose for a port there. */
function checkGuest(network: PortNetwork, plan: PortPlan): void {
  if (!network.shared) {
    throw policyNotAuthorized(
      `create_port is disallowed by policy: network ${network.id} is external and not shared; use a floating IP instead.`,
    );
  }
  const chosen =
    (plan.mac_address !== undefined && 'mac_address') ||
    (plan.fixed_ips?.some(({ ip_address }) => ip_address !== undefined) &&
      'fixed_ips:ip_address') ||
    (plan.port_security_enabled === false && 'port_security_enabled') ||
    (plan.allowed_address_pairs !== undefined &&
      plan.allowed_address_pairs.length > 0 &&
      'allowed_address_pairs') ||
    (isTrusted(plan.device_owner) && 'device_owner');
  if (!chosen) return;
  throw policyNotAuthorized(
    `create_port:${chosen} is disallowed by policy: network ${network.id} belongs to another project.`,
  );
}

/** Makes a port on the network; quota and permission are the caller's business. Gives the id. */
export async function createPort(
  change: Change,
  network: PortNetwork,
  plan: PortPlan,
  defaultGroup: string | null = null,
): Promise<string> {
  const trusted = isTrusted(plan.device_owner);
  const secured = plan.port_security_enabled ?? (trusted ? false : network.port_security_enabled);
  checkSecurity(plan, secured);
  const groups = secured && !trusted ? await groupsOf(change, plan, defaultGroup) : [];
  const id = plan.id ?? newUuid();
  try {
    const whole = { ...plan, id, port_security_enabled: secured };
    const mac = await insertPort(change, network, whole, groups);
    const port = { id, network_id: network.id, mac_address: mac, device_owner: plan.device_owner };
    await giveAddresses(change, port, network.subnets, plan.fixed_ips);
  } catch (error) {
    throw violatedBy(error, network.id, id) ?? error;
  }
  change.touch(`port:${id}`);
  return id;
}

/** What a port names may go away between the look and the insertion. */
function violatedBy(error: unknown, networkId: string, portId: string): Fault | undefined {
  switch (violatedConstraint(error)) {
    case 'ports_network':
      return networkNotFound(networkId);
    case 'ports_pkey':
      return conflict(`There is already a port with the id ${portId}.`, 'PortExists');
    case 'port_security_groups_group':
      return securityGroupNotFound('of the port');
    case 'ip_allocations_subnet':
      return subnetNotFound('of the port');
    default:
      return undefined;
  }
}

/** What contradicts port security being off. */
export function checkSecurity(
  plan: Pick<PortPlan, 'security_groups' | 'allowed_address_pairs'>,
  secured: boolean,
): void {
  if (secured) return;
  if ((plan.security_groups?.length ?? 0) > 0) {
    throw badRequest(
      'Port security must be enabled and port must have an IP address in order to use security groups.',
      'PortSecurityAndIPRequiredForSecurityGroups',
    );
  }
  if ((plan.allowed_address_pairs?.length ?? 0) > 0) {
    throw conflict(
      'Port Security must be enabled in order to have allowed address pairs on a port.',
      'AddressPairAndPortSecurityRequired',
    );
  }
}

async function groupsOf(
  change: Change,
  plan: PortPlan,
  defaultGroup: string | null,
): Promise<readonly string[]> {
  if (plan.security_groups === undefined) {
    return [defaultGroup ?? (await ensureDefaultGroup(change, plan.project_id))];
  }
  await checkGroups(change.transaction, plan.project_id, plan.security_groups);
  return plan.security_groups;
}

/** Inserts the row with its groups and gives its hardware address: the one asked for, or a new one. */
async function insertPort(
  change: Change,
  network: PortNetwork,
  plan: PortPlan & { id: string; port_security_enabled: boolean },
  groups: readonly string[],
): Promise<string> {
  for (;;) {
    const mac = plan.mac_address ?? randomMac();
    const row = {
      id: plan.id,
      project_id: plan.project_id,
      name: plan.name ?? '',
      description: plan.description ?? '',
      network_id: network.id,
      mac_address: mac,
      admin_state_up: plan.admin_state_up ?? true,
      status: plan.status ?? 'DOWN',
      device_id: plan.device_id,
      device_owner: plan.device_owner,
      port_security_enabled: plan.port_security_enabled,
      binding_host_id: plan.binding_host_id ?? '',
      binding_vnic_type: plan.binding_vnic_type ?? 'normal',
      binding_profile: JSON.stringify(plan.binding_profile ?? {}),
      allowed_address_pairs: JSON.stringify(plan.allowed_address_pairs ?? []),
      extra_dhcp_opts: JSON.stringify(plan.extra_dhcp_opts ?? []),
      dns_name: plan.dns_name ?? '',
      router_id: plan.router_id ?? null,
    };
    const made = await change.transaction
      .with('port', (query) =>
        query
          .insertInto('network.ports')
          .values(row)
          .onConflict((conflicting) => conflicting.constraint('ports_mac').doNothing())
          .returning('id'),
      )
      .with('member', (query) =>
        query
          .insertInto('network.port_security_groups')
          .columns(['port_id', 'security_group_id'])
          .expression((expression) =>
            expression
              .selectFrom('port')
              .select(['id', sql<string>`unnest(${groups}::uuid[])`.as('security_group_id')]),
          ),
      )
      .selectFrom('port')
      .select('id')
      .execute();
    if (made.length === 1) return mac;
    if (plan.mac_address !== undefined) throw macAddressInUse(network.id, mac);
  }
}
