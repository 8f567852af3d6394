import { sql } from 'kysely';
import type { ServiceSchema } from '../../database/migrations.ts';
import { addressGroupMigrations } from './address_groups/migrations.ts';
import { defaultSecurityGroupRuleMigrations } from './default_security_group_rules/migrations.ts';
import { dnsMigrations } from './dns/migrations.ts';
import { flavorMigrations } from './flavors/migrations.ts';
import { networkMigrations } from './networks/migrations.ts';
import { portBindingMigrations } from './port_bindings/migrations.ts';
import { portForwardingMigrations } from './port_forwardings/migrations.ts';
import { qosMigrations } from './qos/migrations.ts';
import { rbacMigrations } from './rbac/migrations.ts';
import { routerMigrations } from './routers/migrations.ts';
import { segmentMigrations } from './segments/migrations.ts';
import { trunkMigrations } from './trunks/migrations.ts';
import { defaultStatefulnessMigrations } from './security_groups_default_statefulness/migrations.ts';
import { logMigrations } from './logs/migrations.ts';
import { tapMirrorMigrations } from './tap_mirrors/migrations.ts';
import { tapServiceMigrations } from './tap_services/migrations.ts';

/** Columns that every resource has (Neutron's standard attributes). */
const standard = sql`
  id uuid primary key,
  project_id text not null,
  name text not null default '',
  description text not null default '',
  tags text[] not null default '{}',
  revision_number integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()`;

const first = [
  // Virtual network identifiers of Geneve have 24 bits; they are not used again until all were.
  sql`create sequence network.segmentation_ids minvalue 1 maxvalue 16777215 cycle`,

  sql`create table network.networks (${standard},
    admin_state_up boolean not null,
    shared boolean not null,
    external boolean not null,
    is_default boolean not null,
    port_security_enabled boolean not null,
    mtu integer not null,
    network_type text not null,
    physical_network text,
    segmentation_id integer,
    dns_domain text not null default '',
    availability_zone_hints text[] not null default '{}',
    constraint networks_segment unique nulls not distinct (network_type, physical_network, segmentation_id))`,
  sql`create index networks_project on network.networks (project_id)`,

  sql`create table network.subnets (${standard},
    network_id uuid not null constraint subnets_network references network.networks,
    ip_version integer not null,
    cidr cidr not null,
    gateway_ip inet,
    enable_dhcp boolean not null,
    allocation_pools jsonb not null,
    dns_nameservers text[] not null,
    host_routes jsonb not null,
    ipv6_ra_mode text,
    ipv6_address_mode text,
    service_types text[] not null default '{}',
    dns_publish_fixed_ip boolean not null default false)`,
  sql`create index subnets_network_id on network.subnets (network_id)`,
  sql`create index subnets_project on network.subnets (project_id)`,

  sql`create table network.routers (${standard},
    admin_state_up boolean not null,
    enable_snat boolean not null default true,
    routes jsonb not null default '[]',
    availability_zone_hints text[] not null default '{}')`,
  sql`create index routers_project on network.routers (project_id)`,

  sql`create table network.security_groups (${standard},
    stateful boolean not null,
    is_default boolean not null)`,
  sql`create index security_groups_project on network.security_groups (project_id)`,
  sql`create unique index security_groups_default on network.security_groups (project_id) where is_default`,

  sql`create table network.security_group_rules (${standard},
    security_group_id uuid not null references network.security_groups on delete cascade,
    direction text not null,
    ethertype text not null,
    -- As the client wrote it, and the number it means: 'tcp' and '6' are one rule.
    protocol text,
    protocol_number integer,
    port_range_min integer,
    port_range_max integer,
    remote_ip_prefix cidr,
    remote_group_id uuid constraint security_group_rules_remote_group
      references network.security_groups on delete cascade,
    constraint security_group_rules_same unique nulls not distinct (security_group_id, direction, ethertype,
      protocol_number, port_range_min, port_range_max, remote_ip_prefix, remote_group_id))`,
  sql`create index security_group_rules_remote on network.security_group_rules (remote_group_id)`,
  sql`create index security_group_rules_project on network.security_group_rules (project_id)`,

  sql`create table network.ports (${standard},
    network_id uuid not null constraint ports_network references network.networks,
    mac_address text not null,
    admin_state_up boolean not null,
    status text not null,
    device_id text not null,
    device_owner text not null,
    port_security_enabled boolean not null,
    binding_host_id text not null default '',
    binding_vnic_type text not null default 'normal',
    binding_profile jsonb not null default '{}',
    allowed_address_pairs jsonb not null default '[]',
    extra_dhcp_opts jsonb not null default '[]',
    dns_name text not null default '',
    -- The router whose interface or gateway this port is; only the router's own operations set it.
    router_id uuid constraint ports_router references network.routers,
    constraint ports_mac unique (network_id, mac_address))`,
  sql`create index ports_project on network.ports (project_id)`,
  sql`create index ports_device on network.ports (device_id)`,
  sql`create index ports_router_id on network.ports (router_id) where router_id is not null`,
  sql`create unique index ports_router_gateway on network.ports (router_id)
    where device_owner = 'network:router_gateway'`,
  sql`create unique index ports_metadata on network.ports (network_id)
    where device_owner = 'network:distributed'`,

  // The constraint is what keeps two concurrent requests from getting one address.
  sql`create table network.ip_allocations (
    subnet_id uuid not null constraint ip_allocations_subnet references network.subnets,
    ip_address inet not null,
    port_id uuid not null references network.ports on delete cascade,
    position integer not null,
    constraint ip_allocations_address primary key (subnet_id, ip_address))`,
  sql`create index ip_allocations_port on network.ip_allocations (port_id)`,
  sql`create index ip_allocations_ip on network.ip_allocations (ip_address)`,

  sql`create table network.port_security_groups (
    port_id uuid not null references network.ports on delete cascade,
    security_group_id uuid not null constraint port_security_groups_group references network.security_groups,
    primary key (port_id, security_group_id))`,
  sql`create index port_security_groups_by_group on network.port_security_groups (security_group_id)`,

  sql`create table network.floatingips (${standard},
    floating_network_id uuid not null constraint floatingips_network references network.networks,
    floating_ip_address inet not null,
    floating_port_id uuid not null unique references network.ports,
    fixed_port_id uuid constraint floatingips_fixed_port references network.ports,
    fixed_ip_address inet,
    router_id uuid constraint floatingips_router references network.routers,
    status text not null,
    constraint floatingips_fixed unique (fixed_port_id, fixed_ip_address, floating_network_id))`,
  sql`create index floatingips_project on network.floatingips (project_id)`,
  sql`create index floatingips_router_id on network.floatingips (router_id)`,

  sql`create table network.quotas (
    project_id text not null,
    resource text not null,
    maximum integer not null,
    primary key (project_id, resource))`,
];

