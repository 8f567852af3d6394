import { sql, type RawBuilder } from 'kysely';
import { isUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import type {
  AssociatedFloatingIp,
  HostRoute,
  MetadataPort,
  NetworkSummary,
  PortAddress,
  PortDescription,
  PortSubnet,
  PortSummary,
  SecurityGroupSummary,
  ShownPort,
} from '../contract.ts';
import { networkNotFound, portNotFound } from '../errors.ts';
import { sharedWith } from '../rbac/access.ts';
import type { NetworkDatabase } from '../tables.ts';

const addresses = sql`(select coalesce(json_agg(json_build_object('subnetId', s.id,
    'ipAddress', host(a.ip_address), 'ipVersion', s.ip_version, 'prefixLength', masklen(s.cidr))
    order by a.position), '[]')
  from network.ip_allocations a join network.subnets s on s.id = a.subnet_id where a.port_id = p.id)`;

const summaryColumns = sql`p.id, p.name, p.project_id as "projectId", p.network_id as "networkId",
  n.name as "networkName", p.mac_address as "macAddress", p.status, p.admin_state_up as "adminStateUp",
  p.device_id as "deviceId", p.device_owner as "deviceOwner", p.binding_host_id as "host",
  ${addresses} as addresses,
  array(select g.security_group_id from network.port_security_groups g where g.port_id = p.id
    order by g.security_group_id) as "securityGroupIds"`;

/** Ports under a condition (`p` the port, `n` its network), oldest first. */
async function summaries(
  database: NetworkDatabase,
  where: RawBuilder<unknown>,
): Promise<PortSummary[]> {
  const result = await sql<PortSummary>`
    select ${summaryColumns} from network.ports p join network.networks n on n.id = p.network_id
    where ${where} order by p.created_at, p.id`.execute(database);
  return result.rows;
}

/** Rows in the order of the ids; the first missing one is a fault. */
function inOrder<T extends { id: string }>(
  rows: readonly T[],
  ids: readonly string[],
  missing: (id: string) => Error,
): T[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = byId.get(id);
    if (row === undefined) throw missing(id);
    return row;
  });
}

const projectOf = (caller: Caller): string => caller.projectId ?? '';

async function networks(
  database: NetworkDatabase,
  projectId: string,
  where: RawBuilder<unknown>,
): Promise<NetworkSummary[]> {
  const result = await sql<NetworkSummary>`
    select n.id, n.name, n.project_id as "projectId", n.mtu,
      ${sharedWith(sql`n.id`, projectId, 'access_as_shared')} as shared, n.external,
      n.port_security_enabled as "portSecurityEnabled",
      array(select s.id from network.subnets s where s.network_id = n.id order by s.created_at, s.id) as "subnetIds"
    from network.networks n where ${where} order by n.created_at, n.id`.execute(database);
  return result.rows;
}

/** See `NetworkService`. */
export async function findNetworks(
  database: NetworkDatabase,
  caller: Caller,
  ids: readonly string[],
): Promise<NetworkSummary[]> {
  const rows = await networks(
    database,
    projectOf(caller),
    sql`n.id = any(${ids.filter(isUuid)}::uuid[])
      and (${caller.isAdmin} or n.project_id = ${projectOf(caller)}
        or ${sharedWith(sql`n.id`, projectOf(caller))})`,
  );
  return inOrder(rows, ids, networkNotFound);
}

/** See `NetworkService`. */
export const availableNetworks = (
  database: NetworkDatabase,
  caller: Caller,
): Promise<NetworkSummary[]> =>
  networks(
    database,
    projectOf(caller),
    sql`(not n.external and n.project_id = ${projectOf(caller)}
      or ${sharedWith(sql`n.id`, projectOf(caller), 'access_as_shared')})`,
  );

