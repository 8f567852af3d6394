import type {
  ColumnType,
  Generated,
  JSONColumnType,
  Kysely,
  Transaction as KyselyTransaction,
} from 'kysely';
import type { AllocationPool } from './addresses/pools.ts';
import type { StandardColumns } from './attributes/standard.ts';
import type { PortBindingTables } from './port_bindings/tables.ts';
import type { PortForwardingTables } from './port_forwardings/tables.ts';
import type { QosTables } from './qos/tables.ts';
import type { RbacTables } from './rbac/tables.ts';
import type { RouterTables } from './routers/tables.ts';
import type { SegmentTables } from './segments/tables.ts';
import type { TrunkTables } from './trunks/tables.ts';

/** A jsonb column that holds an array: `pg` would send a bare array as a PostgreSQL one, so it is written as text. */
type JsonArray<T> = ColumnType<T[], string, string>;

export interface NetworksTable extends StandardColumns {
  admin_state_up: boolean;
  shared: boolean;
  external: boolean;
  is_default: boolean;
  port_security_enabled: boolean;
  mtu: number;
  dns_domain: Generated<string>;
  availability_zone_hints: Generated<string[]>;
  vlan_transparent: Generated<boolean | null>;
}

export interface HostRouteJson {
  destination: string;
  nexthop: string;
}

export interface SubnetsTable extends StandardColumns {
  network_id: string;
  ip_version: number;
  cidr: string;
  gateway_ip: string | null;
  enable_dhcp: boolean;
  allocation_pools: JsonArray<AllocationPool>;
  dns_nameservers: string[];
  host_routes: JsonArray<HostRouteJson>;
  ipv6_ra_mode: string | null;
  ipv6_address_mode: string | null;
  service_types: Generated<string[]>;
  subnetpool_id: string | null;
  segment_id: string | null;
  dns_publish_fixed_ip: Generated<boolean>;
}

export interface AddressScopesTable extends StandardColumns {
  ip_version: number;
  shared: boolean;
}

export interface SubnetPoolsTable extends StandardColumns {
  ip_version: number;
  prefixes: string[];
  default_prefixlen: number;
  min_prefixlen: number;
  max_prefixlen: number;
  default_quota: number | null;
  address_scope_id: string | null;
  shared: boolean;
  is_default: boolean;
}

export interface RoutersTable extends StandardColumns {
  admin_state_up: boolean;
  enable_snat: Generated<boolean>;
  routes: ColumnType<HostRouteJson[], string | undefined, string>;
  availability_zone_hints: Generated<string[]>;
  enable_default_route_ecmp: Generated<boolean>;
  enable_default_route_bfd: Generated<boolean>;
  ha: Generated<boolean>;
  distributed: Generated<boolean>;
}

export interface SecurityGroupsTable extends StandardColumns {
  stateful: boolean;
  is_default: boolean;
}

export interface SecurityGroupRulesTable extends StandardColumns {
  security_group_id: string;
  direction: string;
  ethertype: string;
  protocol: string | null;
  protocol_number: number | null;
  port_range_min: number | null;
  port_range_max: number | null;
  remote_ip_prefix: string | null;
  remote_group_id: string | null;
  remote_address_group_id: string | null;
  remote_ip_given: string | null;
}

export interface AddressPairJson {
  ip_address: string;
  /** Missing: the port's own. */
  mac_address?: string;
}

export interface ExtraDhcpOptionJson {
  opt_name: string;
  opt_value: string;
  ip_version: number;
}

export interface PortsTable extends StandardColumns {
  network_id: string;
  mac_address: string;
  admin_state_up: boolean;
  status: string;
  device_id: string;
  device_owner: string;
  port_security_enabled: boolean;
  binding_host_id: Generated<string>;
  binding_vnic_type: Generated<string>;
  binding_profile: JSONColumnType<Record<string, unknown>, string | undefined, string>;
  allowed_address_pairs: ColumnType<AddressPairJson[], string | undefined, string>;
  extra_dhcp_opts: ColumnType<ExtraDhcpOptionJson[], string | undefined, string>;
  dns_name: Generated<string>;
  dns_domain: Generated<string>;
  router_id: string | null;
  binding_failed: Generated<boolean>;
  ip_allocation: Generated<string>;
  data_plane_status: string | null;
  device_profile: string | null;
  numa_affinity_policy: string | null;
}

export interface IpAllocationsTable {
  subnet_id: string;
  ip_address: string;
  port_id: string;
  position: number;
}

export interface PortSecurityGroupsTable {
  port_id: string;
  security_group_id: string;
}

export interface FloatingIpsTable extends StandardColumns {
  floating_network_id: string;
  floating_ip_address: string;
  floating_port_id: string;
  fixed_port_id: string | null;
  fixed_ip_address: string | null;
  router_id: string | null;
  status: string;
  dns_name: Generated<string>;
  dns_domain: Generated<string>;
}

export interface QuotasTable {
  project_id: string;
  resource: string;
  maximum: number;
}

/** The tables of PostgreSQL schema `network`. */
export type NetworkTables = RbacTables &
  QosTables &
  PortForwardingTables &
  RouterTables &
  SegmentTables &
  TrunkTables &
  PortBindingTables & {
    'network.networks': NetworksTable;
    'network.subnets': SubnetsTable;
    'network.address_scopes': AddressScopesTable;
    'network.subnetpools': SubnetPoolsTable;
    'network.routers': RoutersTable;
    'network.security_groups': SecurityGroupsTable;
    'network.security_group_rules': SecurityGroupRulesTable;
    'network.ports': PortsTable;
    'network.ip_allocations': IpAllocationsTable;
    'network.port_security_groups': PortSecurityGroupsTable;
    'network.floatingips': FloatingIpsTable;
    'network.quotas': QuotasTable;
  };

/** Reads of this room's tables, inside a transaction or not. */
export type NetworkDatabase = Kysely<NetworkTables>;
export type NetworkTransaction = KyselyTransaction<NetworkTables>;