const subnetPools = [
  sql`create table network.address_scopes (${standard},
    ip_version integer not null,
    shared boolean not null)`,
  sql`create index address_scopes_project on network.address_scopes (project_id)`,

  sql`create table network.subnetpools (${standard},
    ip_version integer not null,
    prefixes text[] not null,
    default_prefixlen integer not null,
    min_prefixlen integer not null,
    max_prefixlen integer not null,
    default_quota integer,
    address_scope_id uuid constraint subnetpools_scope references network.address_scopes,
    shared boolean not null,
    is_default boolean not null)`,
  sql`create index subnetpools_project on network.subnetpools (project_id)`,
  sql`create index subnetpools_scope_id on network.subnetpools (address_scope_id)`,
  sql`create unique index subnetpools_default on network.subnetpools (ip_version) where is_default`,

  sql`alter table network.subnets add column subnetpool_id uuid
    constraint subnets_pool references network.subnetpools`,
  sql`create index subnets_pool_id on network.subnets (subnetpool_id) where subnetpool_id is not null`,
];

/** PostgreSQL schema `network`. */
export const networkSchema: ServiceSchema = {
  schema: 'network',
  migrations: {
    '0001-first': {
      async up(database) {
        for (const statement of first) await statement.execute(database);
      },
    },
    '0002-subnet-pools': {
      async up(database) {
        for (const statement of subnetPools) await statement.execute(database);
      },
    },
    ...segmentMigrations,
    ...qosMigrations,
    ...rbacMigrations,
    ...routerMigrations,
    ...portForwardingMigrations,
    ...trunkMigrations,
    ...dnsMigrations,
    ...portBindingMigrations,
    ...flavorMigrations,
    ...addressGroupMigrations,
    ...defaultSecurityGroupRuleMigrations,
    ...defaultStatefulnessMigrations,
    ...logMigrations,
    ...tapMirrorMigrations,
    ...tapServiceMigrations,
    ...networkMigrations,
  },
};