/** See `NetworkService`. */
export async function findPorts(
  database: NetworkDatabase,
  caller: Caller,
  ids: readonly string[],
): Promise<PortSummary[]> {
  const rows = await summaries(
    database,
    sql`p.id = any(${ids.filter(isUuid)}::uuid[]) and (${caller.isAdmin} or p.project_id = ${projectOf(caller)})`,
  );
  return inOrder(rows, ids, portNotFound);
}

/** See `NetworkService`. */
export const portsOfDevices = (
  database: NetworkDatabase,
  deviceIds: readonly string[],
): Promise<PortSummary[]> =>
  // Devices of the network's own are no servers.
  summaries(database, sql`p.device_id = any(${deviceIds}) and p.device_owner not like 'network:%'`);

/** See `NetworkService`. One row for each address, by joins that cost the same for one server and for a thousand. */
export async function shownPortsOfDevices(
  database: NetworkDatabase,
  deviceIds: readonly string[],
): Promise<ShownPort[]> {
  const { rows } = await sql<{
    id: string;
    device: string;
    network: string;
    mac: string;
    address: string | null;
    version: 4 | 6 | null;
  }>`
    select p.id, p.device_id as device, n.name as network, p.mac_address as mac, host(a.ip_address) as address,
      s.ip_version as version
    from network.ports p join network.networks n on n.id = p.network_id
    left join network.ip_allocations a on a.port_id = p.id
    left join network.subnets s on s.id = a.subnet_id
    where p.device_id = any(${deviceIds}) and p.device_owner not like 'network:%'
    order by p.created_at, p.id, a.position`.execute(database);
  const ports: (ShownPort & { addresses: { ipAddress: string; ipVersion: 4 | 6 }[] })[] = [];
  for (const { id, device, network, mac, address, version } of rows) {
    let port = ports.at(-1);
    if (port?.id !== id) {
      port = { id, deviceId: device, networkName: network, macAddress: mac, addresses: [] };
      ports.push(port);
    }
    if (address !== null && version !== null)
      port.addresses.push({ ipAddress: address, ipVersion: version });
  }
  return ports;
}

/** One port by id. */
export async function portSummary(database: NetworkDatabase, id: string): Promise<PortSummary> {
  const [port] = await summaries(database, sql`p.id = ${id}`);
  if (port === undefined) throw portNotFound(id);
  return port;
}

/** See `NetworkService`. */
export async function portAtAddress(
  database: NetworkDatabase,
  networkId: string,
  ipAddress: string,
): Promise<PortSummary | undefined> {
  if (!isUuid(networkId)) return undefined;
  const rows = await summaries(
    database,
    sql`p.network_id = ${networkId} and p.device_owner not like 'network:%' and exists (select 1
      from network.ip_allocations a where a.port_id = p.id and a.ip_address = ${ipAddress}::inet)`,
  );
  return rows[0];
}

interface SubnetOfPort {
  readonly portId: string;
  readonly id: string;
  readonly cidr: string;
  readonly ipVersion: 4 | 6;
  readonly gatewayIp: string | null;
  readonly dhcpEnabled: boolean;
  readonly dnsNameservers: readonly string[];
  readonly hostRoutes: readonly HostRoute[];
  readonly metadataAddress: string | null;
}

/** See `NetworkService`. */
export async function describePorts(
  database: NetworkDatabase,
  portIds: readonly string[],
): Promise<PortDescription[]> {
  const ports = await sql<PortSummary & { mtu: number }>`
    select ${summaryColumns}, n.mtu from network.ports p join network.networks n on n.id = p.network_id
    where p.id = any(${portIds}::uuid[])`.execute(database);
  const subnets = await sql<SubnetOfPort>`
    select a.port_id as "portId", s.id, s.cidr, s.ip_version as "ipVersion", s.gateway_ip as "gatewayIp",
      s.enable_dhcp as "dhcpEnabled", s.dns_nameservers as "dnsNameservers", s.host_routes as "hostRoutes",
      (select host(ma.ip_address) from network.ip_allocations ma join network.ports mp on mp.id = ma.port_id
        where ma.subnet_id = s.id and mp.device_owner = 'network:distributed' limit 1) as "metadataAddress"
    from network.ip_allocations a join network.subnets s on s.id = a.subnet_id
    where a.port_id = any(${portIds}::uuid[]) order by a.position`.execute(database);
  const rank = new Map(portIds.map((id, index) => [id, index]));
  return ports.rows
    .map((port) =>
      describe(
        port,
        subnets.rows.filter(({ portId }) => portId === port.id),
      ),
    )
    .toSorted((a, b) => rank.get(a.id)! - rank.get(b.id)!);
}

