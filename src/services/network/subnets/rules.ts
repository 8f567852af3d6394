import { sql } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import { formatCidr, parseCidr } from '../addresses/cidr.ts';
import type { AllocationPool } from '../addresses/pools.ts';
import type { Values } from '../attributes/body.ts';
import { standardColumns } from '../attributes/standard.ts';
import type { Change } from '../change.ts';
import { findOwned } from '../collections/noun.ts';
import type { Rules } from '../collections/operations.ts';
import { invalidInput, subnetInUse } from '../errors.ts';
import { checkMtuOfSubnet } from '../networks/mtu.ts';
import { networkNoun } from '../networks/noun.ts';
import { AUTOMATIC_OWNERS } from '../networks/rules.ts';
import { RESERVED_OWNERS } from '../ports/create.ts';
import { settleMetadataPort } from '../ports/metadata.ts';
import { reserve } from '../quotas/reserve.ts';
import { addressGateways } from '../routers/new-subnet.ts';
import { settlePeerRoutes } from '../segments/host-routes.ts';
import { checkBinding, checkSegmentOfSubnet } from '../segments/subnets.ts';
import { checkAffinity } from '../subnetpools/affinity.ts';
import { allocateFromPool } from '../subnetpools/allocation.ts';
import type { HostRouteJson } from '../tables.ts';
import type { Ipv6Mode, SubnetRow } from './noun.ts';
import {
  checkGateway,
  checkGatewayOutside,
  checkDhcp,
  checkNumbers,
  checkPools,
  checkVersions,
  isAutomatic,
  planSubnet,
} from './plan.ts';

/** What a request says about a new subnet. */
interface SubnetValues {
  readonly id?: string;
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly network_id: string;
  readonly ip_version?: number;
  readonly cidr?: string | null;
  readonly gateway_ip?: string | null;
  readonly enable_dhcp: boolean;
  readonly allocation_pools?: AllocationPool[];
  readonly dns_nameservers: string[];
  readonly host_routes: HostRouteJson[];
  readonly ipv6_ra_mode: Ipv6Mode | null;
  readonly ipv6_address_mode: Ipv6Mode | null;
  readonly service_types: string[];
  readonly dns_publish_fixed_ip: boolean;
  readonly subnetpool_id: string | null;
  readonly segment_id: string | null;
  readonly use_default_subnetpool: boolean;
  readonly prefixlen?: number;
}

async function create(change: Change, caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as SubnetValues;
  const { transaction } = change;
  const pool = await allocateFromPool(change, caller, values);
  const plan = planSubnet(pool === undefined ? values : { ...values, cidr: pool.cidr });
  checkVersions(plan.cidr, values.dns_nameservers, values.host_routes);
  checkNumbers(change.settings.options, values);
  await reserve(change, 'subnet', values.project_id);
  // The lock keeps another request from adding an overlapping subnet meanwhile.
  const network = await findOwned(
    transaction,
    networkNoun,
    caller,
    values.network_id,
    'create_subnet',
  );
  const cidr = formatCidr(plan.cidr);
  const overlap = await sql<{ id: string; cidr: string }>`
    select id, cidr from network.subnets where network_id = ${network.id} and cidr && ${cidr}::cidr limit 1`.execute(
    transaction,
  );
  const other = overlap.rows[0];
  if (other !== undefined) {
    throw invalidInput(
      `Requested subnet with cidr: ${cidr} for network: ${network.id} overlaps with another subnet: ${other.id} has ${other.cidr}.`,
    );
  }
  await checkAffinity(change, network.id, plan.cidr.version, pool?.id ?? null);
  checkMtuOfSubnet(network.id, network.mtu, plan.cidr.version);
  const id = values.id ?? newUuid();
  await checkSegmentOfSubnet(change, { ...values, id });
  await transaction
    .insertInto('network.subnets')
    .values({
      ...standardColumns({ ...values, id }),
      id,
      network_id: network.id,
      ip_version: plan.cidr.version,
      cidr,
      gateway_ip: plan.gatewayIp,
      enable_dhcp: values.enable_dhcp,
      allocation_pools: JSON.stringify(plan.pools),
      dns_nameservers: values.dns_nameservers,
      host_routes: JSON.stringify(values.host_routes),
      ipv6_ra_mode: values.ipv6_ra_mode,
      ipv6_address_mode: values.ipv6_address_mode,
      service_types: values.service_types,
      subnetpool_id: pool?.id ?? null,
      segment_id: values.segment_id,
      dns_publish_fixed_ip: values.dns_publish_fixed_ip,
    })
    .execute();
  await bumpNetwork(change, network.id);
  if (values.segment_id !== null) await settlePeerRoutes(change, network.id);
  await settleMetadataPort(change, network.id);
  if (network['external']) await addressGateways(change, network.id, id);
  change.touch(`subnet:${id}`);
  return id;
}

/** A network's revision counts its subnets' changes too. */
async function bumpNetwork(change: Change, networkId: string): Promise<void> {
  await sql`update network.networks set revision_number = revision_number + 1, updated_at = now()
    where id = ${networkId}`.execute(change.transaction);
  change.touch(`network:${networkId}`);
}

