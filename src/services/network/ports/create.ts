import { sql } from 'kysely';
import { badRequest, conflict, type Fault } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { violatedConstraint, violatedKey } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Change } from '../change.ts';
import { touchNames } from '../dns/touch.ts';
import {
  invalidInput,
  networkNotFound,
  policyNotAuthorized,
  securityGroupNotFound,
  subnetNotFound,
} from '../errors.ts';
import {
  grantsColumn,
  isGranted,
  ownsNetwork,
  seesNetwork,
  type GrantedNetwork,
} from '../rbac/access.ts';
import { quotaColumns, reserve, type QuotaUse } from '../quotas/reserve.ts';
import { ensureDefaultGroup } from '../security_groups/default.ts';
import { checkGroups, checkStatefulness } from '../security_groups/lookup.ts';
import type { AddressPairJson, ExtraDhcpOptionJson, NetworkDatabase } from '../tables.ts';
import { giveAddresses, type FixedIpRequest } from './addressing.ts';
import type { AllocationSubnet } from './allocation.ts';
import { insertPorts, type PortDraft } from './insert.ts';

/** A network with its subnets, as the making of a port needs them. */
export interface PortNetwork extends GrantedNetwork {
  readonly id: string;
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
  readonly tags?: readonly string[];
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
  readonly binding_failed?: boolean;
  readonly dns_domain?: string;
  readonly ip_allocation?: string;
  readonly device_profile?: string | null;
  readonly numa_affinity_policy?: string | null;
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

const networkColumns = sql`n.id, n.project_id, n.external, n.port_security_enabled, ${grantsColumn},
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

const contextKey = (networkId: string, projectId: string): string => `${networkId} ${projectId}`;

/** The networks that the plans name, as seen by the projects that want ports there; those that are missing are left out. */
async function portContexts(
  database: NetworkDatabase,
  plans: readonly PortPlan[],
): Promise<ReadonlyMap<string, PortContext>> {
  const pairs = new Map(
    plans.map((plan) => [contextKey(plan.network_id, plan.project_id), plan] as const),
  );
  const wanted = [...pairs.values()];
  const { rows } = await sql<PortContext & { for_project: string }>`
    select ${networkColumns}, wanted.project_id as for_project,
      ${quotaColumns('port', sql.ref('wanted.project_id'))},
      (select g.id from network.security_groups g
        where g.project_id = wanted.project_id and g.is_default) as default_group
    from unnest(${wanted.map(({ network_id }) => network_id)}::uuid[],
      ${wanted.map(({ project_id }) => project_id)}::text[]) as wanted (network_id, project_id)
    join network.networks n on n.id = wanted.network_id`.execute(database);
  return new Map(rows.map((row) => [contextKey(row.id, row.for_project), row]));
}

/** Makes ports for a client: on networks it may use, with what it may choose there. Gives the ids, in their order. */
export async function createPortsFor(
  change: Change,
  caller: Caller,
  plans: readonly PortPlan[],
): Promise<string[]> {
  const contexts = await portContexts(change.transaction, plans);
  const placed = plans.map((plan) => {
    const network = contexts.get(contextKey(plan.network_id, plan.project_id));
    if (network === undefined || !seesNetwork(network, caller)) {
      throw networkNotFound(plan.network_id);
    }
    if (!ownsNetwork(network, caller)) checkGuest(network, caller, plan);
    if (RESERVED_OWNERS.includes(plan.device_owner)) {
      throw invalidInput(
        `device_owner '${plan.device_owner}' is only given by the service itself.`,
      );
    }
    return { network, plan, defaultGroup: network.default_group };
  });
  const projects = Map.groupBy(placed, ({ plan }) => plan.project_id);
  for (const [project, ports] of projects) {
    await reserve(change, 'port', project, ports.length, ports[0]!.network);
  }
  return createPorts(change, placed);
}

/** The same for one port. */
export async function createPortFor(
  change: Change,
  caller: Caller,
  plan: PortPlan,
): Promise<string> {
  const [id] = await createPortsFor(change, caller, [plan]);
  return id!;
}

/** What only the owner of a network may choose for a port there. */
function checkGuest(network: PortNetwork, caller: Caller, plan: PortPlan): void {
  if (!isGranted(network, 'access_as_shared', caller)) {
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

/** A plan and the network it names. */
export interface PlacedPlan {
  readonly network: PortNetwork;
  readonly plan: PortPlan;
  /** The project's default group when it is known; it is made when there is none. */
  readonly defaultGroup?: string | null;
}

/**
 * Makes ports with their groups and addresses, all or none; quota and permission are the caller's business. Takes
 * as many statements for a thousand ports as for one. Gives the ids, in the order of the plans.
 */
export async function createPorts(
  change: Change,
  placed: readonly PlacedPlan[],
): Promise<string[]> {
  for (const { network, plan } of placed) checkSecurity(plan, isSecured(network, plan));
  const groups = await groupsOf(change, placed);
  const drafts = placed.map(({ network, plan }, index): PortDraft => ({
    ...plan,
    id: plan.id ?? newUuid(),
    network_id: network.id,
    port_security_enabled: isSecured(network, plan),
    security_groups: groups[index]!,
  }));
  try {
    const ports = await insertPorts(change, drafts);
    await giveAddresses(
      change,
      ports.map((port, index) => ({
        port,
        subnets: placed[index]!.network.subnets,
        requests: drafts[index]!.fixed_ips,
      })),
    );
  } catch (error) {
    throw violatedBy(error) ?? error;
  }
  change.touch(...drafts.map(({ id }) => `port:${id}`));
  await touchNames(change, drafts);
  return drafts.map(({ id }) => id);
}

/** Makes one port. Gives the id. */
export async function createPort(
  change: Change,
  network: PortNetwork,
  plan: PortPlan,
): Promise<string> {
  const [id] = await createPorts(change, [{ network, plan }]);
  return id!;
}

/** What a port names may go away between the look and the insertion. */
function violatedBy(error: unknown): Fault | undefined {
  const key = violatedKey(error);
  switch (violatedConstraint(error)) {
    case 'ports_network':
      return networkNotFound(key);
    case 'ports_pkey':
      return conflict(`There is already a port with the id ${key}.`, 'PortExists');
    case 'port_security_groups_group':
      return securityGroupNotFound(key);
    case 'ip_allocations_subnet':
      return subnetNotFound(key);
    default:
      return undefined;
  }
}

const isSecured = (network: PortNetwork, plan: PortPlan): boolean =>
  plan.port_security_enabled ?? (!isTrusted(plan.device_owner) && network.port_security_enabled);

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

/** The groups of each port: those it names, its project's default group, or none for one that is not filtered. */
async function groupsOf(
  change: Change,
  placed: readonly PlacedPlan[],
): Promise<(readonly string[])[]> {
  const isFiltered = ({ network, plan }: PlacedPlan) =>
    isSecured(network, plan) && !isTrusted(plan.device_owner);
  const defaults = new Map<string, string>();
  for (const [project, ports] of Map.groupBy(
    placed.filter(isFiltered),
    ({ plan }) => plan.project_id,
  )) {
    const named = new Set(ports.flatMap(({ plan }) => plan.security_groups ?? []));
    const known = await checkGroups(change.transaction, project, [...named]);
    for (const { plan } of ports) checkStatefulness(known, plan.security_groups ?? []);
    const usual = ports.find(({ plan }) => plan.security_groups === undefined);
    if (usual === undefined) continue;
    defaults.set(project, usual.defaultGroup ?? (await ensureDefaultGroup(change, project)));
  }
  return placed.map((one) => {
    if (!isFiltered(one)) return [];
    return one.plan.security_groups ?? [defaults.get(one.plan.project_id)!];
  });
}