function describe(
  port: PortSummary & { mtu: number },
  all: readonly SubnetOfPort[],
): PortDescription {
  const own = [...new Map(all.map((subnet) => [subnet.id, subnet])).values()];
  const subnets = own.map(
    ({ portId: _port, metadataAddress, gatewayIp, ...subnet }): PortSubnet => ({
      ...subnet,
      gatewayIp: gatewayIp ?? undefined,
      hostRoutes: [
        ...(metadataAddress === null
          ? []
          : [{ destination: '169.254.169.254/32', nexthop: metadataAddress }]),
        ...subnet.hostRoutes,
      ],
    }),
  );
  return {
    ...port,
    gatewayIp: subnets.find(
      ({ ipVersion, gatewayIp }) => ipVersion === 4 && gatewayIp !== undefined,
    )?.gatewayIp,
    dnsNameservers: [...new Set(subnets.flatMap(({ dnsNameservers }) => dnsNameservers))],
    subnets,
    metadataAddress:
      own.find(({ metadataAddress }) => metadataAddress !== null)?.metadataAddress ?? undefined,
  };
}

/** See `NetworkService`. */
export async function metadataPorts(
  database: NetworkDatabase,
  networkIds: readonly string[],
): Promise<MetadataPort[]> {
  const result = await sql<MetadataPort & { addresses: readonly PortAddress[] }>`
    select p.id as "portId", p.network_id as "networkId", p.mac_address as "macAddress", n.mtu,
      ${addresses} as addresses
    from network.ports p join network.networks n on n.id = p.network_id
    where p.network_id = any(${networkIds}::uuid[]) and p.device_owner = 'network:distributed'
    order by p.network_id`.execute(database);
  return result.rows;
}

/** See `NetworkService`. */
export async function portsOfSubnets(
  database: NetworkDatabase,
  subnetIds: readonly string[],
): Promise<string[]> {
  const result = await sql<{ id: string }>`
    select distinct port_id as id from network.ip_allocations
    where subnet_id = any(${subnetIds}::uuid[])`.execute(database);
  return result.rows.map(({ id }) => id);
}

/** See `NetworkService`. */
export async function floatingIpsOfPorts(
  database: NetworkDatabase,
  portIds: readonly string[],
): Promise<AssociatedFloatingIp[]> {
  const result = await sql<AssociatedFloatingIp>`
    select id, fixed_port_id as "portId", host(fixed_ip_address) as "fixedIpAddress",
      host(floating_ip_address) as "floatingIpAddress"
    from network.floatingips where fixed_port_id = any(${portIds}::uuid[])
    order by created_at, id`.execute(database);
  return result.rows;
}

/** See `NetworkService`. */
export async function securityGroupsOfPorts(
  database: NetworkDatabase,
  portIds: readonly string[],
): Promise<Map<string, SecurityGroupSummary[]>> {
  const result = await sql<SecurityGroupSummary & { portId: string }>`
    select b.port_id as "portId", g.id, g.name, g.project_id as "projectId", g.description
    from network.port_security_groups b join network.security_groups g on g.id = b.security_group_id
    where b.port_id = any(${portIds}::uuid[]) order by g.name, g.id`.execute(database);
  const groups = new Map<string, SecurityGroupSummary[]>(portIds.map((id) => [id, []]));
  for (const { portId, ...group } of result.rows) groups.get(portId)?.push(group);
  return groups;
}