async function update(change: Change, _caller: Caller, row: SubnetRow, raw: Values): Promise<void> {
  const values = raw as Partial<SubnetValues>;
  const cidr = parseCidr(row.cidr)!;
  checkVersions(cidr, values.dns_nameservers ?? [], values.host_routes ?? []);
  checkNumbers(change.settings.options, values);
  if (values.segment_id !== undefined) {
    await sql`select 1 from network.networks where id = ${row.network_id} for no key update`.execute(
      change.transaction,
    );
    await checkBinding(change, row, values.segment_id);
  }
  if (values.enable_dhcp && !row.enable_dhcp) checkDhcp(cidr);
  const pools = values.allocation_pools ?? row.allocation_pools;
  if (values.allocation_pools !== undefined) checkPools(cidr, pools);
  const gatewayIp = values.gateway_ip === undefined ? row.gateway_ip : values.gateway_ip;
  if (gatewayIp !== row.gateway_ip) await checkGatewayChange(change, row, gatewayIp);
  if (gatewayIp !== null) checkGatewayOutside(pools, gatewayIp);
  if (values.enable_dhcp === false && (row.ipv6_ra_mode ?? row.ipv6_address_mode) !== null) {
    throw invalidInput(
      'ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False.',
    );
  }
  const {
    name,
    description,
    gateway_ip,
    enable_dhcp,
    dns_nameservers,
    service_types,
    dns_publish_fixed_ip,
    segment_id,
  } = values;
  const { allocation_pools, host_routes } = values;
  await change.transaction
    .updateTable('network.subnets')
    .set({
      ...defined({
        name,
        description,
        gateway_ip,
        enable_dhcp,
        dns_nameservers,
        service_types,
        dns_publish_fixed_ip,
        segment_id,
      }),
      ...(allocation_pools === undefined
        ? {}
        : { allocation_pools: JSON.stringify(allocation_pools) }),
      ...(host_routes === undefined ? {} : { host_routes: JSON.stringify(host_routes) }),
      revision_number: sql`revision_number + 1`,
      updated_at: sql`now()`,
    })
    .where('id', '=', row.id)
    .execute();
  await bumpNetwork(change, row.network_id);
  if ((segment_id ?? row.segment_id) !== null) {
    await settlePeerRoutes(change, row.network_id, { moved: row });
  }
  if (values.enable_dhcp !== undefined && values.enable_dhcp !== row.enable_dhcp) {
    await settleMetadataPort(change, row.network_id);
    await touchPorts(change, row.id);
  }
  if (gatewayIp !== row.gateway_ip) await touchRoutersThrough(change, row.id);
  change.touch(`subnet:${row.id}`);
}

/** Without the members that are undefined. */
const defined = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<T>;

async function checkGatewayChange(
  change: Change,
  row: SubnetRow,
  gatewayIp: string | null,
): Promise<void> {
  if (gatewayIp !== null) checkGateway(parseCidr(row.cidr)!, gatewayIp);
  if (row.gateway_ip === null) return;
  const used = await sql<{ port_id: string }>`
    select a.port_id from network.ip_allocations a join network.ports p on p.id = a.port_id
    where a.subnet_id = ${row.id} and a.ip_address = ${row.gateway_ip}::inet
      and p.device_owner = 'network:router_interface'`.execute(change.transaction);
  const port = used.rows[0]?.port_id;
  if (port === undefined) return;
  throw conflict(
    `Current gateway ip ${row.gateway_ip} already in use by port ${port}. Unable to update.`,
    'GatewayIpInUse',
  );
}

/** Ports name the DHCP options of their subnet, so they change when it begins or ends to have some. */
async function touchPorts(change: Change, subnetId: string): Promise<void> {
  const ports = await change.transaction
    .selectFrom('network.ip_allocations')
    .select('port_id')
    .where('subnet_id', '=', subnetId)
    .execute();
  change.touch(...ports.map(({ port_id }) => `port:${port_id}`));
}

/** Routers with a gateway in the subnet have their default route through its gateway. */
async function touchRoutersThrough(change: Change, subnetId: string): Promise<void> {
  const routers = await sql<{ router_id: string }>`
    select distinct p.router_id from network.ip_allocations a join network.ports p on p.id = a.port_id
    where a.subnet_id = ${subnetId} and p.router_id is not null`.execute(change.transaction);
  change.touch(...routers.rows.map(({ router_id }) => `router:${router_id}`));
}

async function remove(change: Change, _caller: Caller, row: SubnetRow): Promise<void> {
  const { transaction } = change;
  // No address can be allocated meanwhile: its foreign key waits for this lock.
  await sql`select 1 from network.subnets where id = ${row.id} for update`.execute(transaction);
  const users = await sql<{ port_id: string; ip_address: string; device_owner: string }>`
    select a.port_id, a.ip_address, p.device_owner from network.ip_allocations a
    join network.ports p on p.id = a.port_id where a.subnet_id = ${row.id}`.execute(transaction);
  // Addresses that ports gave themselves go with their prefix (SLAAC); a router's are what made it.
  const automatic = isAutomatic(row.ipv6_address_mode);
  const other = users.rows.find(
    ({ device_owner }) =>
      !AUTOMATIC_OWNERS.includes(device_owner) &&
      !(automatic && !RESERVED_OWNERS.includes(device_owner)),
  );
  if (other !== undefined) {
    throw subnetInUse(
      row.id,
      `One or more ports have an IP allocation from this subnet: port ${other.port_id} has ${other.ip_address}${
        other.device_owner === '' ? '' : ` (${other.device_owner})`
      }.`,
    );
  }
  await transaction.deleteFrom('network.ip_allocations').where('subnet_id', '=', row.id).execute();
  await transaction.deleteFrom('network.subnets').where('id', '=', row.id).execute();
  await bumpNetwork(change, row.network_id);
  if (row.segment_id !== null) {
    await settlePeerRoutes(change, row.network_id, { deleted: row.cidr });
  }
  await settleMetadataPort(change, row.network_id);
  change.touch(`subnet:${row.id}`, ...users.rows.map(({ port_id }) => `port:${port_id}`));
}

export const subnetRules: Rules<SubnetRow> = { create, update, delete: remove };
