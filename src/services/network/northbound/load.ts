import { sql, type RawBuilder } from 'kysely';
import type { DesiredRow, DesiredState } from '../../../ovn/desired.ts';
import { desiredFloatingIp, type FloatingIpState } from '../floatingips/desired.ts';
import { desiredNetwork, type NetworkState } from '../networks/desired.ts';
import { desiredPort, type GatewayChassis, type PortState } from '../ports/desired.ts';
import { desiredRouter, type RouterState } from '../routers/desired.ts';
import {
  desiredSecurityGroupRule,
  type SecurityGroupRuleState,
} from '../security_group_rules/desired.ts';
import {
  desiredDropGroup,
  desiredSecurityGroup,
  type SecurityGroupState,
} from '../security_groups/desired.ts';
import { desiredSubnet, type SubnetState } from '../subnets/desired.ts';
import type { NetworkDatabase } from '../tables.ts';
import { DROP_OWNER } from './names.ts';

/** Address of the metadata port in subnet `s` of its network. */
const metadataIp = sql`(select host(ma.ip_address) from network.ip_allocations ma
  join network.ports mp on mp.id = ma.port_id
  where ma.subnet_id = s.id and mp.device_owner = 'network:distributed' limit 1)`;

const subnetColumns = sql`s.id, s.revision_number, s.ip_version, s.cidr, s.gateway_ip, s.enable_dhcp,
  s.dns_nameservers, s.host_routes, s.ipv6_address_mode, n.mtu, ${metadataIp} as metadata_ip`;

const QUERIES: Readonly<Record<string, RawBuilder<unknown>>> = {
  network: sql`select o.id, o.name, o.mtu, o.revision_number, o.network_type, o.physical_network,
    o.segmentation_id, o.availability_zone_hints from network.networks o`,
  subnet: sql`select o.* from (select ${subnetColumns} from network.subnets s
    join network.networks n on n.id = s.network_id) o`,
  port: sql`select o.id, o.name, o.project_id, o.network_id, o.revision_number, o.mac_address,
      o.admin_state_up, o.device_id, o.device_owner, o.port_security_enabled, o.binding_host_id,
      o.binding_vnic_type, o.allowed_address_pairs, o.extra_dhcp_opts, o.router_id, n.mtu,
      (select coalesce(json_agg(json_build_object('subnet_id', s.id, 'ip_address', host(a.ip_address),
          'ip_version', s.ip_version, 'prefix_length', masklen(s.cidr), 'enable_dhcp', s.enable_dhcp,
          'gateway_ip', s.gateway_ip, 'metadata_ip', case when s.gateway_ip is null then ${metadataIp} end,
          'ipv6_ra_mode', s.ipv6_ra_mode) order by a.position), '[]')
        from network.ip_allocations a join network.subnets s on s.id = a.subnet_id
        where a.port_id = o.id) as addresses,
      array(select g.security_group_id from network.port_security_groups g where g.port_id = o.id
        order by g.security_group_id) as security_groups,
      (select host(f.floating_ip_address) from network.floatingips f where f.fixed_port_id = o.id
        order by f.created_at, f.id limit 1) as floating_ip,
      case when o.extra_dhcp_opts = '[]' then '[]' else
        (select coalesce(json_agg(x), '[]') from (select ${subnetColumns} from network.ip_allocations a
          join network.subnets s on s.id = a.subnet_id where a.port_id = o.id) x) end as subnets
    from network.ports o join network.networks n on n.id = o.network_id`,
  router: sql`select o.id, o.name, o.admin_state_up, o.enable_snat, o.revision_number, o.routes,
      o.availability_zone_hints,
      (select json_build_object('port_id', p.id, 'network_id', p.network_id, 'addresses',
          (select coalesce(json_agg(json_build_object('ip_address', host(a.ip_address), 'subnet_id', s.id,
              'gateway_ip', s.gateway_ip) order by a.position), '[]')
            from network.ip_allocations a join network.subnets s on s.id = a.subnet_id where a.port_id = p.id))
        from network.ports p where p.router_id = o.id and p.device_owner = 'network:router_gateway') as gateway,
      array(select s.cidr::text from network.ports p join network.ip_allocations a on a.port_id = p.id
        join network.subnets s on s.id = a.subnet_id
        where p.router_id = o.id and p.device_owner = 'network:router_interface'
        order by p.created_at, p.id, a.position) as internal_cidrs
    from network.routers o`,
  floatingip: sql`select o.id, o.revision_number, o.floating_network_id, o.floating_ip_address,
      o.fixed_port_id, o.fixed_ip_address, o.router_id, p.mac_address
    from network.floatingips o join network.ports p on p.id = o.floating_port_id`,
  security_group: sql`select o.id, o.revision_number from network.security_groups o`,
  security_group_rule: sql`select o.id, o.security_group_id, o.direction, o.ethertype, o.protocol_number,
      o.port_range_min, o.port_range_max, o.remote_ip_prefix, o.remote_group_id, g.stateful
    from network.security_group_rules o join network.security_groups g on g.id = o.security_group_id`,
};

/** The mapping of one kind of object. */
type Desired = (row: unknown, gateways: GatewayChassis) => DesiredRow[];

const MAPPINGS: Readonly<Record<string, Desired>> = {
  network: (row) => desiredNetwork(row as NetworkState),
  subnet: (row) => desiredSubnet(row as SubnetState),
  port: (row, gateways) => desiredPort(row as PortState, gateways),
  router: (row) => desiredRouter(row as RouterState),
  floatingip: (row) => desiredFloatingIp(row as FloatingIpState),
  security_group: (row) => desiredSecurityGroup(row as SecurityGroupState),
  security_group_rule: (row) => desiredSecurityGroupRule(row as SecurityGroupRuleState),
};

async function loadKind(
  database: NetworkDatabase,
  kind: string,
  ids: readonly string[] | undefined,
  gateways: GatewayChassis,
  state: Map<string, readonly DesiredRow[]>,
): Promise<void> {
  const query = QUERIES[kind];
  const mapping = MAPPINGS[kind];
  if (query === undefined || mapping === undefined) return;
  const where = ids === undefined ? sql`` : sql` where o.id = any(${ids}::uuid[])`;
  const result = await sql<{ id: string }>`${query}${where}`.execute(database);
  for (const row of result.rows) state.set(`${kind}:${row.id}`, mapping(row, gateways));
}

/** The rows these owners should have: one query for each kind of object, however many there are. */
export async function loadOwners(
  database: NetworkDatabase,
  owners: readonly string[],
  gateways: GatewayChassis,
): Promise<DesiredState> {
  const kinds = new Map<string, string[]>();
  const state = new Map<string, readonly DesiredRow[]>();
  for (const owner of owners) {
    if (owner === DROP_OWNER) state.set(DROP_OWNER, desiredDropGroup());
    const [kind, id] = owner.split(':') as [string, string | undefined];
    if (id === undefined) continue;
    const ids = kinds.get(kind);
    if (ids === undefined) kinds.set(kind, [id]);
    else ids.push(id);
  }
  for (const [kind, ids] of kinds) await loadKind(database, kind, ids, gateways, state);
  return state;
}

/** The rows of everything, of one moment. */
export function loadAll(
  database: NetworkDatabase,
  gateways: GatewayChassis,
): Promise<DesiredState> {
  return database
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (transaction) => {
      const state = new Map<string, readonly DesiredRow[]>([[DROP_OWNER, desiredDropGroup()]]);
      for (const kind of Object.keys(QUERIES))
        await loadKind(transaction, kind, undefined, gateways, state);
      return state;
    });
}
